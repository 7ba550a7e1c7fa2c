/** The window of the chat: closed hours, what is asked before the first word, the conversation, and its end. */
import {VentanillaElement, api, html, nothing, render, sheet} from '../../../../static/kit/kit.js';
import {keep, kept} from '../kept.js';
import {linked} from '../links.js';
import {Talk} from '../talk.js';

const clock = (at) => new Intl.DateTimeFormat(window.ventanilla.lang === 'en' ? 'en-GB' : 'es-CO', {
  hour: 'numeric', minute: '2-digit', hour12: true, timeZone: 'America/Bogota',
}).format(new Date(at));
const SILENT = new Set(['satisfied', 'confirmed', 'withdrawn']);
const READABLE = new Set(['text', 'greeting', 'restate', 'ask', 'warning', 'radicado']);

export class ChatPanel extends VentanillaElement {
  static widget = 'chat';

  static properties = {shown: {type: Boolean, reflect: true}, stage: {state: true}};

  constructor() {
    super();
    /** @type {'loading' | 'failed' | 'closed' | 'begin' | 'talk' | 'over'} */
    this.stage = 'loading';
    this.unread = 0;
  }

  // Lifecycle

  /** Instead of the kit's own arrival: this element has no fallback, its bubble has. */
  async arrive(signal) {
    const {site, widget} = await window.ventanilla.boot('chat');
    if (signal.aborted) return;
    this.settle(site, widget);
    this.dress('ready');
    document.addEventListener('visibilitychange', () => this.look(), {signal});
    this.addEventListener('keydown', (event) => event.key === 'Escape' && this.emit('shut'), {signal});
    this.fit(signal);
    const going = kept();
    if (going) this.talkOn(going);
    else await this.knock();
  }

  /** With the on-screen keyboard open, the window takes what is left of the screen. */
  fit(signal) {
    const view = window.visualViewport;
    if (!view) return;
    const resize = () => {
      this.style.setProperty('--_visible', `${view.height}px`);
      this.style.setProperty('--_above', `${view.offsetTop}px`);
    };
    view.addEventListener('resize', resize, {signal});
    view.addEventListener('scroll', resize, {signal});
    resize();
  }

  /** Ask whether somebody receives now. */
  async knock() {
    this.stage = 'loading';
    try {
      this.state = await api.get('chat/state', this.life.signal);
      const stage = this.state.state === 'open' ? 'begin' : 'closed';
      if (stage === 'begin') await this.prepare();
      else {
        const {Closed} = await this.part('closed');
        this.closed ||= new Closed(this);
      }
      this.stage = stage;
    } catch (error) {
      if (error.code !== 'aborted') this.stage = 'failed';
    }
    this.requestUpdate();
  }

  async prepare() {
    const {Begin} = await window.ventanilla.load('chat.begin');
    this.form = new Begin(this, {began: (opening) => this.began(opening), closed: () => this.knock()});
  }

  updated(changed) {
    super.updated?.(changed);
    if (changed.has('shown')) {
      if (kept()) keep({open: Boolean(this.shown)});
      if (this.shown && this.stage === 'closed') this.knock();
    }
    const log = this.renderRoot.querySelector('[role=log]');
    if (log && this.talk) this.writeLog(log);
    if (log && this.shown && this.count !== log.childElementCount) {
      this.count = log.childElementCount;
      log.scrollTop = log.scrollHeight;
    }
    this.look();
  }

  /** Read is what was on a screen in front of somebody; delivered is what this browser has. */
  look() {
    const seen = Boolean(this.shown) && !document.hidden;
    if (seen && this.unread) this.seenAll();
    this.talk?.mark(seen);
  }

  seenAll() {
    this.unread = 0;
    this.emit('unread', {n: 0});
  }

  async focusIn() {
    await this.updateComplete;
    const at = {talk: 'textarea', begin: 'h2', closed: 'h2'}[this.stage] || 'h2';
    await this.focusOn(at);
  }

  // Actions

