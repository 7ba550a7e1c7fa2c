/** A form's life: begin, draft, check, send under one key until acknowledged, and say plainly what went wrong and whose it was. */
import {ApiError, api, html, nothing, randomKey} from '../kit.js';
import {Fields} from './fields.js';

const NARROW_PX = 640;
// Whatever is sent again, the thing is gone, closed or not for this page; any other refusal can be mended in the form.
const FOR_GOOD = [403, 404, 409, 410];
const MAIL = /^[^\s@]+@[^\s@]+\.[^\s@]+$/;

export class Form extends Fields {
  /**
   * @param {import('../element.js').VentanillaElement} host
   * @param {object} options
   * @param {string} options.path        where it is sent, below `/api/<site>/`
   * @param {Record<string, boolean | ((value: any, values: object) => string | undefined | false)>} [options.checks]
   *   fields that must be filled (true), that are asked for and stop nothing (false), or that say a key of the catalogue
   *   when they are wrong; a field that is not here is marked as optional
   * @param {(values: object) => object} [options.body]   what is sent; all values that are filled, if left out
   * @param {import('./files.js').Files} [options.files]
   * @param {false | (() => boolean)} [options.draft]     whether a draft may be kept now; false: never
   * @param {string} [options.scope]     where the words of its fields stand in the catalogue
   * @param {boolean} [options.reads]    it asks and files nothing, so it needs no key
   * @param {(error: ApiError) => boolean} [options.refused]   a refusal that the widget answers itself
   * @param {() => unknown} [options.ready]   what its body needs first: awaited before it is sent
   */
  constructor(host, {path, checks = {}, body = (values) => values, files, scope = 'fields', draft = () => true, reads, refused, ready}) {
    super(host);
    Object.assign(this, {path, checks, scope, shape: body, files, reads, refused, ready});
    this.draft = draft && {name: host.constructor.widget, may: draft};
    this.at = 0;
    this.narrow = innerWidth < NARROW_PX;
    if (files) files.onChange = () => this.begun && this.keep();
    host.addController(this);
  }

  // As a controller of the host

  hostConnected() {
    const {signal} = this.host.life;
    if (this.signal === signal) return;
    this.signal = signal;
    const watcher = new ResizeObserver(([{contentRect}]) => {
      const narrow = contentRect.width < NARROW_PX;
      if (narrow !== this.narrow) this.change({narrow});
    });
    watcher.observe(this.host);
    signal.addEventListener('abort', () => (watcher.disconnect(), this.wait()));
    addEventListener('online', () => this.later && this.submit(), {signal});
  }

  change(state) {
    Object.assign(this, state);
    this.host.requestUpdate();
  }

  // What a person does

  set(name, value) {
    this.begin();
    this.wait(); // Half-changed words must not leave by themselves.
    this.values[name] = value;
    delete this.errors[name];
    this.extra = undefined;
    if (this.over) this.failure = null; // Other words may be tried; the same never.
    this.keep();
    this.host.requestUpdate();
  }

  begin() {
    if (this.begun) return;
    this.begun = true;
    api.begin(this.host.life.signal);
    this.host.emit('begin');
  }

  /** @param {boolean} [now] at once, since what follows may be the last that this page does */
  keep(now) {
    const {values, key, since, sent, extra, files} = this;
    if (this.draft.may?.()) this.drafts?.save({values, key, since, sent, extra, files: files?.kept}, now);
    else this.drafts?.drop();
  }

  /** Send again by itself after this many seconds; without them, no more. */
  wait(seconds) {
    clearTimeout(this.later);
    this.later = seconds && setTimeout(() => this.submit(this.extra, true), seconds * 1000);
  }

  /** Look for a draft when somebody enters the form, and not before. */
  async entered() {
    if (this.looked || !this.draft) return;
    this.looked = true;
    try {
      const {Drafts, words} = await window.ventanilla.load('kit.drafts');
      this.drafts = new Drafts(this, words);
    } catch {
      this.looked = false; // Without network there is no draft yet, and the form goes on.
      return;
    }
    this.change({found: this.drafts.find()});
    if (this.begun) this.keep(); // Typed while the part was on its way; what was found is offered all the same.
  }

