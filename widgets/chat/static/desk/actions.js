/** What may be done in a conversation; what the protocol does not allow yet stands there with its reason. */
import {el} from './base.js';

export class Actions {
  constructor(talk) {
    this.talk = talk;
    this.desk = talk.desk;
    this.t = talk.t;
    this.node = el('aside', {class: 'chat-actions', 'aria-label': this.t('actions')});
    this.asking = el('div', {class: 'chat-asking'});
    this.list = el('div', {class: 'chat-do'});
    this.node.append(el('h3', {class: 'h4'}, this.t('actions')), this.list, this.asking);
  }

  draw() {
    const {card} = this.talk;
    const state = JSON.stringify([card.state, card.staff, card.task, card.case, card.satisfied, card.warned, this.mayClose()]);
    if (state === this.drawn) return;
    this.drawn = state;
    const mine = card.state === 'open' && (card.staff === this.desk.known.me || this.desk.view.supervises);
    this.list.replaceChildren(...(mine ? this.open(card) : []), ...(card.task === 'open' ? this.task(card) : []));
  }

  tick() {
    if (this.talk.card) this.draw();
  }

  mayClose() {
    const {card, desk} = this.talk;
    if (card.owes || !card.staff_at) return false;
    return desk.now() - Math.max(Date.parse(card.person_at), Date.parse(card.staff_at)) >= desk.known.limits.inactive_s * 1000;
  }

  button(label, act, {kind = '', why = ''} = {}) {
    // Forbidden now, and seen: with the reason beside it.
    const made = el('button', {type: 'button', class: `btn ${kind}`, 'aria-disabled': why ? 'true' : null, title: why || null}, label);
    made.addEventListener('click', () => (why ? this.desk.say(why) : act()));
    return made;
  }

  open(card) {
    const {t} = this;
    const first = [
      this.button(t('do_restate'), () => this.ask('do_restate', 'restate_help', [this.field('text', 'textarea')], 'restate')),
      this.button(t('do_ask'), () => this.act('ask', {})),
      this.button(t('do_case'), () => this.ask('do_case', 'case_help', [this.kinds()], 'case', ({result}) => this.desk.say(t('case_done', {radicado: result}))), {why: card.case ? t('errors.already-radicated') : ''}),
      this.button(t('do_transfer'), () => this.transfer()),
      this.button(t('do_consult'), () => this.consult()),
      this.button(t('do_warn'), () => this.act('warn', {})),
    ];
    const ends = {
      done: card.satisfied !== 'yes' ? t('errors.ask-first') : card.owes ? t('errors.answer-first') : '',
      inactive: this.mayClose() ? '' : t('errors.two-minutes'),
      radicated: card.case ? '' : t('errors.radicate-first'),
      offence: card.warned ? '' : t('errors.warn-first'),
    };
    const last = Object.entries(ends).map(([reason, why]) => this.button(t(`end.${reason}`), () => this.act('end', {reason}), {why, kind: reason === 'done' ? 'btn-primary' : ''}));
    last.push(this.button(t('do_block'), () => this.ask('do_block', '', [this.field('reason'), this.field('days', 'number')], 'block'), {why: card.warned ? '' : t('errors.warn-first'), kind: 'btn-danger'}));
    return [...first, el('hr'), ...last];
  }

  task(card) {
    const {t} = this;
    const help = el('p', {}, card.email ? t('task_help', card) : t('task_no_mail', card));
    const answer = card.email ? [this.button(t('task_send'), () => this.ask('task_send', '', [this.field('text', 'textarea')], 'answer-task'), {kind: 'btn-primary'})] : [];
    return [help, ...answer,
      this.button(t('do_case'), () => this.ask('do_case', 'case_help', [this.kinds()], 'case'), {why: card.case ? t('errors.already-radicated') : ''}),
      this.button(t('task_close'), () => this.ask('task_close', '', [this.field('text', 'textarea', 'task_why')], 'close-task'))];
  }

  act(name, body) {
    return this.desk.act(this.talk.id, name, body);
  }

  withdrawButton(row) {
    const made = el('button', {type: 'button', class: 'btn btn-link chat-withdraw'}, this.t('do_withdraw'));
    made.addEventListener('click', () => this.ask('do_withdraw', '', [this.field('reason', 'text', 'withdraw_reason')], 'withdraw', null, {ref: row.seq}));
    return made;
  }

  field(name, kind = 'text', label = '') {
    const texts = {text: 'compose', reason: 'block_reason', days: 'block_days'};
    const id = `ask-${this.talk.id}-${name}`;
    const control = kind === 'textarea' ? el('textarea', {class: 'form-control', id, name, rows: 4, required: ''})
      : el('input', {class: 'form-control', id, name, type: kind, required: '', ...(kind === 'number' ? {min: 1, max: 30, value: 1} : {maxlength: 300})});
    return el('div', {}, el('label', {class: 'form-label', for: id}, this.t(label || texts[name])), control);
  }

  choice(name, label, options) {
    const id = `ask-${this.talk.id}-${name}`;
    return el('div', {}, el('label', {class: 'form-label', for: id}, this.t(label)),
      el('select', {class: 'form-select', id, name}, ...options.map(({key, title}) => el('option', {value: key}, title))));
  }

  kinds() {
    return this.choice('case_kind', 'case_kind', this.desk.known.kinds);
  }

  transfer() {
    const {known, view} = this.desk;
    const offices = [{key: '', title: '—'}, ...known.offices.map(({code, name}) => ({key: code, title: name}))];
    const others = [{key: '', title: '—'}, ...view.advisers.filter(({id}) => id !== known.me).map(({id, name}) => ({key: id, title: name}))];
    const note = this.field('note', 'textarea', 'transfer_note');
    note.querySelector('textarea').required = false;
    this.ask('do_transfer', '', [this.choice('office', 'transfer_office', offices), this.choice('colleague', 'transfer_colleague', others), note], 'transfer');
  }

  consult() {
    const {known, view} = this.desk;
    const others = view.colleagues.filter(({id}) => id !== known.me).map(({id, name}) => ({key: id, title: name}));
    this.ask('do_consult', 'consult_help', [this.choice('colleague', 'consult_to', others), this.field('text', 'textarea', 'consult_text')], 'consult');
  }

  /** A small form under the actions; its answer is one act. */
  ask(title, help, fields, name, done, more = {}) {
    const {t} = this;
    const form = el('form', {class: 'chat-stack', 'aria-labelledby': `ask-title-${this.talk.id}`},
      el('h4', {class: 'h4', id: `ask-title-${this.talk.id}`, tabindex: -1}, t(title)), help ? el('p', {class: 'form-hint'}, t(help)) : null, ...fields,
      el('div', {class: 'chat-row'}, el('button', {class: 'btn btn-primary'}, t('confirm')), this.button(t('cancel'), () => this.drop())));
    form.addEventListener('keydown', (event) => event.key === 'Escape' && this.drop());
    form.addEventListener('submit', async (event) => {
      event.preventDefault();
      const body = {...more};
      for (const [key, value] of new FormData(form)) if (value !== '') body[key] = ['days', 'colleague'].includes(key) ? Number(value) : value;
      const answer = await this.act(name, body);
      if (answer.error) return;
      this.asking.replaceChildren();
      done?.(answer);
      this.talk.focus();
    });
    this.asking.replaceChildren(form);
    (fields[0]?.querySelector('input, select, textarea') || form).focus();
  }

  /** Nothing of it, after all: back to the conversation. */
  drop() {
    this.asking.replaceChildren();
    this.talk.focus();
  }
}
