/** One conversation on the desk: its events, the composer with scripts and coach, and what may be done in it. */
import {connect} from '../../../../static/kit/socket.js';
import {el, linked, randomId, since} from './base.js';
import {Actions} from './actions.js';
import {Tools, filled} from './tools.js';

const clock = (lang, at) => new Intl.DateTimeFormat(lang === 'en' ? 'en-GB' : 'es-CO', {hour: 'numeric', minute: '2-digit', hour12: true, timeZone: 'America/Bogota'}).format(new Date(at));

export class Conversation {
  constructor(desk, card) {
    this.desk = desk;
    this.id = card.id;
    this.name = card.name;
    this.t = desk.t;
    this.life = new AbortController();
    /** @type {Map<number, any>} */
    this.rows = new Map();
    this.pending = [];
    this.marks = {delivered: card.delivered, read: card.read};
    this.head = el('header', {class: 'chat-head'});
    this.log = el('div', {class: 'chat-log', role: 'log', tabindex: 0, 'aria-label': card.name});
    this.hint = el('p', {class: 'chat-hint', role: 'status'});
    this.offers = el('div', {class: 'chat-row chat-offers'});
    this.card = card;
    this.actions = new Actions(this);
    this.tools = new Tools(this);
    this.compose = this.composer();
    this.main = el('div', {class: 'chat-main'}, this.head, this.log, this.hint, this.offers, this.compose);
    this.node = el('div', {class: 'chat-talk'}, this.main, el('div', {class: 'chat-aids'}, this.actions.node, this.tools.node));
    this.update(card);
    this.open();
  }

  open() {
    const {root} = this.desk.known;
    this.line = connect({
      url: `${location.origin.replace(/^http/, 'ws')}${root}/${this.id}/socket`, token: () => 'desk',
      on: (message) => this.take(message), state: (name) => this.moved(name), signal: this.life.signal,
    });
  }

  moved(name) {
    this.way = name;
    if (name === 'refused') this.desk.refused();
    if (name !== 'open') return;
    // What was marked while no socket was joined went nowhere.
    this.got = this.wasRead = 0;
    this.mark();
  }

  take(message) {
    const {kind} = message;
    if (kind === 'reset') this.rows.clear();
    if (kind === 'said') this.heard(message);
    if (kind === 'joined') this.settled = true;
    if (kind === 'mark' && message.who === 'person') this.marks = message;
    if (kind === 'error' && message.ref) {
      const found = this.pending.find(({id}) => id === message.ref);
      if (found) found.reason = message.message || message.code;
    }
    if (kind === 'typing' && message.who === 'person') {
      this.typing = true;
      clearTimeout(this.timer);
      this.timer = setTimeout(() => { this.typing = false; this.tick(); }, 4000);
    }
    this.drawLog();
    this.tick();
  }

  heard(row) {
    this.rows.set(row.seq, row);
    this.last = Math.max(this.last || 0, row.seq);
    if (row.what === 'withdrawn' && this.rows.has(row.data.ref)) this.rows.get(row.data.ref).gone = true;
    this.pending = this.pending.filter(({id}) => id !== row.id);
    if (row.author === 'person') this.typing = false;
    if (this.settled && row.author === 'person' && row.what === 'text') this.desk.ring(this.name, row.body);
    // Either side's words change who owes an answer, and since when.
    if (this.settled) this.desk.refreshSoon();
    this.mark();
  }

  mark() {
    const seen = this.desk.current === this && !document.hidden && document.hasFocus();
    const read = seen ? this.last : this.wasRead || 0;
    if (this.way !== 'open' || !this.last || (this.got === this.last && this.wasRead === read)) return;
    this.got = this.last;
    this.wasRead = read;
    this.line?.send({kind: 'mark', delivered: this.last, read});
  }

  shown() {
    this.mark();
    this.drawLog();
    this.tick();
    this.log.scrollTop = this.log.scrollHeight;
  }

  focus() {
    this.box.focus();
  }

  update(card) {
    if (!card) {
      this.over = true;
      this.card = {...this.card, state: 'ended', task: ''};
    } else {
      this.card = card;
      this.over = card.state === 'ended';
    }
    this.compose.hidden = this.tools.node.hidden = this.over;
    // Whoever was only asked answers with notes.
    const asked = this.card.staff !== this.desk.known.me && !this.desk.view?.supervises;
    if (asked) this.secret.checked = true;
    this.secret.disabled = asked;
    this.box.lang = this.card.lang;
    const contact = [this.card.email, this.card.phone].filter(Boolean).join(' · ');
    this.head.replaceChildren(el('h2', {class: 'h3'}, this.card.name),
      el('p', {class: 'form-hint'}, [this.card.office, contact].filter(Boolean).join(' · ')));
    this.actions.draw();
    this.tick();
  }

