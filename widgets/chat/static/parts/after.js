/** After the end: the four items of the protocol, and the conversation to take home. */
import {api, html, nothing, translate} from '../../../../static/kit/kit.js';

const ITEMS = ['kindness', 'quality', 'timeliness', 'competence'];

export class After {
  /**
   * @param {import('./panel.js').ChatPanel} host
   * @param {import('../talk.js').Talk} talk
   * @param {object} words
   */
  constructor(host, talk, words) {
    Object.assign(this, {host, talk, words, scores: {}, comment: '', said: '', rated: false});
    this.bringOffers();
  }

  /** What the entity asks after a conversation stands in its own tag; without it nothing is missing. */
  async bringOffers() {
    try {
      const [{offered, words}, {offers}] = await Promise.all([window.ventanilla.load('kit.offers'), api.get('offers?moment=chat', this.host.life.signal)]);
      this.change({offered: offered(offers, words)});
    } catch {
      // It was only an offer.
    }
  }

  t(key, values) {
    return translate(this.words, key, values) ?? key;
  }

  change(state) {
    Object.assign(this, state);
    this.host.requestUpdate();
    if (state.said) this.host.announce(state.said);
  }

  async rate(event) {
    event.preventDefault();
    if (ITEMS.some((item) => !this.scores[item])) return this.change({said: this.t('missing')});
    try {
      await this.talk.ask(`${this.talk.path}/rating`, {...this.scores, comment: this.comment});
      this.change({rated: true, said: this.t('thanks')});
    } catch (error) {
      this.change({said: error.message || this.t('failed')});
    }
    return undefined;
  }

  async mail(event) {
    event.preventDefault();
    try {
      await this.talk.ask(`${this.talk.path}/transcript`, {email: this.email});
      this.change({said: this.t('mailed')});
    } catch (error) {
      this.change({said: error.message || this.t('failed')});
    }
  }

  download() {
    const lines = this.talk.items.filter((row) => row.body && !row.gone).map((row) => {
      const who = row.author === 'person' ? this.host.t('you') : row.data.name || this.host.t('entity');
      return `[${new Date(row.at).toLocaleString(window.ventanilla.lang)}] ${who}: ${row.body}`;
    });
    const link = document.createElement('a');
    link.href = URL.createObjectURL(new Blob([lines.join('\r\n\r\n')], {type: 'text/plain;charset=utf-8'}));
    link.download = 'chat.txt';
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10000);
  }

  view() {
    return html`${this.rated ? nothing : html`<form class="stack" @submit=${(event) => this.rate(event)}>
        <h3>${this.t('title')}</h3><p class="quiet small">${this.t('help')}</p>
        ${ITEMS.map((item) => this.item(item))}
        <label class="label" for="comment">${this.t('comment')} <span class="quiet">${this.t('optional')}</span></label>
        <textarea id="comment" rows="2" maxlength="1000" @input=${(event) => (this.comment = event.target.value)}></textarea>
        <button class="main">${this.t('rate')}</button></form>`}
      ${this.offered ?? nothing}
      ${this.said ? html`<p class="note">${this.said}</p>` : nothing}
      <form class="stack" @submit=${(event) => this.mail(event)}>
        <h3>${this.t('transcript')}</h3>
        <button type="button" @click=${() => this.download()}>${this.t('download')}</button>
        <label class="label" for="to">${this.t('email')}</label>
        <input id="to" type="email" required autocomplete="email" @input=${(event) => (this.email = event.target.value)}>
        <button>${this.t('mail')}</button></form>`;
  }

  item(item) {
    return html`<fieldset class="score"><legend>${this.t(`items.${item}`)}</legend><div class="row">
      ${[1, 2, 3, 4, 5].map((score) => html`<label><input type="radio" name=${item} value=${score} .checked=${this.scores[item] === score}
        @change=${() => this.change({scores: {...this.scores, [item]: score}})}><span>${score}</span></label>`)}</div></fieldset>`;
  }
}
