/** Outside the hours, or with nobody there: when next, the frequent questions, and the form that is always open. */
import {api, html, nothing} from '../../../../static/kit/kit.js';

export class Closed {
  /** @param {import('./panel.js').ChatPanel} host */
  constructor(host) {
    Object.assign(this, {host, answers: [], asked: ''});
    this.look('');
  }

  /** The frequent questions, or what the search finds. */
  async look(text) {
    const {host} = this;
    const found = await api.get(`chat/help?q=${encodeURIComponent(text)}`, host.life.signal).catch(() => null);
    if (!found) return;
    this.answers = found.answers;
    this.asked = text;
    if (text && !found.answers.length) host.announce(host.t('closed.none'));
    host.requestUpdate();
  }

  search(event) {
    event.preventDefault();
    this.look(this.host.renderRoot.querySelector('#ask').value.trim());
  }

  questions() {
    const {host, answers, asked} = this;
    if (!answers.length && !asked) return nothing;
    return html`<h3>${host.t('closed.faq')}</h3>
      <form class="stack" role="search" @submit=${(event) => this.search(event)}><label class="label" for="ask">${host.t('closed.search')}</label>
        <div class="row tight"><input id="ask" type="search" maxlength="200"><button>${host.t('closed.find')}</button></div></form>
      ${answers.length ? answers.map(({title, text, url, kind}) => html`<details class="rules"><summary>${title}</summary><p class="block">${text}</p>
        ${kind === 'faq' ? nothing : html`<a href=${url} target="_blank" rel="noopener">${host.t('closed.more')}</a>`}</details>`) : html`<p>${host.t('closed.none')}</p>`}`;
  }

  view({state, opening, hours}) {
    const {host} = this;
    const {base, site} = window.ventanilla;
    return html`<div class="body stack">
      <div class="note"><p><b>${host.t(`closed.${state}`)}</b> ${state === 'closed' && hours.length ? host.t('closed.next', {opening}).replace('..', '.') : nothing}</p></div>
      ${hours.length ? html`<h3>${host.t('closed.hours')}</h3><ul class="hours">${hours.map((line) => html`<li>${line}</li>`)}</ul>` : nothing}
      ${this.form ? nothing : this.questions()}
      ${this.form ? html`<div>${this.form}</div>` : html`<p>${host.t('closed.meanwhile')}</p>
        <div class="row"><button type="button" class="main" @click=${() => this.write()}>${host.t('closed.write')}</button>
        <a class="touch" href="${base}${site}/pqr" target="_blank" rel="noopener">${host.t('closed.file')}</a></div>`}
    </div>`;
  }

  /** The contact form in this window; they meet by tag name alone, and where it is not offered its page opens. */
  async write() {
    const {base, site} = window.ventanilla;
    try {
      await window.ventanilla.load('contact');
      const form = document.createElement('ventanilla-contact');
      form.setAttribute('plain', '');
      form.setAttribute('open', '');
      this.form = form;
      this.host.requestUpdate();
      await this.host.updateComplete;
      await form.open();
    } catch {
      location.assign(`${base}${site}/contact`);
    }
  }
}
