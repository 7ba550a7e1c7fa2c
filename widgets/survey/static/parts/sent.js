/**
 * What follows a press on "send": thanks, or answers that wait on this device and leave by themselves when there is network.
 *
 * Nothing is kept before a person sends. Each answer keeps the key under which it was sent first, so that however often it
 * leaves, it counts once; like a draft it is given up after seven days. Loaded when somebody enters the form.
 */
import {api, html, nothing} from '../../../../static/kit/kit.js';
import {empty} from '../empty.js';

const KEPT_MS = 7 * 864e5;
const REFUSALS = [404, 409, 422]; // Any other is a matter of time, and so is what the counter is working on right now.
const MOST = 200; // A promoter's tablet on a day without signal.

/** A browser may forbid storage altogether: then nothing is kept, and the form goes on as any other. */
function storage(act) {
  try {
    return act(window.localStorage);
  } catch {
    return null;
  }
}

export class Sent {
  /** @param {import('../survey.js').SurveyElement} host */
  constructor(host) {
    this.host = host;
    this.own = `ventanilla:${window.ventanilla.site}:survey`;
    this.lost = [];
    const {signal} = host.life;
    addEventListener('online', () => this.flush(), {signal});
    signal.addEventListener('abort', () => clearTimeout(this.timer));
  }

  t(key, values) {
    return this.host.t(`sent.${key}`, values);
  }

  // What waits on this device

  /** @returns {{key: string, body: object, since: number}[]} */
  get waiting() {
    const kept = storage((store) => JSON.parse(store.getItem(`${this.own}-queue`))) || [];
    return kept.filter(({since}) => Date.now() - since < KEPT_MS);
  }

  set waiting(list) {
    const name = `${this.own}-queue`;
    storage((store) => (list.length ? store.setItem(name, JSON.stringify(list)) : store.removeItem(name)));
  }

  add(entry) {
    this.waiting = [...this.waiting.filter(({key}) => key !== entry.key), entry].slice(-MOST);
    return this.waiting.some(({key}) => key === entry.key);
  }

  drop(key) {
    this.waiting = this.waiting.filter((one) => one.key !== key);
  }

  /** A draft that was on its way when its page died is an answer too: somebody had pressed the button. */
  adopt() {
    storage((store) => Object.keys(store).filter((name) => name.startsWith(`${this.own}:`)).forEach((name) => {
      const {at, key, sent, since} = JSON.parse(store.getItem(name)) || {};
      if (!(Date.now() - at < KEPT_MS) || (key && sent && this.add({key, since, body: JSON.parse(sent)}))) store.removeItem(name);
    }));
  }

  /** What was written for a survey that closed before it was sent: no form is there any more that would offer it. */
  get late() {
    const {survey} = this.host;
    if (!survey || survey.open || new Date(survey.opens_at) > new Date()) return undefined;
    const {values = {}} = storage((store) => JSON.parse(store.getItem(`${this.own}:${survey.key}`))) || {};
    const asked = new Set(survey.sections.flatMap(({questions}) => questions).map(({key}) => key));
    const written = Object.entries(values).filter(([name, value]) => asked.has(name.replace(/_other$/, '')) && !empty(value));
    return written.length ? Object.fromEntries(written) : undefined;
  }

  dropLate() {
    storage((store) => store.removeItem(`${this.own}:${this.host.survey.key}`));
    this.show('forgotten');
    this.host.focusOn('h2');
  }

  /**
   * Keep what a sheet could not send. Return whether that was possible.
   * @param {import('../sheet.js').Sheet} sheet
   */
  keep(sheet) {
    const body = {...sheet.body(), ...sheet.extra};
    sheet.named(body);
    if (!this.add({key: sheet.key, since: sheet.since, body})) return false;
    sheet.finish();
    this.mine = sheet.survey.key;
    this.later();
    this.show('kept');
    return true;
  }

  later() {
    clearTimeout(this.timer);
    this.pause = Math.min(300, 2 * (this.pause || 15));
    this.timer = setTimeout(() => this.flush(), this.pause * 1000);
  }

  /** Send all that waits, one after the other, and tell what became of it. */
  async flush() {
    if (this.busy) return;
    this.busy = true;
    this.host.requestUpdate();
    let went;
    for (const {key, body, since} of this.waiting) {
      try {
        const answer = await api.post('survey/answers', body, {key, since, signal: this.host.life.signal});
        went = true;
        this.drop(key);
        if (body.survey === this.mine) this.text = answer.text;
      } catch (error) {
        if (error.system || !REFUSALS.includes(error.status)) {
          if (error.code !== 'aborted') this.later();
          break;
        }
        // It will never be taken: that is said, and what was answered becomes a draft where that helps.
        this.drop(key);
        this.refused = error.message;
        if (['validation', 'new-version'].includes(error.code)) this.giveBack(body);
        else this.lose(body.answers);
      }
    }
    this.busy = false;
    if (this.waiting.length) {
      this.host.requestUpdate();
      return;
    }
    const thanks = this.mine && this.text;
    this.mine = this.text = undefined;
    if (this.refused) this.show('refused');
    if (thanks) this.host.answered({text: thanks});
    else if (went && !this.refused) this.show('arrived');
  }

  /** One draft a survey: where somebody's stands already, what comes back is shown to be copied. */
  giveBack({survey, answers}) {
    const name = `${this.own}:${survey}`;
    const free = storage((store) => !store.getItem(name) && !store.setItem(name, JSON.stringify({at: Date.now(), values: answers})));
    if (!free) this.lose(answers);
  }

