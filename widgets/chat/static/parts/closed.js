/** Outside the hours, or with nobody there: when next, and the form that is always open. */
import {html, nothing} from '../../../../static/kit/kit.js';

export class Closed {
  /** @param {import('./panel.js').ChatPanel} host */
  constructor(host) {
    this.host = host;
  }

  view({state, opening, hours}) {
    const {host} = this;
    const {base, site} = window.ventanilla;
    return html`<div class="body stack">
      <div class="note"><p><b>${host.t(`closed.${state}`)}</b> ${state === 'closed' ? host.t('closed.next', {opening}) : nothing}</p></div>
      <h3>${host.t('closed.hours')}</h3><ul class="hours">${hours.map((line) => html`<li>${line}</li>`)}</ul>
      ${this.form ? html`<div>${this.form}</div>` : html`<p>${host.t('closed.meanwhile')}</p>
        <div class="row"><button type="button" class="main" @click=${() => this.write()}>${host.t('closed.write')}</button>
        <a href="${base}${site}/pqr" target="_blank" rel="noopener">${host.t('closed.file')}</a></div>`}
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