  began({key, secret}) {
    keep({key, secret, open: true, pending: []});
    this.emit('begin');
    this.talkOn({key, secret});
    this.focusOn('textarea');
  }

  talkOn(opening) {
    this.talk?.close();
    this.stage = 'talk';
    // Half a message outlives the page too: people look something up on another one while they write.
    this.draft = kept()?.draft || '';
    this.talk = new Talk(opening, {
      changed: () => this.requestUpdate(),
      news: (row) => this.news(row),
      over: (row) => this.over(row),
      refused: () => this.lost(),
    }, this.life.signal);
  }

  news(row) {
    if (!this.talk?.settled || !READABLE.has(row.what)) return;
    if (this.shown && !document.hidden) return;
    this.unread += 1;
    this.emit('unread', {n: this.unread});
  }

  /** It is over: the browser forgets it, the window stays for the rating and the transcript. */
  over(row) {
    this.ended = row;
    this.stage = 'over';
    keep(null);
    this.emit('ended', {reason: row.data.reason});
    if (row.data.reason !== 'cut') this.bringAfter();
    this.announce(this.t(`ended.${row.data.reason}`));
  }

  async bringAfter() {
    const {After, ...resources} = await window.ventanilla.load('chat.after').catch(() => ({}));
    if (!After) return;
    this.farewell = new After(this, this.talk, resources.words);
    this.requestUpdate();
  }

  lost() {
    keep(null);
    this.stage = 'over';
    this.ended = {data: {reason: ''}};
  }

  another() {
    this.talk?.close();
    this.talk = this.farewell = this.ended = undefined;
    this.knock().then(() => this.focusIn());
  }

  say(event) {
    event?.preventDefault();
    const body = (this.draft || '').trim();
    if (!body) return;
    this.talk.say(body);
    this.draft = '';
    if (kept()) keep({draft: ''});
    this.renderRoot.querySelector('#message').value = '';
    this.focusOn('textarea');
  }

  keyed(event) {
    // Enter sends, as in every chat; while an input method is composing it only accepts the word.
    if (event.key === 'Enter' && !event.shiftKey && !event.isComposing) this.say(event);
  }

  typed(event) {
    this.draft = event.target.value;
    if (kept()) keep({draft: this.draft});
    this.talk.writes();
  }

  async attach(event) {
    const [file] = event.target.files;
    event.target.value = '';
    if (!file) return;
    const limit = this.options.limits.file_bytes;
    this.sendingFile = this.t('attaching', {name: file.name});
    this.requestUpdate();
    try {
      if (file.size > limit) throw new Error(`${Math.round(file.size / 1048576)} MB > ${Math.round(limit / 1048576)} MB`);
      const {receipt, name} = await this.talk.upload(file);
      this.talk.say('', [receipt], [name]);
      this.sendingFile = '';
    } catch (error) {
      this.sendingFile = this.t('unattached', {name: file.name, reason: error.message || this.t('offline')});
    }
    this.announce(this.sendingFile);
    this.requestUpdate();
  }

  async fetchFile({id, name}) {
    try {
      const link = document.createElement('a');
      link.href = URL.createObjectURL(await this.talk.ask(`${this.talk.path}/file`, {id}, {blob: true}));
      link.download = name;
      link.click();
      setTimeout(() => URL.revokeObjectURL(link.href), 10000);
    } catch {
      this.announce(this.t('failed'));
    }
  }

  // Render

  /** Close and title; `heading` of the kit would repeat the rules in every stage. */
  view() {
    const stages = {loading: this.skeleton, failed: this.failedView, closed: this.closedView, begin: this.beginView, talk: this.talkView, over: this.overView};
    return html`<section role="dialog" aria-labelledby="title" class="window">
      <div class="head"><h2 id="title" tabindex="-1" part="title">${this.about.title}</h2>
        <button type="button" class="close" aria-label=${this.t('close')} @click=${() => this.emit('shut')}><span aria-hidden="true">×</span></button></div>
      ${stages[this.stage].call(this)}
    </section>`;
  }

