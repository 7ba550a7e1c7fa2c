/**
 * `<ventanilla-subscribe>`: news by mail, confirmed by its owner, or in a reader by topic.
 *
 * @attr open theme plain      see the kit's element
 * @fires ventanilla-subscribe:begin   somebody begins to write
 * @fires ventanilla-subscribe:submit  before it is sent; cancelable
 * @fires ventanilla-subscribe:asked   the message to confirm is on its way; nothing of the person goes along
 * @slot - the fallback: a link to the page that works without script
 * @cssprop --ventanilla-accent      and the others of the kit
 */
import {VentanillaElement, html, nothing, register} from '../../../static/kit/kit.js';
import {Form, mail} from '../../../static/kit/form.js';

export class SubscribeElement extends VentanillaElement {
  static widget = 'subscribe';

  static properties = {answer: {state: true}};

  // Lifecycle

  async begin() {
    this.topics = new Set();
    this.form = new Form(this, {
      path: 'subscribe/requests',
      checks: {email: (value) => (value ? mail(value) : 'fields.email.missing'), frequency: () => false},
      body: ({email, frequency}) => ({
        email, frequency: frequency || 'immediate', topics: [...this.topics], notice_version: this.options.notice.version,
      }),
      draft: false, // An address is typed in a moment: it is not worth keeping on a shared device.
    });
    this.form.values.frequency = 'immediate';
    this.form.onDone = (answer) => this.asked(answer);
  }

  // Actions

  asked(answer) {
    this.answer = answer;
    this.emit('asked');
    this.focusOn('h2');
  }

  another() {
    this.answer = undefined;
    this.topics.clear();
    this.form.values.frequency = 'immediate';
    this.focusOn('h2');
  }

  choose(id, chosen) {
    this.topics[chosen ? 'add' : 'delete'](id);
    this.form.begin();
  }

  // Render

  view() {
    return html`<div class="stack">
      ${this.answer ? this.done(this.answer) : html`${this.heading()}${this.mails()}`}
      ${this.readers()}
    </div>`;
  }

  mails() {
    const {topics, frequencies, notice} = this.options;
    return this.form.frame(html`
      ${this.form.text('email', {type: 'email', autocomplete: 'email', inputmode: 'email', maxlength: 320})}
      ${topics.length ? html`<fieldset class="field" aria-describedby="topics-hint">
        <legend class="label">${this.t('fields.topics.label')}</legend>
        <p class="hint" id="topics-hint">${this.t('fields.topics.hint')}</p>
        ${topics.map(({id, title}) => html`<div class="choice">
          <input type="checkbox" id="topic-${id}" .checked=${this.topics.has(id)} @change=${(event) => this.choose(id, event.target.checked)}>
          <label for="topic-${id}">${title}</label></div>`)}
      </fieldset>` : nothing}
      ${this.form.radios('frequency', frequencies)}
      <p class="quiet">${notice.text}</p>
    `, this.t('send'));
  }

  readers() {
    return html`<details>
      <summary>${this.t('by_feed')}</summary>
      <p>${this.t('feed_what')}</p>
      <ul>${this.options.feeds.map(({title, ...addresses}) => html`<li>${title}:
        ${[['rss', 'RSS'], ['atom', 'Atom'], ['json', 'JSON Feed']].map(([key, name]) => html`
          <a href=${addresses[key]} aria-label="${title}, ${name}">${name}</a>`)}</li>`)}</ul>
      <p><a href=${this.options.opml}>${this.t('opml')}</a></p>
    </details>`;
  }

  done({text}) {
    return html`<div class="note good stack"><h2 tabindex="-1">${this.t('done.title')}</h2><p>${text}</p></div>
      <button type="button" class="link" @click=${() => this.another()}>${this.t('another')}</button>`;
  }
}

/** Define the tag; the kit hands in the words of one language and the style sheet. Safe to call twice. */
export const define = (resources) => register(SubscribeElement, resources);
