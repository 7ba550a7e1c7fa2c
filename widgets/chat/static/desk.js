/**
 * The adviser's desk: queue and shift on the left, one conversation in the middle, its actions on the right.
 * A plain module of the console; it is loaded on its page alone.
 */
import {randomId, el, send, since, words} from './desk/base.js';
import {connect} from '../../../static/kit/socket.js';
import {Conversation} from './desk/conversation.js';
import {Shift} from './desk/shift.js';

const known = JSON.parse(document.getElementById('chat-known').textContent);
const t = words(known.words);
const root = document.getElementById('chat-desk');
const csrf = root.dataset.csrf;
const BEAT_MS = 15000;

class Desk {
  constructor() {
    this.known = known;
    this.t = t;
    this.life = new AbortController();
    /** @type {Map<number, Conversation>} */
    this.talks = new Map();
    this.unread = 0;
    this.title = document.title;
    this.shift = new Shift(this);
    this.lists = el('div', {class: 'chat-lists'});
    this.stage = el('section', {class: 'chat-stage', 'aria-label': t('mine')}, el('p', {class: 'v-empty'}, t('pick')));
    this.live = el('p', {class: 'visually-hidden', role: 'status'});
    root.append(el('aside', {class: 'chat-side', 'aria-label': t('queue')}, this.shift.node, this.lists), this.stage, this.live);
    addEventListener('keydown', (event) => this.keyed(event));
    addEventListener('focus', () => this.unbadge());
    this.open();
  }

  open() {
    const address = `${location.origin.replace(/^http/, 'ws')}${known.root}/socket`;
    this.line = connect({
      url: address, token: () => 'desk',
      on: (message) => message.kind === 'desk' && this.refreshSoon(),
      state: (name) => { this.way = name; this.shift.draw(); if (name === 'refused') this.refused(); },
      signal: this.life.signal,
    });
    setInterval(() => this.line.send({kind: 'beat'}), BEAT_MS);
    setInterval(() => this.tick(), 5000);
    this.refresh();
  }

  refreshSoon() {
    clearTimeout(this.soon);
    this.soon = setTimeout(() => this.refresh(), 150);
  }

  async refresh() {
    const answer = await fetch(`${known.root}/desk.json`).catch(() => null);
    // Who is signed out is sent to the page where one signs in, which is no view of the desk.
    if (answer?.redirected) return this.refused();
    if (answer?.ok) this.take(await answer.json());
  }

  take(view) {
    const before = new Set(this.view?.mine.map(({id}) => id));
    this.view = view;
    this.ahead = Date.parse(view.now) - Date.now();
    for (const {id, name} of view.mine) if (this.view && !before.has(id) && this.seen) this.ring(name, t('new'));
    const asked = new Set(view.consulted.map(({id}) => id));
    if (this.asked) for (const {id, name} of view.consulted) if (!this.asked.has(id)) this.ring(name, t('consulted'));
    this.asked = asked;
    this.seen = true;
    for (const card of view.mine) this.talk(card);
    for (const talk of this.talks.values()) {
      const card = [...view.mine, ...view.consulted, ...view.others, ...view.waiting, ...view.tasks].find(({id}) => id === talk.id);
      talk.update(card);
    }
    this.draw();
  }

  /** The server's time, whatever the clock of this machine says. */
  now() {
    return Date.now() + (this.ahead || 0);
  }

  talk(card) {
    if (!this.talks.has(card.id)) this.talks.set(card.id, new Conversation(this, card));
    return this.talks.get(card.id);
  }

  draw() {
    const {view} = this;
    this.shift.draw();
    const focused = document.activeElement?.dataset?.card;
    this.lists.replaceChildren(
      ...(view.absent ? [el('p', {class: 'alert alert-danger', role: 'alert'}, t('absent'))] : []),
      this.list('mine', view.mine, t('none_mine')),
      this.list('queue', view.waiting, t('none_waiting')),
      ...(view.consulted.length ? [this.list('consulted', view.consulted)] : []),
      ...(view.others.length ? [this.list('others', view.others)] : []),
      ...(view.tasks.length ? [this.list('tasks', view.tasks)] : []),
    );
    if (focused) this.lists.querySelector(`[data-card="${focused}"]`)?.focus();
  }

  list(key, cards, none = '') {
    return el('section', {'aria-labelledby': `list-${key}`},
      el('h2', {class: 'h4', id: `list-${key}`}, `${t(key)} (${cards.length})`),
      cards.length ? el('ul', {class: 'chat-cards'}, ...cards.map((card, index) => this.card(card, key, index))) : el('p', {class: 'form-hint'}, none));
  }

