/** `<ventanilla-chat room="key">`: a public room in its place on the page; with `readonly` it only shows. */
import {ApiError, VentanillaElement, api, html, nothing, randomKey, render, sheet} from '../../../../static/kit/kit.js';
import {connect} from '../../../../static/kit/socket.js';
import {linked} from '../links.js';

const clock = (at) => new Intl.DateTimeFormat(window.ventanilla.lang === 'en' ? 'en-GB' : 'es-CO', {
  hour: 'numeric', minute: '2-digit', hour12: true, timeZone: 'America/Bogota',
}).format(new Date(at));
const TOKEN_MS = 90 * 60 * 1000;

export class ChatRoom extends VentanillaElement {
  static widget = 'chat';

  static properties = {stage: {state: true}};

  constructor() {
    super();
    /** @type {'loading' | 'failed' | 'ready'} */
    this.stage = 'loading';
    this.rows = new Map();
    this.pending = [];
  }

  async arrive(signal) {
    const {site, widget} = await window.ventanilla.boot('chat');
    if (signal.aborted) return;
    this.settle(site, widget);
    this.dress('ready');
    try {
      this.me = JSON.parse(sessionStorage.getItem(this.kept));
    } catch { /* A browser that keeps nothing reads, and joins again after a reload. */ }
    await this.enter();
  }

  get path() {
    return `chat/rooms/${this.getAttribute('key')}`;
  }

  get kept() {
    return `ventanilla-${this.path}`;
  }

  /** Read what the room is; an open one is followed live, by whoever looks at it. */
  async enter() {
    this.stage = 'loading';
    try {
      this.room = await api.get(this.path, this.life.signal);
      this.stage = 'ready';
      this.follow();
    } catch (error) {
      if (error.code !== 'aborted') this.stage = 'failed';
    }
  }

  follow() {
    this.line?.close();
    const root = `${window.ventanilla.base}api/${window.ventanilla.site}/${this.path}`;
    this.line = connect({
      url: `${root.replace(/^http/, 'ws')}/socket`, poll: `${root}/poll`, post: `${root}/messages`,
      token: (renew) => this.token(renew), since: Math.max(0, ...this.rows.keys()),
      on: (message) => this.take(message), state: (name) => this.moved(name), signal: this.life.signal,
    });
    for (const {id, body, verdict} of this.pending) if (!verdict) this.line.send({kind: 'say', id, body});
  }

  async token(renew = false) {
    if (renew || !this.pass || this.pass.until < Date.now()) {
      const answer = await fetch(`${window.ventanilla.base}api/${window.ventanilla.site}/token`, {
        method: 'POST', credentials: 'omit', headers: {'Content-Type': 'application/json'}, body: '{}', signal: this.life.signal,
      });
      this.pass = {token: (await answer.json()).token, until: Date.now() + TOKEN_MS};
    }
    return [this.pass.token, ...(this.me ? [this.me.key, this.me.secret] : [])].join(' ');
  }

  moved(name) {
    this.way = name;
    if (name === 'refused' && this.me) {
      this.forget();
      this.follow();
    }
    this.requestUpdate();
  }

  forget() {
    this.me = null;
    try { sessionStorage.removeItem(this.kept); } catch { /* nothing was kept */ }
  }

  take(message) {
    const {kind, what} = message;
    if (kind === 'reset') this.rows.clear();
    if (kind === 'said') {
      this.rows.set(message.seq, message);
      if (this.rows.has(message.ref) && what === 'withdrawn') this.rows.get(message.ref).gone = true;
      if (what === 'opened') this.room.state = 'open';
      if (what === 'closed') this.room.state = 'closed';
      this.pending = this.pending.filter(({id}) => id !== message.id);
    }
    if (kind === 'own') this.own(message);
    const mine = this.pending.find(({id}) => id === (message.id ?? message.ref));
    if (kind === 'ack' && mine && message.waiting) mine.verdict ||= 'waiting';
    if (kind === 'error' && message.ref) Object.assign(this.pending.find(({id}) => id === message.ref) ?? {}, {reason: message.message || message.code});
    this.requestUpdate();
  }

  /** What of ours waits or was refused, which nobody else is told; also after a reload. */
  own({messages, silenced}) {
    this.silenced = silenced;
    for (const one of messages) {
      const mine = this.pending.find(({id}) => id === one.id);
      if (mine) Object.assign(mine, one);
      else this.pending.push({...one, name: this.me.name});
    }
  }

  // Actions

  async join(event) {
    event.preventDefault();
    const name = this.renderRoot.querySelector('#name').value.trim();
    this.wrong = name ? '' : this.t('room.name_missing');
    this.requestUpdate();
    if (!name || this.busy) return void this.focusOn('#name');
    this.busy = true;
    this.key ||= randomKey();
    try {
      const opening = await api.post(`${this.path}/people`, {name, rules_version: this.about.rules?.version ?? 1}, {key: this.key, signal: this.life.signal});
      this.me = {...opening, name};
      try { sessionStorage.setItem(this.kept, JSON.stringify(this.me)); } catch { /* as above */ }
      this.follow();
    } catch (error) {
      this.wrong = (error instanceof ApiError && !error.system && error.message) || this.t('room.failed');
      this.key = undefined;
    }
    this.busy = false;
    this.requestUpdate();
    this.focusOn(this.me ? '#message' : '#name');
  }

  say(event) {
    event.preventDefault();
    const box = this.renderRoot.querySelector('#message');
    const body = box.value.trim();
    if (!body) return;
    const message = {kind: 'say', id: randomKey(), body};
    this.pending.push({...message, name: this.me.name, at: new Date().toISOString()});
    this.line.send(message);
    box.value = '';
    this.requestUpdate();
    this.focusOn('#message');
  }

