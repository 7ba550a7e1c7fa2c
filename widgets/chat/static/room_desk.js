/** A public room in the console: what waits for approval, what was said, the word of the entity, open and close. */
import {connect} from '../../../static/kit/socket.js';
import {el, linked, randomId, send, words} from './desk/base.js';

const known = JSON.parse(document.getElementById('room-known').textContent);
const t = words(known.words);
const root = document.getElementById('room-desk');
const clock = (at) => new Intl.DateTimeFormat(known.lang === 'en' ? 'en-GB' : 'es-CO', {hour: 'numeric', minute: '2-digit', hour12: true, timeZone: 'America/Bogota'}).format(new Date(at));

class Room {
  constructor() {
    this.rows = new Map();
    this.state = known.state;
    this.alert = el('p', {class: 'alert alert-danger', role: 'alert', hidden: ''});
    this.way = el('span', {class: 'v-light v-light-warning'}, t('connecting'));
    this.waiting = el('ul', {class: 'chat-cards', 'aria-live': 'polite'});
    this.none = el('p', {class: 'form-hint'}, t('waiting_none'));
    this.log = el('div', {class: 'chat-log', role: 'log', tabindex: 0, 'aria-label': t('log')});
    this.bar = el('div', {class: 'chat-row'});
    this.asking = el('div', {});
    this.compose = this.composer();
    root.append(el('section', {class: 'chat-side'}, el('p', {}, this.way), this.bar, this.asking, el('h2', {class: 'h4'}, t('waiting')), this.none, this.waiting),
      el('section', {class: 'chat-stage'}, this.alert, el('h2', {class: 'h4'}, t('log')), this.log, this.compose));
    connect({
      url: `${location.origin.replace(/^http/, 'ws')}${known.root}/socket`, token: () => 'desk',
      on: (message) => this.take(message), state: (name) => this.moved(name),
    });
    this.draw();
  }

  moved(name) {
    this.way.className = `v-light v-light-${name === 'open' ? 'success' : 'warning'}`;
    this.way.textContent = t(name === 'open' ? 'connected' : 'connecting');
    if (name === 'refused') this.warn(t('signed_out'));
  }

  warn(text) {
    this.alert.textContent = text;
    this.alert.hidden = !text;
  }

  take(message) {
    if (message.kind === 'reset') this.rows.clear();
    if (message.kind !== 'said') return;
    this.rows.set(message.seq, message);
    if (message.what === 'opened') this.state = 'open';
    if (message.what === 'closed') this.state = 'closed';
    const about = this.rows.get(message.ref);
    if (about && message.what === 'withdrawn') about.gone = true;
    // A verdict is told by an event of its own; the approved message comes again for all to see.
    if (about && message.what === 'decided') about.verdict = 'done';
    this.soon ||= requestAnimationFrame(() => { this.soon = 0; this.draw(); });
  }

  async act(name, body) {
    try {
      await send(`${known.root}/${name}`, body, root.dataset.csrf);
      this.warn('');
      return true;
    } catch (error) {
      this.warn(t('failed', {reason: error.message}));
      return false;
    }
  }

  button(label, act, kind = '') {
    const made = el('button', {type: 'button', class: `btn btn-sm ${kind}`}, t(label));
    made.addEventListener('click', act);
    return made;
  }

  draw() {
    const bars = {planned: [this.button('open', () => this.act('open', {}), 'btn-primary')], open: [this.button('close', () => this.sure())], closed: []};
    if (this.drawn !== this.state) this.bar.replaceChildren(...bars[this.state]);
    this.drawn = this.state;
    this.compose.hidden = this.state !== 'open';
    const rows = [...this.rows.values()].sort((one, other) => one.seq - other.seq);
    const waits = rows.filter(({verdict, gone}) => verdict === 'waiting' && !gone);
    this.keyed(this.waiting, waits, (row) => this.wait(row), 'li');
    this.waiting.hidden = !waits.length;
    this.none.hidden = Boolean(waits.length);
    const atEnd = this.log.scrollHeight - this.log.scrollTop - this.log.clientHeight < 60;
    this.keyed(this.log, rows.filter(({private: hidden, what}) => !hidden || what === 'silenced').filter(({what}) => what !== 'withdrawn'), (row) => this.item(row), 'div');
    if (atEnd) this.log.scrollTop = this.log.scrollHeight;
  }