  skeleton() {
    return html`<div class="body skeleton" aria-busy="true"><p>${this.t('loading')}</p><i></i><i></i></div>`;
  }

  failedView() {
    return html`<div class="body stack"><p class="note warn">${this.t('failed')}</p>
      <div class="row"><button type="button" class="main" @click=${() => this.knock()}>${this.t('again')}</button>${this.pageLink()}</div></div>`;
  }

  pageLink() {
    const {base, site} = window.ventanilla;
    return html`<a href="${base}${site}/contact">${this.t('page')}</a>`;
  }

  closedView() {
    return this.closed.view(this.state);
  }

  beginView() {
    const {wait, waiting} = this.state;
    const {notice, conduct} = this.options;
    const rules = this.about.rules?.text;
    return html`<div class="body stack">
      <p>${this.about.help}</p>
      <p class="quiet">${this.t('expect', {wait})} ${waiting ? this.t('ahead', {n: waiting}) : nothing}</p>
      ${this.form ? this.form.view(html`
        ${rules ? this.rules() : conduct ? html`<details class="rules"><summary>${this.t('conduct')}</summary><p>${conduct}</p></details>` : nothing}
        ${notice ? html`<p class="quiet small">${notice.text}</p>` : nothing}`) : nothing}
    </div>`;
  }

  rules() {
    const box = document.createElement('div');
    // Cleaned by the server when staff saved it; parsed, never run.
    box.append(...new DOMParser().parseFromString(this.about.rules.text, 'text/html').body.childNodes);
    return html`<details class="rules"><summary>${this.t('conduct')}</summary>${box}</details>`;
  }

  talkView() {
    const {talk} = this;
    const {place, adviser} = talk.status;
    const ways = {connecting: 'connecting', offline: 'offline', waiting: 'waiting'};
    return html`<div class="state" role="status">${ways[talk.way] ? this.t(ways[talk.way]) : place ? this.t('place', {n: place}) : adviser ? this.t('with', {name: adviser}) : nothing}</div>
      ${this.log()}
      <form class="compose" @submit=${(event) => this.say(event)}>
        ${this.sendingFile ? html`<p class="quiet small">${this.sendingFile}</p>` : nothing}
        <label class="unseen" for="message">${this.t('message')}</label>
        <textarea id="message" rows="2" maxlength="4000" placeholder=${this.t('message')} .value=${this.draft} @input=${(event) => this.typed(event)} @keydown=${(event) => this.keyed(event)}></textarea>
        <div class="row">
          <input class="unseen" type="file" id="file" accept=".pdf,.jpg,.jpeg,.png,.webp,.heic,.docx,.xlsx,.odt" @change=${(event) => this.attach(event)}>
          <label class="button small" for="file">${this.t('attach')}</label>
          <button class="main">${this.t('send')}</button>
        </div>
        ${this.leaving ? html`<div class="row" role="group" aria-label=${this.t('leave_sure')}><span>${this.t('leave_sure')}</span>
            <button type="button" @click=${() => { this.leaving = false; talk.leave(); }}>${this.t('leave')}</button>
            <button type="button" class="link" @click=${() => { this.leaving = false; this.requestUpdate(); }}>${this.t('stay')}</button></div>`
          : html`<button type="button" class="link small" @click=${() => { this.leaving = true; this.requestUpdate(); }}>${this.t('leave')}</button>`}
      </form>`;
  }

  log() {
    return html`<div class="log" role="log" aria-label=${this.t('log')} tabindex="0"></div>
    <p class="typing" aria-hidden="true">${this.talk.typing ? this.t('typing') : nothing}</p>`;
  }

  /** A node for each message, found again by its id: one that gets its number is no new one to a screen reader. */
  writeLog(log) {
    const had = new Map([...log.children].map((node) => [node.dataset.key, node]));
    let before = null;
    for (const item of this.talk.items.filter(({what}) => !SILENT.has(what))) {
      const key = String(item.id || item.seq);
      const node = had.get(key) || document.createElement('div');
      had.delete(key);
      node.dataset.key = key;
      render(this.item(item), node);
      const place = before ? before.nextSibling : log.firstChild;
      if (node !== place) log.insertBefore(node, place);
      before = node;
    }
    for (const node of had.values()) node.remove();
  }