  keyed(event) {
    if (event.key === 'Enter' && !event.shiftKey && !event.isComposing) this.say(event);
  }

  // Render

  updated(changed) {
    super.updated?.(changed);
    const log = this.renderRoot.querySelector('[role=log]');
    if (!log) return;
    const had = new Map([...log.children].map((node) => [node.dataset.key, node]));
    const atEnd = log.scrollHeight - log.scrollTop - log.clientHeight < 80;
    let before = null;
    const rows = [...this.rows.values()].sort((one, other) => one.seq - other.seq).filter(({what}) => what !== 'withdrawn');
    // What was refused stands where it was said; what is under way comes last.
    for (const one of this.pending) {
      const later = one.verdict ? rows.findIndex(({at}) => at > one.at) : -1;
      rows.splice(later < 0 ? rows.length : later, 0, one);
    }
    for (const row of rows) {
      const key = String(row.id || row.seq);
      const node = had.get(key) || document.createElement('div');
      had.delete(key);
      node.dataset.key = key;
      render(this.item(row), node);
      const place = before ? before.nextSibling : log.firstChild;
      if (node !== place) log.insertBefore(node, place);
      before = node;
    }
    for (const node of had.values()) node.remove();
    if (atEnd) log.scrollTop = log.scrollHeight;
  }

  item(row) {
    const {what = 'text', seq, name, staff} = row;
    if (what !== 'text') return html`<p class="event">${this.t(what === 'opened' ? 'room.opened' : 'room.ended')}</p>`;
    const mine = !seq;
    const bad = row.verdict === 'refused' ? (row.reason ? 'room.unpublished' : 'room.unpublished_plain') : row.reason && 'room.refused';
    const state = bad ? html`<span class="bad">${this.t(bad, row)}</span>` : this.t(!row.verdict ? 'room.sending' : this.room.state === 'closed' ? 'room.unread' : 'room.waiting');
    return html`<article class="message ${staff ? 'official' : ''}"><p class="who">${this.t(staff ? 'room.staff' : mine ? 'room.you' : 'room.plain', {name})} <time datetime=${row.at}>${clock(row.at)}</time></p>
      ${row.gone ? html`<p class="quiet">${this.t('room.gone')}</p>` : (row.body || '').split(/\n{2,}/).map((block) => html`<p class="block">${linked(block)}</p>`)}
      ${mine ? html`<p class="mark">${state}</p>` : nothing}</article>`;
  }

  view() {
    if (this.stage === 'loading') return this.skeleton();
    if (this.stage === 'failed') return html`<div class="stack"><p class="note warn">${this.t('room.failed')}</p><button type="button" @click=${() => this.enter()}>${this.t('room.again')}</button></div>`;
    const {topic, about, host, state} = this.room;
    const ways = {connecting: 'room.connecting', offline: 'room.offline', waiting: 'room.connecting'};
    return html`<section class="stack" aria-labelledby="title"><h2 id="title" tabindex="-1">${topic}</h2>
      <p class="quiet">${this.t('room.when', this.room)} ${this.t('room.host', {name: host})}</p>
      ${about ? about.split(/\n{2,}/).map((part) => html`<p>${part}</p>`) : nothing}
      ${state === 'open' ? nothing : html`<p class="note">${this.t(`room.${state}`)}</p>`}
      ${state === 'planned' ? nothing : html`<div class="log" role="log" aria-label=${this.t('room.log')} tabindex="0"></div>`}
      <p class="quiet small" role="status">${state === 'open' && ways[this.way] ? this.t(ways[this.way]) : nothing}</p>
      ${state === 'open' ? this.foot() : nothing}</section>`;
  }

  foot() {
    if (this.hasAttribute('readonly')) return html`<p class="quiet small">${this.t('room.readonly')}</p>`;
    if (this.me && this.silenced) return html`<p class="note warn">${this.t('room.silenced')}</p>`;
    if (this.me) {
      return html`<form class="stack" @submit=${(event) => this.say(event)}><label class="label" for="message">${this.t('room.message')}</label>
        <textarea id="message" rows="2" maxlength="1000" @keydown=${(event) => this.keyed(event)}></textarea>
        <button class="main">${this.t('room.send')}</button></form>`;
    }
    const rules = this.about.rules?.text;
    const {conduct} = this.options;
    return html`<form class="stack" novalidate @submit=${(event) => this.join(event)}>
      <p>${this.t('room.public')} ${this.room.approval ? this.t('room.approval') : nothing}</p>
      ${conduct || rules ? html`<details class="rules"><summary>${this.t('room.rules')}</summary><p>${conduct || new DOMParser().parseFromString(rules, 'text/html').body.textContent}</p></details>` : nothing}
      <div><label class="label" for="name">${this.t('room.name')}</label>
        ${this.wrong ? html`<p class="wrong" id="name-error"><span aria-hidden="true">! </span>${this.wrong}</p>` : nothing}
        <input id="name" maxlength="60" autocomplete="nickname" aria-invalid=${this.wrong ? 'true' : nothing} aria-describedby="name-error" @input=${() => api.begin(this.life.signal)}></div>
      <button class="main" aria-disabled=${this.busy ? 'true' : nothing}>${this.t(this.busy ? 'room.joining' : 'room.join')}</button></form>`;
  }
}

/** Define the room's own tag. Safe to call twice. */
export function defineRoom({words, css}) {
  if (customElements.get('ventanilla-chat-room')) return;
  ChatRoom.words = {room: words};
  ChatRoom.sheets = [sheet(css)];
  customElements.define('ventanilla-chat-room', ChatRoom);
}
