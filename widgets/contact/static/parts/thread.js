/** A conversation that goes on: found by its reference and its code, read, and answered. Loaded when somebody asks for it. */
import {api, html, nothing} from '../../../../static/kit/kit.js';
import {moment} from '../../../../static/kit/dates.js';
import {bytes} from '../../../../static/kit/sizes.js';
import {Files} from '../../../../static/kit/files.js';
import {Form} from '../../../../static/kit/form.js';

export class Thread {
  /**
   * @param {import('../contact.js').ContactElement} host
   * @param {{reference?: string, code?: string}} known
   */
  constructor(host, known) {
    this.host = host;
    this.search = new Form(host, {
      path: 'contact/thread',
      scope: 'thread.fields',
      checks: {reference: true, code: true},
      body: ({reference, code}) => ({reference, code}),
      reads: true,
      draft: false, // The code opens the conversation: it is never kept on a device.
      refused: ({system, fields, message}) => {
        if (system || fields) return false;
        this.search.complain({errors: {code: message}});
        return true;
      },
    });
    this.search.onDone = (found, asked) => this.show(found, asked);
    Object.assign(this.search.values, known);
    if (known.code) this.search.submit();
  }

  show(found, {reference, code}) {
    const {host} = this;
    this.found = found;
    this.asked = {reference, code};
    this.files = new Files(host, host.options.limits);
    this.reply = new Form(host, {
      path: 'contact/replies',
      scope: 'thread.fields',
      checks: {reply: true},
      body: ({reply}) => ({reference, code, body: reply}),
      files: this.files,
      draft: false,
    });
    this.reply.onDone = async () => {
      // It is sent, also when reading it again fails; and an answer that comes late brings nobody back who has left.
      const again = await api.post('contact/thread', {reference, code}, {signal: host.life.signal}).catch(() => found);
      if (this.found === found) this.found = found = again;
      host.announce(host.t('thread.replied'));
      host.requestUpdate();
    };
    host.requestUpdate();
    host.focusOn('h3');
  }

  /** A file comes by a request that carries the code, so that no address ever holds it. */
  async fetchFile({name, token}) {
    const {host, asked} = this;
    const blob = await api.post('contact/file', {...asked, token}, {type: 'blob', signal: host.life.signal}).catch(() => null);
    if (!blob) return host.announce(host.t('thread.no_file'));
    const link = document.createElement('a');
    link.href = URL.createObjectURL(blob);
    link.download = name;
    link.click();
    return setTimeout(() => URL.revokeObjectURL(link.href), 60000);
  }

  view() {
    return html`${this.found ? this.conversation(this.found) : this.asking()}
      <button type="button" class="link" @click=${() => this.host.leave()}>${this.host.t('thread.leave')}</button>`;
  }

  asking() {
    const {host, search} = this;
    return html`<h3 tabindex="-1">${host.t('thread.title')}</h3>
      ${search.frame(html`${search.text('reference', {autocomplete: 'off'})}${search.text('code', {autocomplete: 'off'})}`, host.t('thread.find'))}`;
  }

  conversation({reference, subject, office, state, messages, next}) {
    const {host} = this;
    return html`<h3 tabindex="-1">${subject}</h3>
      <p class="quiet">${[reference, office, host.find(`thread.states.${state}`) || state].filter(Boolean).join(' · ')}</p>
      ${next ? html`<p class="note">${next}</p>` : nothing}
      ${messages.map((message) => html`<article class="message ${message.author}">
        <p><b>${message.author === 'staff' ? message.name || host.t('thread.staff') : host.t('thread.you')}</b>
          <span class="quiet">${moment(message.at)}</span></p>
        <p class="body">${message.body}</p>
        ${message.files?.length ? html`<ul>${message.files.map((file) => html`<li>
          <button type="button" class="link" @click=${() => this.fetchFile(file)}>${file.name}</button> <span class="quiet">${bytes(file.size_bytes)}</span></li>`)}</ul>` : nothing}
      </article>`)}
      ${this.reply.frame(html`${this.reply.text('reply', {rows: 4})}${this.files.view()}`, host.t('thread.send'))}`;
  }
}
