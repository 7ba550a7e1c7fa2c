/** The shift: check-in with its three tests (S3-21), availability, news for colleagues, who else is on duty. */
import {el} from './base.js';

export class Shift {
  constructor(desk) {
    this.desk = desk;
    this.checks = {};
    this.node = el('section', {class: 'chat-shift', 'aria-labelledby': 'chat-shift'});
    this.alert = el('p', {class: 'alert alert-danger', role: 'alert', hidden: ''});
  }

  warn(text, link = null) {
    this.alert.replaceChildren(text, ...(link ? [' ', el('a', {href: link.href, class: 'alert-link'}, link.text)] : []));
    this.alert.hidden = !text;
  }

  draw() {
    const {t, view, way} = this.desk;
    if (!view) return;
    // Drawn again only when it says something else: a field in use would lose its focus.
    const state = JSON.stringify([view.shift, view.opening, view.advisers, view.notes, way, this.checks]);
    if (state === this.drawn) return;
    this.drawn = state;
    const {opening, shift} = view;
    const tone = {open: 'success', closed: 'secondary', nobody: 'danger'}[opening.state];
    const typed = this.node.querySelector('#chat-note')?.value || '';
    const focus = document.activeElement?.id;
    this.node.replaceChildren(
      el('h2', {class: 'h4', id: 'chat-shift'}, t('shift')),
      el('p', {}, el('span', {class: `v-light v-light-${tone}`}, t(`state_${opening.state}`, opening)), ' ',
        el('span', {class: `v-light v-light-${way === 'open' ? 'success' : 'warning'}`}, t(way === 'open' ? 'connected' : way === 'offline' ? 'offline' : 'connecting'))),
      this.alert,
      ...(shift ? this.onDuty(shift) : this.before()),
      ...(view.advisers.length ? [el('p', {class: 'form-hint'}, `${t('advisers')}: ${view.advisers.map((one) => `${one.name} (${one.open}/${one.most})`).join(', ')}`)] : []),
      ...this.notes(view.notes, typed),
    );
    if (focus) document.getElementById(focus)?.focus();
  }

  button(label, act, kind = '') {
    const made = el('button', {type: 'button', class: `btn ${kind}`, id: `chat-b-${label.replace(/\W/g, '')}`}, label);
    made.addEventListener('click', act);
    return made;
  }

  before() {
    const {desk} = this;
    const {t} = desk;
    const check = (name, test) => {
      const result = this.checks[name];
      const said = t(result === undefined ? 'unchecked' : result ? 'checked' : 'check_failed');
      return el('li', {}, this.button(t(`check_${name}`), async () => {
        this.checks[name] = await test().catch(() => false);
        this.draw();
      }), ' ', el('span', {class: 'form-hint'}, said));
    };
    const most = el('input', {class: 'form-control', id: 'chat-most', type: 'number', min: 1, max: 12, value: 4});
    return [
      el('p', {}, t('checks')),
      el('ul', {class: 'chat-checks'}, check('sound', () => this.sound()), check('notifications', () => this.askNotifications()), check('connection', () => this.tryConnection())),
      el('label', {class: 'form-label', for: 'chat-most'}, t('most')), most,
      this.button(t('check_in'), () => desk.shiftAct('check-in', {most: Number(most.value), checks: this.checks}), 'btn-primary'),
    ];
  }

  onDuty({available}) {
    const {desk} = this;
    const {t} = desk;
    return [el('p', {}, el('strong', {}, t(available ? 'available' : 'unavailable'))), el('div', {class: 'chat-row'},
      this.button(t(available ? 'pause' : 'resume'), () => desk.shiftAct('available', {available: !available})),
      this.button(t('check_out'), () => desk.shiftAct('check-out', {})))];
  }

  notes(notes, typed) {
    const {t} = this.desk;
    const field = el('input', {class: 'form-control', id: 'chat-note', maxlength: 500});
    field.value = typed;
    const form = el('form', {class: 'chat-row'}, el('label', {class: 'visually-hidden', for: 'chat-note'}, t('note')), field, el('button', {class: 'btn'}, t('note_add')));
    form.addEventListener('submit', (event) => {
      event.preventDefault();
      const body = field.value.trim();
      field.value = '';
      if (body) this.desk.shiftAct('note', {body});
    });
    return [el('details', {class: 'chat-notes', ...(notes.length ? {open: ''} : {})}, el('summary', {}, t('notes')),
      el('ul', {}, ...notes.map((note) => el('li', {}, note.body, ' ', el('span', {class: 'form-hint'}, note.by)))), form)];
  }

  /** A short tone, made here: no file to fetch. */
  async sound() {
    this.audio ||= new AudioContext();
    await this.audio.resume();
    const tone = this.audio.createOscillator();
    const loud = this.audio.createGain();
    loud.gain.setValueAtTime(0.1, this.audio.currentTime);
    loud.gain.exponentialRampToValueAtTime(0.001, this.audio.currentTime + 0.3);
    tone.connect(loud).connect(this.audio.destination);
    tone.start();
    tone.stop(this.audio.currentTime + 0.3);
    return this.audio.state === 'running';
  }

  async askNotifications() {
    return (await Notification.requestPermission()) === 'granted';
  }

  async tryConnection() {
    const began = performance.now();
    const answer = await fetch(`${this.desk.known.root}/desk.json`);
    return answer.ok && this.desk.way === 'open' && performance.now() - began < 5000;
  }
}
