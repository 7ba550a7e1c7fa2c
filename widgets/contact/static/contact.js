/**
 * `<ventanilla-contact>`: a message to an office, with files; the answer goes on under a reference and a code.
 *
 * The exemplar: the smallest complete element, the one to copy.
 *
 * @attr open theme plain      see the kit's element
 * @fires ventanilla-contact:begin   somebody begins to write
 * @fires ventanilla-contact:submit  before it is sent; cancelable
 * @fires ventanilla-contact:sent    detail: {reference}
 * @slot - the fallback: a link to the page that works without script
 * @cssprop --ventanilla-accent      and the others of the kit
 */
import {VentanillaElement, html, nothing, register} from '../../../static/kit/kit.js';
import {Files} from '../../../static/kit/files.js';
import {Form, mail} from '../../../static/kit/form.js';

export class ContactElement extends VentanillaElement {
  static widget = 'contact';

  static properties = {receipt: {state: true}, thread: {state: true}};

  // Lifecycle

  async begin() {
    this.files = new Files(this, this.options.limits);
    this.form = new Form(this, {
      path: 'contact/messages',
      checks: {name: true, email: (value) => (value ? mail(value) : 'fields.email.missing'), subject: true, body: true},
      body: (values) => ({...values, notice_version: this.options.notice?.version}),
      files: this.files,
    });
    this.form.onDone = (receipt) => this.sent(receipt);
  }

  // Actions

  sent(receipt) {
    this.receipt = receipt;
    this.emit('sent', {reference: receipt.reference});
    this.focusOn('h2');
  }

  another() {
    this.receipt = undefined;
    this.focusOn('h2');
  }

  async follow(found = {}) {
    const {Thread} = await this.part('thread');
    this.thread = new Thread(this, found);
    this.focusOn('h3');
  }

  leave() {
    this.thread = undefined;
    this.focusOn('h2');
  }

  // Render

  view() {
    if (this.thread) return html`<div class="stack">${this.heading()}${this.thread.view()}</div>`;
    if (this.receipt) return this.done(this.receipt);
    return html`<div class="stack">
      ${this.heading()}
      <button type="button" class="link" @click=${() => this.follow()}>${this.t('follow')}</button>
      ${this.fields(this.form)}
    </div>`;
  }

  fields(form) {
    const {notice} = this.options;
    const offices = (this.options.offices || []).map(({code, name}) => ({key: code, title: name}));
    return form.frame(html`
      ${offices.length ? form.select('office', offices) : nothing}
      ${form.text('name', {autocomplete: 'name'})}
      ${form.text('email', {type: 'email', autocomplete: 'email', inputmode: 'email'})}
      ${form.text('phone', {type: 'tel', autocomplete: 'tel', inputmode: 'tel'})}
      ${form.text('subject')}
      ${form.text('body', {rows: 6})}
      ${this.files.view()}
      ${notice ? html`<p class="quiet">${notice.text} ${notice.url ? html`<a href=${notice.url}>${this.t('privacy')}</a>` : nothing}</p>` : nothing}
    `, this.t('send'));
  }

  done({reference, code, text}) {
    return html`<div class="stack">
      <div class="note good stack">
        <h2 tabindex="-1">${this.t('done.title')}</h2>
        <dl class="facts">
          <dt>${this.t('done.reference')}</dt><dd class="number">${reference}</dd>
          <dt>${this.t('done.code')}</dt><dd class="number">${code}</dd>
        </dl>
        <p>${text}</p>
        <p>${this.t('done.next')}</p>
      </div>
      <div class="row unprinted">
        <button type="button" @click=${() => this.follow({reference, code})}>${this.t('done.follow')}</button>
        <button type="button" class="link" @click=${() => this.another()}>${this.t('another')}</button>
      </div>
    </div>`;
  }
}

/** Define the tag; the kit hands in the words of one language and the style sheet. Safe to call twice. */
export const define = (resources) => register(ContactElement, resources);
