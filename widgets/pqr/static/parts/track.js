/** Following a case with its number and its code, without an account: read, add, withdraw, rate. Loaded on use. */
import {api, html, nothing} from '../../../../static/kit/kit.js';
import {fullDate, fullMoment, moment} from '../../../../static/kit/dates.js';
import {Files} from '../../../../static/kit/files.js';
import {bytes} from '../../../../static/kit/sizes.js';
import {Form} from '../../../../static/kit/form.js';

export class Tracking {
  /**
   * @param {import('../pqr.js').PqrElement} host
   * @param {{radicado?: string, code?: string}} known
   */
  constructor(host, known) {
    this.host = host;
    this.search = this.form('track', {
      reads: true,
      checks: {radicado: true, code: true},
      body: ({radicado, code}) => ({radicado, code}),
      refused: (error) => this.unknown(error),
    });
    this.search.onDone = (found, asked) => this.show(found, asked);
    this.search.values = known;
    if (known.code) this.search.submit();
  }

  t(key, values) {
    return this.host.t(`track.${key}`, values);
  }

  /** A question that finds nothing is answered at the code, and not as something that could not be sent. */
  unknown({system, fields, message}) {
    if (system || fields) return false;
    this.search.complain({errors: {code: message}});
    return true;
  }

  /** A form of this page. The code opens the case, so nothing of these is ever kept on the device. */
  form(verb, options) {
    return new Form(this.host, {path: `cases/${verb}`, scope: 'track.fields', draft: false, ...options});
  }

  /** A form that does something to the case, after which the case is read again and what was done is told. */
  act(verb, options, said = verb) {
    const form = this.form(verb, {...options, body: (values) => ({...this.asked, ...options.body(values)})});
    form.onDone = ({radicado, until}) => this.refresh(this.t(`done.${said}`, {radicado, until: until && fullDate(until)}));
    return form;
  }

  show(found, asked) {
    const {host} = this;
    Object.assign(this, {found, asked, done: ''});
    this.files = new Files(host, host.facts.limits);
    this.proofs = new Files(host, host.facts.limits, 'proofs');
    this.adding = this.act('messages', {checks: {body: true}, body: ({body}) => ({body}), files: this.files});
    this.withdrawing = this.act('withdraw', {body: ({reason}) => ({reason})});
    const against = {checks: {grounds: true}, body: ({grounds}) => ({body: grounds}), files: this.proofs};
    this.against = this.act(found.can.insist ? 'insistence' : 'appeal', against, 'appeal');
    this.asking = this.act('time', {body: () => ({})});
    this.taking = this.act('consent', {body: () => ({})});
    this.rating = this.act('rating', {checks: {score: true}, body: ({score, comment}) => ({score: Number(score), comment})});
    host.requestUpdate();
    host.focusOn('h3');
  }

  async refresh(done) {
    const {found} = this;
    const again = await api.post('cases/track', this.asked, {signal: this.host.life.signal}).catch(() => found);
    if (this.found !== found) return; // Left meanwhile: an answer that comes late brings nobody back.
    // All at once, so that nothing moves twice under a finger. It is done, also when reading it again failed.
    Object.assign(this, {done, found: again});
    this.host.announce(done);
    this.host.requestUpdate();
    this.host.focusOn('h3');
  }

  leave() {
    this.found = undefined;
    this.host.requestUpdate();
  }

  /** A file comes by a request that carries the code, so that no address ever holds it. */
  async fetchFile({name, token}) {
    const blob = await api.post('cases/file', {...this.asked, token}, {type: 'blob', signal: this.host.life.signal}).catch(() => null);
    if (!blob) return this.host.announce(this.t('no_file'));
    const link = document.createElement('a');
    link.href = URL.createObjectURL(blob);
    link.download = name;
    link.click();
    return setTimeout(() => URL.revokeObjectURL(link.href), 60000);
  }

  view() {
    if (this.found) return this.case(this.found);
    const {search} = this;
    return search.frame(html`<h3 tabindex="-1">${this.t('title')}</h3>
      ${search.text('radicado', {autocomplete: 'off'})}${search.text('code', {autocomplete: 'off'})}`, this.t('find'));
  }