  /** What is wrong with these fields, or with all. */
  faults(names = Object.keys(this.checks)) {
    const errors = {};
    for (const name of names) {
      const rule = this.checks[name];
      const value = this.values[name];
      if (rule === true && !String(value ?? '').trim()) errors[name] = this.say(name, 'missing') || this.host.t('form.missing');
      const wrong = rule.call && rule(value, this.values);
      if (wrong) errors[name] = this.host.t(wrong);
    }
    return errors;
  }

  /** The same content keeps its key, so sending it again files it once; other content is another submission. */
  named(body) {
    const sent = JSON.stringify(body);
    if (this.sent === sent) return {key: this.key, since: this.since};
    Object.assign(this, {sent, key: randomKey(), since: Date.now()});
    return {key: this.key};
  }

  body() {
    const filled = Object.entries(this.values).filter(([, value]) => value !== '' && value !== undefined);
    const values = Object.fromEntries(filled.map(([name, value]) => [name, value?.trim ? value.trim() : value]));
    if (this.reads) return this.shape(values);
    return {...this.shape(values), ...(this.files && {files: this.files.receipts}), website: this.values.website || ''};
  }

  /**
   * @param {object} [extra] what this sending adds, kept while nothing is changed, so that sending again is the same
   * @param {boolean} [quiet] the person has not asked for it: what they look at stays, and so does the focus
   * @returns {Promise<object | undefined>} the server's answer; undefined when the person has something to do first
   */
  async submit(extra = this.extra, quiet = false) {
    if (this.busy || this.over) return undefined;
    this.wait();
    const errors = this.faults();
    if (Object.keys(errors).length) return this.complain({errors, failure: null, warning: null});
    this.change({busy: true, errors: {}, failure: quiet ? this.failure : null, warning: null, extra});
    try {
      // With a key the same may have arrived already: then it goes as it was, without a second try of its files.
      await this.files?.settled(!this.key);
      await this.ready?.();
      const body = {...this.body(), ...extra};
      if (!this.host.emit('submit', {}, true)) return undefined;
      const named = this.reads ? {} : this.named(body);
      this.keep(true); // With its key: whatever happens to this page, the same text is still the same submission.
      const answer = await api.post(this.path, body, {...named, signal: this.host.life.signal});
      this.finish();
      return this.onDone?.(answer, body) ?? answer;
    } catch (error) {
      return this.fail(error, quiet);
    } finally {
      this.change({busy: false});
    }
  }

  finish() {
    this.drafts?.drop();
    this.files?.clear();
    this.change({values: {}, key: undefined, sent: undefined, extra: undefined, failure: null, pause: 0, at: 0, begun: false});
  }

  fail(error, quiet) {
    if (!(error instanceof ApiError)) error = new ApiError(0, {message: String(error)});
    // A plain refusal is the end of that submission; silence is not.
    if (!error.system) this.change({key: undefined, sent: undefined}), this.keep();
    if (error.code === 'aborted' || this.refused?.(error)) return undefined;
    const fields = Object.entries(error.fields || {});
    if (fields.length) {
      return this.complain({errors: Object.fromEntries(fields.map(([name, texts]) => [name, [].concat(texts).join(' ')]))});
    }
    if (error.system && !this.reads) {
      // Rarer and rarer, so that a counter that comes back is not run over by all who wait.
      this.pause = Math.min(300, 2 * (this.pause || 15));
      this.wait(Math.max(error.retryAfterS, this.pause));
    }
    return quiet ? this.change({failure: error}) : this.complain({failure: error});
  }

  complain(state) {
    this.change(state);
    this.host.focusOn('#summary');
    return undefined;
  }

  /** Bring a field into view and into focus, also when it stands in another step. */
  async goTo(name) {
    const step = this.list?.findIndex(({fields}) => fields.includes(name)) ?? -1;
    if (step >= 0) this.change({at: step});
    await this.host.updateComplete;
    const found = this.host.renderRoot.getElementById(name);
    (found?.matches('fieldset') ? found.querySelector('input') : found)?.focus();
  }

  next() {
    const errors = this.faults(this.list[this.at].fields.filter((name) => name in this.checks));
    if (Object.keys(errors).length) return this.complain({errors});
    return this.turn(this.at + 1);
  }

  /** Whether what is shown ends with sending: on a desk always. */
  get last() {
    return !this.narrow || !this.list || this.at >= this.list.length - 1;
  }

  /** Whether what stands here was refused for good. */
  get over() {
    const {system, status} = this.failure || {};
    return !system && FOR_GOOD.includes(status);
  }

  turn(at) {
    this.change({at, errors: {}});
    this.host.focusOn('.step h3');
  }