  lose(answers) {
    this.lost = [...this.lost, answers];
  }

  /** A sheet will never be taken as it stands: answered before, asked anew, or closed meanwhile. @param {ApiError} error */
  async turn({code, message}) {
    const {host} = this;
    const {sheet, survey} = host;
    sheet.keep(true); // Who leaves at once would lose it: the form that kept it is gone in a moment.
    if (code === 'answered' && survey.level === 'codes') return sheet.complain({errors: {code: message}});
    this.refused = undefined;
    if (code !== 'new-version') this.lose(sheet.body().answers);
    if (code === 'answered') host.done = {text: message, before: true};
    else {
      // As it is now: asked anew, with what was answered, or closed.
      await host.choose(survey.key, survey.lang === window.ventanilla.lang ? '' : survey.lang, sheet.values).catch(() => {});
      const {drafts, looked} = sheet;
      if (drafts) Object.assign(host.sheet, {looked, drafts: Object.assign(drafts, {form: host.sheet})});
      Object.assign(this, {state: 'turned', why: message});
    }
    host.requestUpdate();
    return host.focusOn(host.done ? 'h2' : '#turned');
  }

  forget() {
    this.waiting = [];
    this.mine = undefined;
    clearTimeout(this.timer);
    this.show('forgotten');
  }

  // What a person sees

  /** @param {'kept' | 'arrived' | 'refused' | 'forgotten'} state */
  show(state) {
    this.state = state;
    if (state === 'kept') this.host.focusOn('h2');
    else this.host.announce(this.says());
    this.host.requestUpdate();
  }

  says() {
    return this.refused ? this.t('refused', {why: this.refused}) : this.t(this.state);
  }

  /** Another person answers on the same device, where a person is not the same as a browser. */
  again() {
    this.mine = this.state = undefined;
    this.host.done = this.host.sheet.skipSoft = undefined;
    this.host.requestUpdate();
    this.host.focusOn('h2');
  }

  /** Above the form: what waits, or what became of it. */
  note() {
    const n = this.waiting.length;
    if (this.mine || this.host.done?.before) return nothing;
    if (!n && !this.state) return this.late ? html`<div class="note warn stack"><p>${this.t('late')}</p>${this.yours([this.late])}
      <div class="row"><button type="button" class="link" @click=${() => this.dropLate()}>${this.t('forget')}</button></div></div>` : nothing;
    if (this.state === 'turned') return html`<div class="note warn stack" id="turned" tabindex="-1" role="group"><p>${this.why}</p>${this.yours()}</div>`;
    return html`<div class="note ${this.refused ? 'warn' : ''} stack"><p>${n ? this.t('waiting', {n}) : this.says()}</p>${this.yours()}${this.buttons(n)}</div>`;
  }

  /** What was answered and can't be sent any more, to be copied: a tablet may have kept the sheets of many. */
  yours(list = this.lost) {
    if (!list.length) return nothing;
    const asked = Object.fromEntries((this.host.survey?.sections || []).flatMap(({questions}) => questions).map((one) => [one.key, one]));
    const written = (answers) => Object.entries(answers).filter(([name]) => asked[name]?.kind !== 'file').map(([name, value]) => {
      const {text = '', options = [], rows = []} = asked[name] || {};
      const word = (one) => options.find(({key}) => key === one)?.text ?? this.host.find(String(one)) ?? one;
      const row = (key) => rows.find((one) => one.key === key)?.text ?? key;
      const said = Array.isArray(value) ? value.map(word) : value?.trim || !(value instanceof Object) ? [word(value)]
        : Object.entries(value).map(([key, one]) => `${row(key)}: ${word(one)}`);
      return `${text}\n${said.join(', ')}`.trim();
    }).join('\n\n');
    return html`<div class="field"><label class="label" for="yours">${this.t('yours')}</label>
      <textarea id="yours" readonly rows="6" .value=${list.map(written).join('\n\n---\n\n')}></textarea></div>`;
  }

  buttons(n) {
    if (!n) return nothing;
    return html`<div class="row"><button type="button" aria-disabled=${this.busy ? 'true' : nothing} @click=${() => this.flush()}>${this.t(this.busy ? 'busy' : 'now')}</button>
      <button type="button" class="link" @click=${() => this.forget()}>${this.t('forget')}</button></div>`;
  }

  view() {
    if (this.state === 'kept' && this.mine) {
      return html`<div class="note warn stack"><h2 tabindex="-1">${this.t('kept')}</h2><p>${this.t('kept-how')}</p>${this.buttons(this.waiting.length)}</div>${this.another()}`;
    }
    const {host} = this;
    const {survey, done} = host;
    if (done.before) return html`<div class="note stack"><h2 tabindex="-1">${done.text}</h2>${this.yours()}</div>`;
    return html`<div class="note good stack"><h2 tabindex="-1">${this.t('done')}</h2><p>${done.text}</p></div>
      ${this.another()}${survey.results ? host.seeResults() : nothing}
      ${html`<p><button type="button" class="link" @click=${() => host.part('follow').then(({follow}) => follow(host), () => host.announce(host.t('form.failure.offline')))}>${host.t('sent.follow')}</button></p>`}`;
  }

  another() {
    return this.host.survey.level === 'browser' ? nothing : html`<button type="button" @click=${() => this.again()}>${this.t('another')}</button>`;
  }
}