  case({radicado, kind_title: kind, subject, state_text: state, office, received_at: received, due_on: due, count, files, timeline, messages, can, rating, request, offers, late, linked}) {
    if (offers?.length && !this.offered) this.bringOffers();
    const {t} = {t: this.t.bind(this)};
    return html`<div class="stack">
      <h3 tabindex="-1">${subject}</h3>
      ${this.done ? html`<p class="note good">${this.done}</p>` : nothing}
      <dl class="facts">
        <dt>${t('radicado')}</dt><dd><b>${radicado}</b></dd>
        <dt>${t('state')}</dt><dd><b>${state}</b></dd>
        <dt>${t('kind')}</dt><dd>${kind}</dd>
        <dt>${t('office')}</dt><dd>${office}</dd>
        <dt>${t('received')}</dt><dd>${fullMoment(received)}</dd>
        ${due || can.withdraw ? html`<dt>${t('due')}</dt><dd>${due ? fullDate(due) : t('suspended')}</dd>` : nothing}
      </dl>
      ${late ? html`<p class="note">${late}</p>` : nothing}
      ${count?.length ? html`<details><summary>${t('count')}</summary><ol class="count">${count.map((line) => html`<li>${line}</li>`)}</ol></details>` : nothing}
      ${files?.length ? html`<h4>${t('files')}</h4>${this.list(files)}` : nothing}
      ${linked?.length ? html`<h4>${t('linked')}</h4><ul>${linked.map((one) => html`<li>${one.text} <b>${one.radicado}</b> <span class="quiet">${one.state_text}</span></li>`)}</ul>` : nothing}
      ${request ? this.request(request, can) : nothing}
      ${messages.length ? html`<h4>${t('messages')}</h4>` : nothing}
      ${messages.map((message) => html`<article class="message ${message.author}">
        <p><b>${t(message.author === 'person' ? 'you' : 'entity')}</b> <span class="quiet">${moment(message.at)}</span></p>
        ${message.subject ? html`<p><b>${['transfer', 'act'].includes(message.kind) ? `${t(`kinds.${message.kind}`)} ` : ''}${message.subject}</b></p>` : nothing}
        <p class="body">${message.body}</p>
        ${message.next_step ? html`<p><b>${t('next_step')}</b> ${message.next_step}</p>` : nothing}
        ${message.files?.length ? this.list(message.files) : nothing}
      </article>`)}
      <h4>${t('timeline')}</h4>
      <ol class="timeline">${timeline.map(({at, text}) => html`<li><span class="quiet">${moment(at)}</span> ${text}</li>`)}</ol>
      ${rating ? html`<p><b>${t('rated')}</b> ${t(`scores.${rating}`)}</p>` : nothing}
      ${can.rate && !rating ? this.section('rate', html`${this.rating.radios('score', [5, 4, 3, 2, 1].map((score) => ({key: String(score), title: t(`scores.${score}`)})))}
        ${this.rating.text('comment', {rows: 3})}`, this.rating, true) : nothing}
      ${this.offered ? this.offered(offers) : nothing}
      ${can.add ? this.section(request ? 'complete' : 'add', html`${this.adding.text('body', {rows: 5})}${this.files.view()}`, this.adding, Boolean(request), 'add') : nothing}
      ${can.insist ? this.section('insist', html`<p>${t('insist_help')}</p>${this.grounds()}`, this.against) : nothing}
      ${can.appeal && !can.insist ? this.section('appeal', html`<p>${t('appeal_help')}</p>${this.grounds()}`, this.against) : nothing}
      ${can.consent ? this.section('consent', html`<p>${t('consent_help')}</p>`, this.taking) : nothing}
      ${can.withdraw ? this.section('withdraw', html`<p>${t('withdraw_help', {radicado})}</p>${this.withdrawing.text('reason', {rows: 3})}`, this.withdrawing) : nothing}
      <button type="button" class="link" @click=${() => this.leave()}>${t('other')}</button>
    </div>`;
  }

  /** A survey that the entity ties to such cases; without it nothing is missing. */
  async bringOffers() {
    this.offered = () => nothing;
    const {offered, words} = await window.ventanilla.load('kit.offers').catch(() => ({}));
    if (offered) this.offered = (list) => offered(list, words);
    this.host.requestUpdate();
  }

  /** What the entity waits for from the person, until when, and the way to ask for more time. */
  request({kind, body, until, over}, can) {
    return html`<section class="notice">
      <h4>${this.t(`request_${kind}`)}</h4>
      <p class="body">${body}</p>
      <p><b>${this.t(over ? 'request_over' : 'request_until', {until: fullDate(until)})}</b></p>
      ${can.time ? this.section('time', html`<p>${this.t('time_help')}</p>`, this.asking) : nothing}
    </section>`;
  }

  grounds() {
    return html`${this.against.text('grounds', {rows: 5})}${this.proofs.view()}`;
  }

  section(name, fields, form, open = false, verb = name) {
    return html`<details ?open=${open}><summary>${this.t(`${name}_title`)}</summary>${form.frame(fields, this.t(verb))}</details>`;
  }

  list(files) {
    return html`<ul>${files.map((file) => html`<li>
      <button type="button" class="link" @click=${() => this.fetchFile(file)}>${file.name}</button> <span class="quiet">${bytes(file.size_bytes)}</span>
    </li>`)}</ul>`;
  }
}
