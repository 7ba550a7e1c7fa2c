/** The notice board: answers to whom no address reaches, for five working days (Ley 1437 de 2011, art. 69). Loaded on use. */
import {api, html} from '../../../../static/kit/kit.js';

export class Board {
  /** @param {import('../pqr.js').PqrElement} host */
  constructor(host) {
    this.host = host;
    this.load();
  }

  t(key, values) {
    return this.host.t(`notices.${key}`, values);
  }

  async load() {
    this.failed = false;
    try {
      this.found = (await api.get('cases/notices', this.host.life.signal)).notices;
    } catch {
      this.failed = true;
    }
    this.host.requestUpdate();
  }

  view() {
    const {found, failed} = this;
    return html`<div class="stack">
      <h3 tabindex="-1">${this.t('title')}</h3>
      <p>${this.t('help')}</p>
      ${failed ? html`<p role="alert">${this.t('failed')}</p><p><button type="button" @click=${() => this.load()}>${this.t('again')}</button></p>`
        : html`<div aria-busy=${!found} aria-live="polite">${found?.length === 0 ? html`<p>${this.t('empty')}</p>` : ''}${(found ?? []).map((one) => this.notice(one))}</div>`}
    </div>`;
  }

  notice({radicado, subject, body, next_step: next, until_text: until, effective_text: effective}) {
    return html`<article class="message staff">
      <h4>${this.t('radicado', {radicado})}</h4>
      ${subject ? html`<p><b>${subject}</b></p><p class="body">${body}</p><p><b>${this.t('next_step')}</b> ${next}</p>`
        : html`<p>${this.t('at_office')}</p>`}
      <p class="quiet">${this.t('dates', {until, effective})}</p>
    </article>`;
  }
}