  /** One node an event, drawn again only when it changed: a screen reader hears each once. */
  keyed(list, rows, draw, tag) {
    const had = new Map([...list.children].map((node) => [node.dataset.key, node]));
    let before = null;
    for (const row of rows) {
      const key = String(row.seq);
      const node = had.get(key) || el(tag, {'data-key': key});
      had.delete(key);
      const state = `${row.gone} ${row.verdict} ${this.state}`;
      if (node.dataset.state !== state) node.replaceChildren(draw(row));
      node.dataset.state = state;
      const place = before ? before.nextSibling : list.firstChild;
      if (node !== place) list.insertBefore(node, place);
      before = node;
    }
    for (const node of had.values()) node.remove();
  }

  marks({offends}) {
    return offends?.length ? [el('p', {}, el('span', {class: 'v-light v-light-warning'}, `${t('offends')}: ${offends.join(', ')}`))] : [];
  }

  wait(row) {
    return el('div', {class: 'chat-message private'}, el('p', {class: 'form-hint'}, `${row.name} ${clock(row.at)}`), el('p', {class: 'chat-text'}, row.body), ...this.marks(row),
      el('div', {class: 'chat-row'}, this.button('approve', () => this.act('decide', {ref: row.seq, approved: true}), 'btn-primary'), this.button('refuse', () => this.ask('decide', {ref: row.seq, approved: false}, 'refuse')),
        this.button('silence', () => this.ask('silence', {person: row.person}))));
  }

  item(row) {
    if (row.what !== 'text') return el('p', {class: 'chat-event'}, t(row.what, row));
    // Out of the record too: what goes against the rules or the law may be withdrawn at any time (S3-22).
    const acts = row.gone || row.staff ? [] : [el('div', {class: 'chat-row'}, this.button('withdraw', () => this.ask('withdraw', {ref: row.seq}), 'btn-link'),
      ...(this.state === 'open' ? [this.button('silence', () => this.ask('silence', {person: row.person}), 'btn-link')] : []))];
    return el('article', {class: `chat-message ${row.staff ? 'staff' : ''}`}, el('p', {class: 'form-hint'}, `${row.staff ? t('entity', row) : row.name} ${clock(row.at)}`),
      row.gone ? el('p', {class: 'form-hint'}, t('gone')) : el('p', {class: 'chat-text'}, ...linked(row.body)), ...this.marks(row), ...acts);
  }

  sure() {
    const waits = this.waiting.children.length;
    this.asking.replaceChildren(...(waits ? [el('p', {class: 'alert alert-warning'}, t('close_unread', {n: waits}))] : []), el('p', {}, t('close_sure')), el('div', {class: 'chat-row'}, this.button('confirm', () => { this.asking.replaceChildren(); this.act('close', {}); }, 'btn-primary'), this.button('cancel', () => this.asking.replaceChildren())));
    this.asking.querySelector('button').focus();
  }

  ask(name, body, title = name) {
    const field = el('input', {class: 'form-control', id: 'room-reason', maxlength: 300, required: ''});
    const form = el('form', {class: 'chat-stack'}, el('h3', {class: 'h4'}, t(title)), el('label', {class: 'form-label', for: 'room-reason'}, t(name === 'decide' ? 'reason_told' : 'reason')), field,
      el('div', {class: 'chat-row'}, el('button', {class: 'btn btn-primary'}, t('confirm')), this.button('cancel', () => this.asking.replaceChildren())));
    form.addEventListener('submit', async (event) => {
      event.preventDefault();
      if (await this.act(name, {...body, reason: field.value.trim()})) this.asking.replaceChildren();
    });
    this.asking.replaceChildren(form);
    field.focus();
  }

  composer() {
    const box = el('textarea', {class: 'form-control', id: 'room-say', rows: 3, maxlength: 4000, spellcheck: 'true', lang: 'es'});
    const form = el('form', {class: 'chat-compose'}, el('label', {class: 'form-label', for: 'room-say'}, t('compose')), box, el('button', {class: 'btn btn-primary'}, t('send')));
    form.addEventListener('submit', async (event) => {
      event.preventDefault();
      const body = box.value.trim();
      // The same words keep their id until they are taken: sending again is not saying twice.
      if (this.sent !== body) Object.assign(this, {sent: body, id: randomId()});
      if (body && await this.act('say', {id: this.id, body})) {
        box.value = '';
        this.sent = null;
      }
    });
    return form;
  }
}

export const room = new Room();