  card(card, key, index) {
    const at = card.state === 'waiting' ? t('waits', {time: since(t, card.started_at, this.now())})
      : card.owes ? t('owes', {time: since(t, card.person_at, this.now())})
        : t('silent', {time: since(t, card.staff_at || card.person_at, this.now())});
    const waited = this.now() - Date.parse(card.state === 'waiting' ? card.started_at : card.person_at);
    const slow = card.state === 'waiting' && waited > known.limits.target_s * 1000;
    const late = (card.owes || card.state === 'waiting') && waited > known.limits.silence_s * 1000;
    const button = el('button', {
      type: 'button', class: 'chat-card', 'data-card': card.id,
      'aria-current': this.current?.id === card.id ? 'true' : null,
      'aria-keyshortcuts': key === 'mine' && index < 9 ? `Alt+${index + 1}` : null,
    }, el('strong', {}, card.name), ' ', el('span', {class: 'form-hint'}, card.office),
    el('span', {class: `v-light v-light-${slow ? 'danger' : late ? 'warning' : 'secondary'}`}, slow ? `${at} · ${t('late')}` : at),
    el('span', {class: `v-light v-light-${card.online ? 'success' : 'secondary'}`}, t(card.online ? 'online' : 'away')),
    ...(card.unread && this.current?.id !== card.id ? [el('span', {class: 'v-light v-light-info'}, t('new'))] : []));
    button.addEventListener('click', () => this.show(card));
    const item = el('li', {}, button);
    if (card.state === 'waiting') {
      const take = el('button', {type: 'button', class: 'btn btn-primary'}, t('take'));
      take.addEventListener('click', async () => {
        await this.act(card.id, 'take', {});
        await this.refresh();
        const mine = this.view.mine.find(({id}) => id === card.id);
        if (mine) this.show(mine);
      });
      item.append(take);
    }
    return item;
  }

  show(card) {
    this.current = this.talk(card);
    this.stage.replaceChildren(this.current.node);
    this.current.shown();
    this.draw();
  }

  /** One act on a conversation; what the protocol asks first is said in its place. */
  async act(id, name, body) {
    try {
      const {result} = await send(`${known.root}/${id}/${name}`, body, csrf);
      // What was in the way is no longer.
      this.say('');
      this.refreshSoon();
      return {result};
    } catch (error) {
      this.say(t('failed', {reason: error.message}));
      this.refreshSoon();
      return {error};
    }
  }

  async shiftAct(name, body) {
    try {
      this.take(await send(`${known.root}/shift/${name}`, body, csrf));
    } catch (error) {
      this.say(t('failed', {reason: error.message}));
      this.refreshSoon();
    }
  }

  async coach(text) {
    const {advice} = await send(`${known.root}/coach`, {text}, csrf).catch(() => ({advice: []}));
    return advice;
  }

  say(text) {
    this.live.textContent = text;
    this.shift.warn(text);
  }

  /** Something came: sound, notification where allowed, and the number in the title. */
  ring(name, text) {
    if (!document.hidden && document.hasFocus() && this.current?.name === name) return;
    this.unread += 1;
    document.title = t('new_title', {n: this.unread, title: this.title});
    this.shift.sound();
    if (document.hidden && window.Notification?.permission === 'granted') new Notification(name, {body: text, tag: 'ventanilla-chat'});
    this.live.textContent = `${text}: ${name}`;
  }

  /** Once for each message: somebody has waited for a word too long, also in a conversation that is not in view (S3-14). */
  remind() {
    this.reminded ||= new Map();
    for (const {id, name, owes, person_at: at} of this.view.mine) {
      if (!owes || this.reminded.get(id) === at || this.now() - Date.parse(at) < known.limits.silence_s * 1000) continue;
      this.reminded.set(id, at);
      this.ring(name, t('silent_bell'));
    }
  }

  /** The session ended elsewhere, or the right to answer: nothing typed here would arrive. */
  refused() {
    this.shift.warn(t('signed_out'), {href: '/console/login', text: t('sign_in')});
  }

  unbadge() {
    this.unread = 0;
    document.title = this.title;
    this.current?.shown();
  }

  keyed(event) {
    if (!event.altKey || event.ctrlKey || event.metaKey || !/^Digit[1-9]$/.test(event.code)) return;
    const card = this.view?.mine[Number(event.code.slice(5)) - 1];
    if (!card) return;
    event.preventDefault();
    this.show(card);
    this.current.focus();
  }

  tick() {
    if (this.view) {
      this.draw();
      this.remind();
    }
    this.current?.tick();
  }
}

export const desk = new Desk();
export {randomId};