  // The log

  drawLog() {
    const had = new Map([...this.log.children].map((node) => [node.dataset.key, node]));
    const rows = [...this.rows.values()].sort((one, other) => one.seq - other.seq);
    const atEnd = this.log.scrollHeight - this.log.scrollTop - this.log.clientHeight < 60;
    let before = null;
    for (const row of [...rows, ...this.pending]) {
      const key = String(row.id || row.seq);
      const state = JSON.stringify([row.gone, row.seq, row.reason, this.reached(row)]);
      let node = had.get(key);
      had.delete(key);
      if (!node) node = el('div', {'data-key': key});
      // Drawn again only when it changed: a screen reader hears each once.
      if (node.dataset.state !== state) {
        node.dataset.state = state;
        node.replaceChildren(this.item(row));
      }
      const place = before ? before.nextSibling : this.log.firstChild;
      if (node !== place) this.log.insertBefore(node, place);
      before = node;
    }
    for (const node of had.values()) node.remove();
    if (atEnd) this.log.scrollTop = this.log.scrollHeight;
  }

  reached({seq, author}) {
    if (author && author !== 'staff') return '';
    if (!seq) return 'sending';
    if (seq <= this.marks.read) return 'read';
    return seq <= this.marks.delivered ? 'delivered' : 'sent';
  }

  item(row) {
    const {t} = this;
    const {what = 'text', data = {}} = row;
    const events = {
      assigned: () => t('assigned', data), transferred: () => t('transferred', data), requeued: () => t('requeued'),
      withdrawn: () => t('withdrawn'), ended: () => t('ended', {reason: t(`end.${data.reason}`)}),
      confirmed: () => t(data.yes ? 'confirmed_yes' : 'confirmed_no'), satisfied: () => t(data.yes ? 'satisfied_yes' : 'satisfied_no'),
    };
    if (events[what]) return el('p', {class: 'chat-event'}, events[what]());
    const author = row.author || 'staff';
    const who = author === 'person' ? this.name : author === 'staff' ? data.name || '' : t('system');
    if (data.to) return el('article', {class: 'chat-message staff private'}, el('p', {class: 'form-hint'}, t('note_to', data)), el('p', {class: 'chat-text'}, row.body));
    const kind = ['restate', 'ask', 'warning'].includes(what) ? ` · ${t(what)}` : row.private ? ` · ${t('private')}` : '';
    const files = (data.files || []).map((file) => el('a', {href: `${this.desk.known.root}/${this.id}/files/${file.id}`}, file.name));
    const reached = this.reached(row);
    return el('article', {class: `chat-message ${author}${row.private ? ' private' : ''}`},
      el('p', {class: 'form-hint'}, `${who}${kind} `, row.at ? el('time', {datetime: row.at}, clock(this.desk.known.lang, row.at)) : ''),
      row.gone ? el('p', {class: 'form-hint'}, t('gone')) : el('p', {class: 'chat-text'}, ...linked(row.body || '')),
      ...(row.offends && !row.gone ? [el('p', {}, el('span', {class: 'v-light v-light-warning'}, `${t('offends')}: ${row.offends.join(', ')}`))] : []),
      ...files,
      ...(what === 'radicado' ? [el('p', {}, el('strong', {}, t('radicado', data)))] : []),
      ...(reached && !row.private ? [el('p', {class: 'form-hint chat-mark'}, row.reason ? t('failed', row) : t(reached))] : []),
      ...(row.seq && !row.gone && what === 'text' && author === 'person' && !this.over ? [this.actions.withdrawButton(row)] : []));
  }

  // The composer

