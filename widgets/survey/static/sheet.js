/** The form of one survey: its questions as fields, its sections as steps, its answers under one key. */
import {ApiError, html, nothing, randomKey} from '../../../static/kit/kit.js';
import {Form} from '../../../static/kit/form.js';
import {empty} from './empty.js';

const PROOF = {codes: 'code', document: 'document'}; // What a survey of this level asks, so that each person answers once.

// Drawn by a part of its own.
const SELDOM = ['multiple', 'matrix', 'ranking', 'file', 'likert', 'scale', 'stars'];
const isSeldom = ({kind, other}) => other || SELDOM.includes(kind);

/** A mark by which this browser counts once; made when somebody sends, and kept on this device alone. */
function device() {
  const name = `ventanilla:${window.ventanilla.site}:survey-device`;
  const made = randomKey();
  try {
    const kept = localStorage.getItem(name) || made;
    localStorage.setItem(name, kept);
    return kept;
  } catch {
    return made;
  }
}

function complete({kind, rows}, value) {
  return !empty(value) && (kind !== 'matrix' || Object.keys(value).length === rows.length);
}

/** The same options in another order for each person, and in one order for one person. */
function shuffled(list) {
  return list.map((one) => [randomKey(), one]).sort().map(([, one]) => one);
}

export class Sheet extends Form {
  /** `shown` narrows the sections to the questions in view; a survey that does not branch needs none. */
  constructor(host, survey, shown) {
    super(host, {
      path: 'survey/answers',
      body: (values) => this.body_(values),
      refused: (error) => !error.system && error.status === 409 && host.turn(error),
      ready: () => {
        if (!navigator.onLine) throw new ApiError(0); // Why wait for a network that is known to be away.
      },
    });
    this.survey = survey;
    this.shown = shown;
    this.draft.name += `:${survey.key}`;
    this.orders = {};
  }

  // A survey goes by steps on every screen, unless it is one page; the kit asks this where it asks about width.
  get narrow() {
    return this.survey?.pace !== 'page';
  }

  set narrow(_width) {}

  get sections() {
    const {sections} = this.survey;
    return this.shown ? this.shown(sections, this.values) : sections.filter(({questions}) => questions.length);
  }

  get questions() {
    return this.sections.flatMap(({questions}) => questions);
  }

  /** The kit's rules of what must be filled, made of the questions in view. */
  get checks() {
    const rules = {};
    if (!this.survey) return rules;
    const proof = PROOF[this.survey.level];
    if (proof) rules[proof] = (value) => !value && 'required';
    for (const question of this.questions) {
      if (question.required === 'hard') rules[question.key] = (value) => !complete(question, value) && 'required';
      if (question.required === 'soft' && !this.skipSoft) rules[question.key] = (value) => empty(value) && 'soft';
    }
    return rules;
  }

  set checks(_rules) {}

  /** Where nothing is required a sheet needs one answer all the same, or it would use up a person's turn. */
  faults(names) {
    const found = super.faults(names);
    const empty = !names && !Object.keys(found).length && !Object.keys(this.body().answers).length;
    return empty ? {[this.questions[0].key]: this.host.t('nothing')} : found;
  }

  optional(name) {
    return this.questions.find(({key}) => key === name)?.required === 'no' ? super.optional(`${name} `) : nothing;
  }

  body_(values) {
    const {key, version, level} = this.survey;
    const answers = {};
    for (const {key: name} of this.questions) {
      if (!empty(values[name])) answers[name] = values[name];
      if (values[`${name}_other`]) answers[`${name}_other`] = values[`${name}_other`];
    }
    const proof = PROOF[level];
    const who = proof ? {[proof]: values[proof]} : level === 'browser' && {device: device()};
    return {survey: key, version, answers, skip_soft: !!this.skipSoft, ...who};
  }

  body() {
    const {files, ...rest} = super.body();
    if (files?.length) rest.answers[this.fileKey] = files;
    return rest;
  }

  /** All that a later step may need comes while there is network. */
  entered() {
    this.host.after().catch(() => {});
    if (this.questions.some(isSeldom)) this.bring();
    return super.entered();
  }

  /** Without network the answers wait on this device; where that can't be, the kit's form goes on trying. */
  fail(error, quiet) {
    return (error.system && error.code !== 'aborted' && this.host.sent?.keep(this)) || super.fail(error, quiet);
  }

  get left() {
    const said = Object.values(this.errors);
    return said.length && said.every((text) => text === this.host.t('soft'));
  }

  skip() {
    this.skipSoft = true;
    this.change({errors: {}});
    if (this.narrow && this.at < this.list.length - 1) this.next();
    else this.submit();
  }

  // What a person sees

  view() {
    const {host, survey} = this;
    const steps = this.sections.flatMap((section, index) => this.stepsOf(section, index));
    if (this.at >= steps.length) this.at = Math.max(0, steps.length - 1);
    return html`${this.frame(this.steps(steps), host.t('send'))}
      ${this.left ? html`<button type="button" @click=${() => this.skip()}>${host.t('skip')}</button>` : nothing}
      ${survey.results ? html`<button type="button" class="link" @click=${() => host.showResults()}>${host.t('see-results')}</button>` : nothing}`;
  }

  stepsOf(section, index) {
    const title = section.title || this.host.about.title;
    const who = [PROOF[this.survey.level]].filter((name) => name && !index);
    const step = (questions, names, key) => ({
      key,
      title,
      fields: [...names, ...questions.map(({key: name}) => name)],
      view: () => html`${section.help ? html`<p>${section.help}</p>` : nothing}
        ${names.map((name) => this.text(name, {autocomplete: 'off', inputmode: name === 'document' ? 'numeric' : undefined}))}
        ${questions.map((question) => this.question(question))}`,
    });
    if (this.survey.pace !== 'question') return [step(section.questions, who, section.key)];
    return section.questions.map((question, place) => step([question], place ? [] : who, question.key));
  }

  options({key, kind, options = [], words = {}, other, shuffle}) {
    const {host} = this;
    if (kind === 'yes_no') return ['yes', 'no'].map((name) => ({key: name, title: words[name] || host.t(name)}));
    const listed = options.map((option) => ({key: option.key, title: option.text}));
    const dealt = shuffle ? (this.orders[key] ||= shuffled(listed)) : listed;
    return other ? [...dealt, {key: 'other', title: words.other || host.t('seldom.other')}] : dealt;
  }

  question(question) {
    const {key, kind} = question;
    if (isSeldom(question)) return this.seldom(question);
    const draw = {
      place: () => this.select(key, this.options(question)),
      short: () => this.text(key),
      long: () => this.text(key, {rows: 5}),
      number: () => this.text(key, {inputmode: 'decimal'}),
      date: () => this.text(key, {type: 'date'}),
    }[kind];
    return html`<div class="question ${kind}">${draw ? draw() : this.radios(key, this.options(question))}</div>`;
  }

  bring() {
    this.loading ||= this.host.part('seldom').then(({Seldom}) => this.change({drawn: new Seldom(this)}), () => (this.loading = undefined));
  }

  /** What few surveys ask comes with a part of its own. */
  seldom(question) {
    const {host} = this;
    if (!this.drawn) {
      this.bring();
      return html`<p class="quiet" aria-busy="true">${host.t('loading')}</p>`;
    }
    return this.drawn[question.kind](question);
  }
}
