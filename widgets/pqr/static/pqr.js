/**
 * `<ventanilla-pqr>`: file a petition, complaint, claim, suggestion or denunciation, and follow one that was filed.
 *
 * @attr open theme plain      see the kit's element
 * @attr show                  file | track | notices: what is shown first
 * @fires ventanilla-pqr:begin   somebody begins to write
 * @fires ventanilla-pqr:submit  before it is sent; cancelable
 * @fires ventanilla-pqr:filed   detail: {radicado}
 * @slot - the fallback: a link to the page that works without script
 * @cssprop --ventanilla-accent  and the others of the kit
 */
import {VentanillaElement, api, html, nothing, register} from '../../../static/kit/kit.js';
import {Files} from '../../../static/kit/files.js';
import {Form} from '../../../static/kit/form.js';
import {receipt} from './receipt.js';
import {CHECKS, START, body, sections} from './sections.js';

const TABS = ['file', 'track', 'notices'];

export class PqrElement extends VentanillaElement {
  static widget = 'pqr';

  static properties = {filed: {state: true}, tab: {state: true}, tracking: {state: true}};

  // Lifecycle

  async begin() {
    this.tab = TABS[0];
    this.facts = await api.get('pqr/form', this.life.signal);
    this.start();
    const first = this.getAttribute('show');
    if (TABS.indexOf(first) > 0) await this.turnTo(first);
  }

  start() {
    this.files = new Files(this, this.facts.limits);
    const form = new Form(this, {
      path: 'pqr/cases',
      checks: CHECKS,
      body: (values) => body(values, this),
      files: this.files,
      draft: () => form.values.identity !== 'anonymous', // Whoever wants no name leaves no trace on a shared computer.
      refused: (error) => this.lacking(error),
      // A draft that came back names its municipality, and the list that knows its code may not be here.
      ready: () => form.values.municipality && this.places(),
    });
    form.values = {...START};
    form.onDone = (filed, {subject}) => this.acknowledged({...filed, subject});
    this.form = form;
  }

  // Actions

  acknowledged(filed) {
    this.filed = filed;
    this.emit('filed', {radicado: filed.radicado});
    this.focusOn('h2');
  }

  another() {
    this.filed = undefined;
    this.start();
    this.focusOn('h2');
  }

  /** What the law asks for is not all there: it is said, and the person may file all the same (Ley 1437, art. 15). */
  lacking({code, fields}) {
    if (code !== 'missing-parts') return false;
    const order = this.form.list.flatMap((step) => step.fields);
    const sorted = Object.entries(fields).sort(([one], [other]) => order.indexOf(one) - order.indexOf(other));
    this.form.complain({warning: Object.fromEntries(sorted)});
    return true;
  }

  async turnTo(tab) {
    if (tab === 'track' && !this.tracking) {
      const {Tracking} = await this.part('track');
      this.tracking = new Tracking(this, {});
    }
    if (tab === 'notices') this.board = new (await this.part('notices')).Board(this); // Read again: what hangs there goes down by itself.
    this.tab = tab;
  }

  async follow({radicado, code}) {
    const {Tracking} = await this.part('track');
    this.tracking = new Tracking(this, {radicado, code});
    this.another();
    this.tab = 'track';
  }

  keyed(event) {
    const turn = {ArrowRight: 1, ArrowLeft: -1}[event.key];
    if (!turn) return;
    this.turnTo(TABS[(TABS.indexOf(this.tab) + turn + TABS.length) % TABS.length]).then(() => this.focusOn('[aria-selected=true]'));
  }

  /** The municipalities weigh more than the form: they come when somebody goes to their field. */
  places() {
    this.coming ??= api.get('pqr/municipalities', this.life.signal).then(
      (all) => {
        this.municipalities = all.map(([code, name, department]) => ({code, text: `${name}, ${department}`}));
        this.requestUpdate();
      },
      () => (this.coming = undefined),
    );
    return this.coming;
  }

  /** Questions about the person, voluntary and apart, come when somebody opens them. */
  async questions() {
    this.asked ??= (await this.part('about')).questions;
    this.requestUpdate();
  }

  // Render

  view() {
    if (this.filed) return receipt(this, this.filed);
    return html`<div class="stack">
      ${this.heading()}
      <div class="tabs" role="tablist" aria-label=${this.about.title} @keydown=${this.keyed}>
        ${TABS.map((tab) => html`<button type="button" role="tab" id="tab-${tab}" aria-controls="panel"
          aria-selected=${tab === this.tab} tabindex=${tab === this.tab ? 0 : -1} @click=${() => this.turnTo(tab)}>${this.t(`tabs.${tab}`)}</button>`)}
      </div>
      <div id="panel" role="tabpanel" aria-labelledby="tab-${this.tab}">${{track: () => this.tracking.view(), notices: () => this.board.view()}[this.tab]?.() ?? this.filing()}</div>
    </div>`;
  }

  filing() {
    const {form, facts} = this;
    const steps = form.steps(sections(this));
    const {notice} = facts;
    return form.frame(html`${form.warning ? this.warning(form) : nothing}${steps}
      ${notice && form.last ? html`<p class="quiet">${notice.text}
        ${notice.url ? html`<a href=${notice.url} target="_blank" rel="noopener">${this.t('privacy')}</a>` : nothing}</p>` : nothing}`, this.t('send'));
  }

  warning(form) {
    return html`<div class="note warn stack" id="summary" tabindex="-1" role="group" aria-labelledby="summary-title">
      <h3 id="summary-title">${this.t('missing.title')}</h3>
      ${form.links(form.warning)}
      <p>${this.t('missing.help')}</p>
      <button type="button" @click=${() => form.submit({despite_missing: true})}>${this.t('missing.anyway')}</button>
    </div>`;
  }
}

/** Define the tag; the kit hands in the words of one language and the style sheet. Safe to call twice. */
export const define = (resources) => register(PqrElement, resources);