  composer() {
    const {t} = this;
    this.box = el('textarea', {class: 'form-control', id: `box-${this.id}`, rows: 3, maxlength: 4000, spellcheck: 'true', 'aria-describedby': `help-${this.id}`});
    this.label = el('label', {class: 'visually-hidden', for: this.box.id}, t('compose'));
    this.advice = el('ul', {class: 'chat-advice', 'aria-label': t('coach'), 'aria-live': 'polite'});
    const secret = el('input', {type: 'checkbox', id: `private-${this.id}`, class: 'form-check-input'});
    this.secret = secret;
    this.box.addEventListener('keydown', (event) => {
      if (event.key === 'Enter' && !event.shiftKey && !event.isComposing) this.send(event);
      if (event.key === 'Tab' && !event.shiftKey && this.expand()) event.preventDefault();
    });
    this.box.addEventListener('input', () => this.typed());
    const form = el('form', {class: 'chat-compose'}, this.label, this.box, this.advice,
      el('p', {class: 'form-hint', id: `help-${this.id}`}, t('compose_help')),
      el('div', {class: 'chat-row'},
        el('label', {class: 'chat-private', for: secret.id}, secret, ' ', t('private')),
        el('button', {class: 'btn btn-primary'}, t('send'))));
    form.addEventListener('submit', (event) => this.send(event));
    return form;
  }

  /** A script in the language of the conversation, with what belongs to it in its place. */
  words(script) {
    return filled(script.text[this.card.lang] || script.text.es, this.card, this.desk.known, this.desk.now());
  }

  insertText(text) {
    this.box.value = text;
    this.box.focus();
    this.typed();
  }

  /** "/linea" and Tab, or a blank after it, become the script. */
  expand() {
    const found = this.box.value.match(/^\/(\S+)\s*$/);
    const script = found && this.desk.known.scripts.find((one) => one.shortcut === found[1]);
    if (script) this.insertText(this.words(script));
    return Boolean(script);
  }

  typed() {
    if (/^\/\S+\s$/.test(this.box.value)) this.expand();
    if (!this.wrote || Date.now() - this.wrote > 2000) {
      this.wrote = Date.now();
      if (!this.secret.checked) this.line.send({kind: 'typing'});
    }
    clearTimeout(this.coaching);
    this.coaching = setTimeout(() => this.coachNow(), 500);
  }

  async coachNow() {
    const text = this.box.value.trim();
    const advice = text && !text.startsWith('/') ? await this.desk.coach(text) : [];
    if (text === this.box.value.trim()) this.advice.replaceChildren(...[...new Set(advice.map((one) => one.text))].map((one) => el('li', {}, one)));
  }

  send(event) {
    event.preventDefault();
    if (this.expand()) return;
    const body = this.box.value.trim();
    if (!body) return;
    this.sendText(body, this.secret.checked);
    this.box.value = '';
    if (!this.secret.disabled) this.secret.checked = false;
    this.advice.replaceChildren();
  }

  sendText(body, secret = false) {
    const message = {kind: 'say', id: randomId(), body, ...(secret ? {private: true} : {})};
    this.pending.push({...message, private: secret});
    this.line.send(message);
    this.drawLog();
  }

  /** What the protocol would say now: do not leave them in silence, ask whether they are there, you may close. */
  tick() {
    const {t, desk, card} = this;
    const {limits} = desk.known;
    const said = [];
    let offer = '';
    if (!this.over && card.state === 'open') {
      const waits = (desk.now() - Date.parse(card.person_at)) / 1000;
      const quiet = (desk.now() - Math.max(Date.parse(card.person_at), Date.parse(card.staff_at || card.person_at))) / 1000;
      if (this.typing) said.push(t('typing'));
      else if (card.owes && waits > limits.silence_s) {
        said.push(t('silence'));
        offer = 'moment';
      }
      else if (!card.owes && quiet > limits.inactive_s && card.staff_at) said.push(t('may_close'));
      else if (!card.owes && quiet > limits.silence_s) {
        said.push(t('ask_online'));
        offer = 'online';
      }
      if (card.owes) said.push(t('owes', {time: since(t, card.person_at, desk.now())}));
      if (!card.online) said.push(t('away'));
    }
    const text = said.join(' ');
    if (this.hint.textContent !== text) this.hint.textContent = text;
    this.offer(offer);
    this.actions.tick();
  }

  /** What the protocol says next, in one click (S3-8, S3-13). */
  offer(key) {
    if (this.offered === key) return;
    this.offered = key;
    const script = this.desk.known.scripts.find((one) => one.key === key);
    if (!script || this.card.staff !== this.desk.known.me) return void this.offers.replaceChildren();
    const made = el('button', {type: 'button', class: 'btn'}, this.t(`send_${key}`));
    made.addEventListener('click', () => this.sendText(this.words(script)));
    this.offers.replaceChildren(made);
  }
}
