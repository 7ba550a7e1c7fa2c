/** A conversation as the browser holds it: numbered events in order, what is not yet acknowledged, marks, the line. */
import {api, randomKey} from '../../../static/kit/kit.js';
import {connect} from '../../../static/kit/socket.js';
import {keep, kept} from './kept.js';

const TYPING_MS = 4000;
const BEAT_MS = 20000;
const TOKEN_MS = 90 * 60 * 1000;

export class Talk {
  /**
   * @param {{key: string, secret: string, pending?: object[]}} opening
   * @param {{changed: () => void, news: (row: object) => void, over: (row: object) => void, refused: () => void}} hears
   * @param {AbortSignal} signal
   */
  constructor({key, secret, pending = []}, hears, signal) {
    this.key = key;
    this.secret = secret;
    this.hears = hears;
    this.life = new AbortController();
    signal.addEventListener('abort', () => this.close(), {once: true});
    /** @type {Map<number, any>} */
    this.rows = new Map();
    /** @type {{id: string, kind: string, body?: string, files?: string[], names?: string[], reason?: string}[]} */
    this.pending = pending;
    this.own = new Set(pending.map(({id}) => id));
    this.way = 'connecting';
    this.status = {state: '', place: 0, delivered: 0, read: 0, adviser: '', office: ''};
    this.last = 0;
    this.marked = [0, 0];
    this.start();
  }

  get path() {
    return `chat/conversations/${this.key}`;
  }

  start() {
    const root = `${window.ventanilla.base}api/${window.ventanilla.site}/${this.path}`;
    this.line = connect({
      url: `${root.replace(/^http/, 'ws')}/socket`,
      poll: `${root}/poll`,
      post: `${root}/messages`,
      token: (renew) => this.token(renew),
      on: (message) => this.take(message),
      state: (name) => this.moved(name),
      signal: this.life.signal,
    });
    for (const {id, kind, body, files, ref, yes} of this.pending) this.line.send({kind, id, body, files, ref, yes});
    const beat = setInterval(() => this.line.send({kind: 'beat'}), BEAT_MS);
    this.life.signal.addEventListener('abort', () => clearInterval(beat));
  }

  /** The form token with the secret of the conversation: together they open it. */
  async token(renew = false) {
    if (renew || !this.kept || this.kept.until < Date.now()) {
      const {token} = await this.ask('token', {});
      this.kept = {token, until: Date.now() + TOKEN_MS};
    }
    return `${this.kept.token} ${this.secret}`;
  }

  /** One question to the server, with the conversation's own token where it is about the conversation. */
  async ask(path, body, {blob = false} = {}) {
    const headers = {'Content-Type': 'application/json', 'Accept-Language': window.ventanilla.lang};
    if (path !== 'token') headers['X-Ventanilla-Token'] = await this.token();
    const answer = await fetch(`${window.ventanilla.base}api/${window.ventanilla.site}/${path}`, {
      method: 'POST', credentials: 'omit', headers, body: JSON.stringify(body), signal: this.life.signal,
    });
    if (answer.ok) return blob ? answer.blob() : answer.json();
    throw new Error((await answer.json().catch(() => ({}))).error?.message || '');
  }

  moved(name) {
    this.way = name;
    // What was marked while no socket was joined went nowhere.
    if (name === 'open' || name === 'polling') this.marked = [0, 0];
    if (name === 'refused') this.hears.refused();
    this.hears.changed();
  }

  take(message) {
    const {kind} = message;
    if (kind === 'reset') this.rows.clear();
    if (kind === 'said') this.heard(message);
    if (kind === 'status') Object.assign(this.status, message);
    if (kind === 'mark' && message.who === 'staff') Object.assign(this.status, {delivered: message.delivered, read: message.read});
    if (kind === 'typing') this.typed();
    if (kind === 'error' && message.ref) this.failed(message);
    if (kind === 'joined') this.settled = true;
    this.hears.changed();
  }

  heard(row) {
    this.rows.set(row.seq, row);
    this.last = Math.max(this.last, row.seq);
    if (row.author === 'staff') this.typing = false;
    if (row.what === 'withdrawn' && this.rows.has(row.data.ref)) this.rows.get(row.data.ref).gone = true;
    if (row.what === 'assigned') Object.assign(this.status, {state: 'open', place: 0, adviser: row.data.name});
    if (row.what === 'requeued' || row.what === 'transferred') Object.assign(this.status, {adviser: ''});
    if (this.pending.some((one) => one.id === row.id)) this.forget(row.id);
    if (row.author !== 'person' || row.what === 'ended') this.hears.news(row);
    if (row.what === 'ended') this.hears.over(row);
  }

  failed({ref, message, code}) {
    const found = this.pending.find((one) => one.id === ref);
    if (found) found.reason = message || code;
    this.save();
  }

  typed() {
    this.typing = true;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => {
      this.typing = false;
      this.hears.changed();
    }, TYPING_MS);
  }

  forget(id) {
    this.pending = this.pending.filter((one) => one.id !== id);
    this.save();
  }

  // What was refused is shown here and not sent again by itself. What another tab has under way is its own to forget.
  save() {
    const before = kept();
    if (!before) return;
    const others = (before.pending || []).filter(({id}) => !this.own.has(id));
    keep({pending: [...others, ...this.pending.filter((one) => !one.reason)]});
  }

  /** Say something: kept until it is acknowledged, whatever happens to the network or the page. */
  say(body, files = [], names = []) {
    this.send({kind: 'say', body, files}, names);
  }

  /** @param {{kind: string}} message */
  send(message, names) {
    const whole = {...message, id: randomKey()};
    this.own.add(whole.id);
    this.pending.push({...whole, names});
    this.save();
    this.line.send(whole);
    this.hears.changed();
  }

  answer(ref, yes) {
    this.send({kind: 'confirm', ref, yes});
  }

  leave() {
    this.send({kind: 'leave'});
  }

  writes() {
    if (Date.now() - (this.wrote || 0) < 2000) return;
    this.wrote = Date.now();
    this.line.send({kind: 'typing'});
  }

  /** Tell how far this browser has received, and with `read` how far somebody has seen. */
  mark(seen) {
    const read = seen ? this.last : this.marked[1];
    if (!this.last || (this.marked[0] >= this.last && this.marked[1] >= read)) return;
    this.marked = [this.last, read];
    const message = {kind: 'mark', delivered: this.last, read};
    this.line.send(this.way === 'polling' ? {...message, id: randomKey()} : message);
  }

  upload(file) {
    return api.upload(file, {signal: this.life.signal});
  }

  /** What to show, in order: the events, then what is under way. */
  get items() {
    const rows = [...this.rows.values()].sort((one, other) => one.seq - other.seq);
    return [...rows, ...this.pending.filter((one) => one.kind === 'say')];
  }

  /** How far a message of the person has come. */
  reached({seq}) {
    if (!seq) return 'sending';
    if (seq <= this.status.read) return 'read';
    return seq <= this.status.delivered ? 'delivered' : 'sent';
  }

  close() {
    clearTimeout(this.timer);
    this.life.abort();
  }
}
