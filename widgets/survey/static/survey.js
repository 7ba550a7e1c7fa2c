/**
 * `<ventanilla-survey>`: one survey of the site, or the list of those that are open.
 *
 * @attr survey               the survey's name; without it the only open one, or a list to choose from
 * @attr modal                the link inside the tag opens the survey over the page
 * @attr open theme plain     see the kit's element
 * @fires ventanilla-survey:begin    somebody begins to answer
 * @fires ventanilla-survey:submit   before the answers are sent; cancelable
 * @fires ventanilla-survey:answered detail: {survey}
 * @fires ventanilla-survey:closed   the window of `modal` was closed
 * @slot - the fallback: a link to the page that works without script
 * @cssprop --ventanilla-accent      and the others of the kit
 */
import {VentanillaElement, api, html, nothing, register} from '../../../static/kit/kit.js';
import {Sheet} from './sheet.js';

export class SurveyElement extends VentanillaElement {
  static widget = 'survey';

  static properties = {survey: {state: true}, done: {state: true}, results: {state: true}};

  // Lifecycle

  async open() {
    await super.open();
    this.over?.show(this);
  }

  async begin() {
    if (this.survey && !this.done) return;
    this.arrivals();
    if (this.hasAttribute('modal')) this.over = await this.part('over');
    const named = this.getAttribute('survey');
    const {surveys = []} = this.options;
    const open = surveys.filter((survey) => survey.open);
    if (named) await this.choose(named);
    else if (open.length === 1) await this.choose(open[0].key);
    else this.aside = await this.part('aside');
  }

  /** What was kept on this device when there was no network leaves now; where nothing was kept nothing is loaded. */
  async arrivals() {
    try {
      const name = `ventanilla:${window.ventanilla.site}:survey`;
      if (!Object.keys(localStorage).some((kept) => kept.startsWith(`${name}:`) || kept === `${name}-queue`)) return;
      await this.after();
      this.sent.adopt();
      this.sent.flush();
    } catch {
      // Without storage or network there is nothing to send yet.
    }
  }

  /** The part that follows a press on "send". */
  async after() {
    const {Sent} = await this.part('sent');
    this.sent ||= new Sent(this);
  }

  // Actions

  /**
   * @param {string} [lang] a further language in which it is asked
   * @param {object} [values] what was answered so far
   */
  async choose(key, lang, values = lang ? this.sheet.values : {}) {
    const survey = await api.get(`survey/surveys/${encodeURIComponent(key)}${lang ? `?in=${lang}` : ''}`, this.life.signal);
    if (!survey.open || survey.languages.length || survey.record || !['browser', 'open'].includes(survey.level)) this.aside = await this.part('aside');
    const branches = survey.sections?.some((section) => [section, ...section.questions].some((one) => one.show_if?.op));
    const {shown} = branches ? await window.ventanilla.load('survey.branching') : {};
    Object.assign(this, {survey, done: undefined, results: undefined});
    this.about = {...this.about, title: survey.title, help: survey.purpose};
    this.sheet = new Sheet(this, survey, shown);
    this.sheet.values = values;
    this.sheet.onDone = (answer) => this.answered(answer);
    const code = new URLSearchParams(location.search).get('code');
    if (code && survey.level === 'codes') this.sheet.values.code = code;
    this.focusOn('h2');
  }

  async answered(answer) {
    await this.after().catch(() => {});
    this.done = answer;
    this.emit('answered', {survey: this.survey.key});
    this.focusOn('h2');
  }

  /** The sheet can't be sent as it stands: answered before, asked anew, or closed meanwhile. What was answered stays. */
  turn(error) {
    this.after().then(() => this.sent.turn(error), () => this.sheet.complain({failure: error}));
    return true;
  }

  async showResults() {
    try {
      const {Results} = await this.part('results');
      this.results = new Results(this, await api.get(`survey/surveys/${encodeURIComponent(this.survey.key)}/results`, this.life.signal));
    } catch {
      const text = this.t('form.failure.offline');
      this.results = {view: () => html`<h2 tabindex="-1">${text}</h2><button @click=${() => (this.results = undefined)}>${this.t('form.back')}</button>`};
    }
    this.focusOn('h2');
  }

  /** The questions are the labels of this widget's fields, so the kit's form finds them where it looks for its own. */
  find(key, values) {
    const [, name, what] = /^fields\.(.+)\.(label|hint)$/.exec(key) || [];
    const question = name && this.sheet?.survey.sections.flatMap(({questions}) => questions).find((one) => one.key === name);
    if (question) return what === 'label' ? question.text : question.help || undefined;
    if (name === 'code' || name === 'document') return super.find(`aside.${what === 'label' ? name : `${name}-hint`}`);
    return super.find(key, values);
  }

  // Render

  view() {
    const inner = html`<div class="stack">${this.sent?.note()}${this.results ? this.results.view() : this.inner()}</div>`;
    return this.over ? this.over.frame(this, inner) : inner;
  }

  inner() {
    const {survey, done, sent} = this;
    if (done && !sent) return html`<h2 tabindex="-1">${done.text}</h2>`;
    if (done || sent?.mine) return sent.view();
    if (!survey) return html`${this.heading()}${this.aside.list(this)}`;
    return html`${this.heading()}${survey.record ? this.aside.record(this, survey.record) : nothing}${survey.open ? html`${survey.languages.length ? this.aside.languages(this, survey) : nothing}<div lang=${survey.lang}>${this.sheet.view()}</div>` : this.aside.shut(this, survey)}`;
  }

  seeResults() {
    return html`<button type="button" @click=${() => this.showResults()}>${this.t('see-results')}</button>`;
  }
}

/** Define the tag; the kit hands in the words of one language and the style sheet. Safe to call twice. */
export const define = (resources) => register(SurveyElement, resources);
