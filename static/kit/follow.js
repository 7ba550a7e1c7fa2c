/** The form that asks for an address to follow something by mail, for any widget that has something to follow. */
import {api, html, nothing, randomKey} from './kit.js';

export class FollowForm {
  /**
   * @param {import('./element.js').VentanillaElement} host
   * @param {{path: string, body: object, words: (key: string) => string, title: string, leave: () => void}} what
   *   `words` says email, hint, ask and back; `leave` closes the form
   */
  constructor(host, what) {
    Object.assign(this, {host, what, page: true, key: randomKey()});
    host.focusOn('h2');
  }

  async ask(event) {
    event.preventDefault();
    const {host, key} = this;
    const {path, body} = this.what;
    this.email = new FormData(event.target).get('email').trim();
    try {
      this.said = (await api.post(path, {...body, email: this.email, website: ''}, {key, signal: host.life.signal})).text;
      this.wrong = undefined;
      host.focusOn('h2');
    } catch (error) {
      this.wrong = error.fields?.email?.[0] || error.message;
      this.key = randomKey();
      host.focusOn('#follow-email');
    }
    host.requestUpdate();
  }

  view() {
    const {wrong} = this;
    const {words, title, leave} = this.what;
    return html`<h2 tabindex="-1">${title}</h2>
      ${this.said ? html`<p class="note good">${this.said}</p>` : html`<form class="stack" novalidate @submit=${(event) => this.ask(event)}>
        <div class="field"><label class="label" for="follow-email">${words('email')}</label><p class="quiet" id="follow-hint">${words('hint')}</p>
        ${wrong ? html`<p class="note bad" id="follow-wrong">${wrong}</p>` : nothing}
        <input id="follow-email" name="email" type="email" autocomplete="email" required .value=${this.email || ''} aria-describedby=${wrong ? 'follow-wrong follow-hint' : 'follow-hint'} aria-invalid=${wrong ? 'true' : nothing}></div>
        <button class="main">${words('ask')}</button></form>`}
      <button type="button" class="link" @click=${leave}>${words('back')}</button>`;
  }
}
