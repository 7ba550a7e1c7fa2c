/** What is asked before the first word: name, office, and where to answer if the line is cut. Light: no form kit for four fields. */
import {ApiError, api, html, nothing, randomKey} from '../../../../static/kit/kit.js';

const MAIL = /^[^\s@]+@[^\s@]+\.[^\s@]+$/;

export class Begin {
  /**
   * @param {import('./panel.js').ChatPanel} host
   * @param {{began: (opening: {key: string, secret: string}) => void, closed: () => void}} hears
   */
  constructor(host, hears) {
    Object.assign(this, {host, hears, values: {}, errors: {}, failure: '', busy: false});
  }

  set(name, value) {
    api.begin(this.host.life.signal);
    this.values[name] = value;
  }

  check() {
    const {name = '', email = ''} = this.values;
    this.errors = {
      ...(name.trim() ? {} : {name: this.host.t('fields.name.missing')}),
      ...(email.trim() && !MAIL.test(email.trim()) ? {email: this.host.t('fields.email.wrong')} : {}),
    };
    return !Object.keys(this.errors).length;
  }

  async submit(event) {
    event.preventDefault();
    if (this.busy) return;
    this.failure = '';
    if (!this.check()) {
      this.complain();
      return;
    }
    const {about, options, life} = this.host;
    const body = {rules_version: about.rules?.version ?? 1, notice_version: options.notice?.version ?? 0};
    for (const [name, value] of Object.entries(this.values)) if (value.trim()) body[name] = value.trim();
    // The same content keeps its key: sending again opens no second conversation.
    const sent = JSON.stringify(body);
    if (this.sent !== sent) Object.assign(this, {sent, key: randomKey()});
    this.busy = true;
    this.host.requestUpdate();
    try {
      this.hears.began(await api.post('chat/conversations', body, {key: this.key, signal: life.signal}));
    } catch (error) {
      this.refused(error instanceof ApiError ? error : new ApiError(0));
    }
    this.busy = false;
    this.host.requestUpdate();
  }

  refused(error) {
    if (error.code === 'aborted') return;
    if (error.code === 'chat-closed') return void this.hears.closed();
    for (const [name, texts] of Object.entries(error.fields || {})) this.errors[name] = [].concat(texts).join(' ');
    if (!Object.keys(this.errors).length) this.failure = (!error.system && error.message) || this.host.t('failed');
    this.complain();
  }

  async complain() {
    this.host.requestUpdate();
    await this.host.focusOn(this.failure ? '#failure' : `#${Object.keys(this.errors)[0]}`);
  }

  view(more) {
    const {host} = this;
    const offices = host.options.offices || [];
    const optional = html`<span class="quiet">${host.t('optional')}</span>`;
    const told = (name) => html`<p class="quiet small" id="${name}-hint">${host.t(`fields.${name}.hint`)}</p>
      ${this.errors[name] ? html`<p class="wrong" id="${name}-error"><span aria-hidden="true">! </span>${this.errors[name]}</p>` : nothing}`;
    const line = (name, type, complete, must) => html`<div><label class="label" for=${name}>${host.t(`fields.${name}.label`)} ${must ? nothing : optional}</label>${told(name)}
      <input id=${name} type=${type} autocomplete=${complete} maxlength=${name === 'phone' ? 40 : 300} aria-required=${must ? 'true' : nothing}
        aria-invalid=${this.errors[name] ? 'true' : nothing} aria-describedby="${name}-hint ${name}-error" @input=${(event) => this.set(name, event.target.value)}></div>`;
    return html`<form class="stack" novalidate @submit=${(event) => this.submit(event)}>
      ${this.failure ? html`<p class="note bad" id="failure" tabindex="-1">${this.failure}</p>` : nothing}
      ${line('name', 'text', 'name', true)}
      ${offices.length > 1 ? html`<div><label class="label" for="office">${host.t('fields.office.label')} ${optional}</label>${told('office')}
        <select id="office" aria-describedby="office-hint" @change=${(event) => this.set('office', event.target.value)}>
          <option value="">—</option>${offices.map(({code, name}) => html`<option value=${code}>${name}</option>`)}</select></div>` : nothing}
      ${line('email', 'email', 'email')}${line('phone', 'tel', 'tel')}
      ${more}
      <button class="main" aria-disabled=${this.busy ? 'true' : nothing}>${host.t(this.busy ? 'beginning' : 'begin')}</button>
    </form>`;
  }
}