  item(row) {
    const {what = 'text', data = {}} = row;
    if (what === 'assigned') return html`<p class="event">${this.t('joined', data)}</p>`;
    if (what === 'transferred' || what === 'requeued') return html`<p class="event">${this.t(what, data)}</p>`;
    if (what === 'ended') return html`<p class="event">${this.t(`ended.${data.reason}`)}</p>`;
    const mine = !row.author || row.author === 'person';
    return html`<article class="message ${mine ? 'mine' : 'theirs'}">
      <p class="who">${mine ? this.t('you') : data.name || this.t('entity')} ${row.at ? html`<time datetime=${row.at}>${clock(row.at)}</time>` : nothing}</p>
      ${row.gone ? html`<p class="quiet">${this.t('gone')}</p>` : this.said(row, what, data)}
      ${mine && !row.gone ? html`<p class="mark">${row.reason ? html`<span class="bad">${this.t('unsent', row)}</span>` : this.t(this.talk.reached(row))}</p>` : nothing}
    </article>`;
  }

  /** The words in blocks, as their writer divided them; then files, a card to answer, or a radicado. */
  said({seq, body, names}, what, data) {
    return html`${(body || '').split(/\n{2,}/).map((block) => (block ? html`<p class="block">${linked(block)}</p>` : nothing))}
      ${names?.length ? html`<p>${names.join(', ')}</p>` : nothing}
      ${(data.files || []).map((file) => html`<button type="button" class="link" @click=${() => this.fetchFile(file)}>${this.t('download', file)}</button>`)}
      ${what === 'restate' || what === 'ask' ? this.card(seq, what) : nothing}
      ${what === 'radicado' ? html`<dl class="facts"><dt>${this.t('radicado')}</dt><dd><b>${data.radicado}</b></dd>
        <dt>${this.t('code')}</dt><dd><b>${data.code}</b></dd></dl><p class="quiet small">${this.t('code_hint')}</p>` : nothing}`;
  }

  card(seq, what) {
    const answered = [...this.talk.rows.values()].find((row) => row.data?.ref === seq && ['confirmed', 'satisfied'].includes(row.what))
      || this.talk.pending.find((one) => one.kind === 'confirm' && one.ref === seq);
    if (answered) return html`<p class="quiet">${this.t((answered.data ?? answered).yes ? 'said_yes' : 'said_no')}</p>`;
    if (this.stage === 'over') return nothing;
    const word = what === 'restate' ? '_restated' : '';
    return html`<div class="row" role="group" aria-label=${this.t('restated')}>
      <button type="button" @click=${() => this.talk.answer(seq, true)}>${this.t(`yes${word}`)}</button>
      <button type="button" @click=${() => this.talk.answer(seq, false)}>${this.t(`no${word}`)}</button></div>`;
  }

  overView() {
    const {reason, task, mail} = this.ended.data;
    return html`<div class="body stack">
      ${this.talk?.rows.size ? this.log() : nothing}
      <p class="note">${reason ? this.t(`ended.${reason}`) : this.t('refused')}</p>
      ${task ? html`<p>${this.t(mail ? 'task_mail' : 'task_none')}</p>` : nothing}
      ${task && !mail ? this.pageLink() : nothing}
      ${this.farewell ? this.farewell.view() : nothing}
      <button type="button" class=${this.farewell ? 'link' : 'main'} @click=${() => this.another()}>${this.t('another')}</button>
    </div>`;
  }
}

/** Define the panel's own tag; the bubble alone makes one. Safe to call twice. */
export function definePanel({words, css}) {
  if (customElements.get('ventanilla-chat-panel')) return;
  ChatPanel.words = words;
  ChatPanel.sheets = [sheet(css)];
  customElements.define('ventanilla-chat-panel', ChatPanel);
}