  // What a person sees

  /**
   * The form around its fields.
   * @param {unknown} fields
   * @param {string} label what the button does
   */
  frame(fields, label) {
    const submit = (event) => {
      event.preventDefault();
      if (this.last) this.submit();
      else this.next();
    };
    return html`<form class="stack" novalidate @submit=${submit} @focusin=${() => this.entered()}>
      ${this.found ? this.drafts.offer() : nothing}${this.summary()}${fields}${this.trap()}
      <div class="row">
        ${this.narrow && this.list && this.at ? html`<button type="button" @click=${() => this.turn(this.at - 1)}>${this.host.t('form.back')}</button>` : nothing}
        ${this.over && this.last ? nothing : this.button(this.last ? label : this.host.t('form.next'))}
      </div>
    </form>`;
  }

  button(label) {
    // Stays in place and in focus while it works: a disabled button would drop the focus to the page.
    const busy = this.files?.sending ? this.host.t('form.uploading') : this.said('busy');
    return html`<button class="main" aria-disabled=${this.busy ? 'true' : nothing}>${this.busy ? busy : label}</button>`;
  }

  /**
   * Steps on a phone, one page on a desk.
   * @param {{key: string, title: string, fields: string[], view: () => unknown}[]} list
   */
  steps(list) {
    this.list = list;
    const drawn = (step, index) => html`<section class="step stack">
      ${this.narrow ? html`<p class="quiet" id="step-count">${this.host.t('form.step', {n: index + 1, total: list.length})}</p>
        <progress class="way" max=${list.length} .value=${index + 1} aria-labelledby="step-count"></progress>` : nothing}
      <h3 id="step-${step.key}" tabindex="-1" aria-describedby="step-count">${step.title}</h3>
      ${step.view()}
    </section>`;
    this.at = Math.min(this.at, list.length - 1);
    return this.narrow ? drawn(list[this.at], this.at) : list.map(drawn);
  }

  summary() {
    if (this.failure) return this.failed(this.failure);
    const names = Object.keys(this.errors);
    if (!names.length) return nothing;
    return html`<div class="note bad" id="summary" tabindex="-1" role="group" aria-labelledby="summary-title">
      <h3 id="summary-title">${this.host.t('form.summary', {n: names.length})}</h3>
      ${this.links(this.errors)}
    </div>`;
  }

  /** What is wrong, each tied to its field. */
  links(errors) {
    return html`<ul>${Object.entries(errors).map(([name, text]) => html`<li><a href="#${name}" @click=${(event) => {
      event.preventDefault();
      this.goTo(name);
    }}>${this.label(name)}</a>: ${text}</li>`)}</ul>`;
  }

  /** What is said of a sending; a form that only asks has words of its own beside its fields. */
  said(what, values) {
    return this.host.t(`${this.reads ? this.scope.replace('fields', 'failure') : 'form.failure'}.${what}`, values);
  }

  /**
   * The system's failure never looks like the person's mistake (Resolución 1519 de 2020, anexo 2, 2.4.3), and what is
   * refused whenever it comes offers no second try: what was written stays in its fields, to be mended or copied.
   */
  failed({system, message, retryAfterS}) {
    const {host} = this;
    const {base, site} = window.ventanilla;
    const again = system || retryAfterS;
    return html`<div class="note ${system ? 'warn' : 'bad'}" id="summary" tabindex="-1" role="group" aria-labelledby="summary-title">
      <h3 id="summary-title">${again ? this.said(system ? 'title' : 'refused') : host.t('form.failure.final')}</h3>
      <p>${system ? this.said('body') : message}</p>
      ${this.later ? html`<p>${navigator.onLine ? '' : host.t('form.failure.offline')} ${host.t('form.failure.later')}</p>` : nothing}
      ${retryAfterS ? html`<p>${this.said('wait', {n: retryAfterS})}</p>` : nothing}
      ${again ? html`<div class="row">
        <button type="button" @click=${() => this.submit()}>${this.said('again')}</button>
        ${system ? html`<a href="${base}${site}/${host.constructor.widget}">${host.t('form.failure.other')}</a>` : nothing}
      </div>` : html`<p>${host.t('form.failure.kept')}</p>`}
    </div>`;
  }
}

/** A rule for `checks`: an address of mail, when there is one. */
export const mail = (value) => value && !MAIL.test(value.trim()) && 'form.email';
