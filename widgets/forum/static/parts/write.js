/** The form in which somebody writes. Loaded when they want to: most people only read. */
import {html, nothing} from '../../../../static/kit/kit.js';
import {Form, mail} from '../../../../static/kit/form.js';

export class Writing {
  /**
   * @param {import('../forum.js').ForumElement} host
   * @param {{id: number}} [parent] what is answered; none for a new thread
   */
  constructor(host, parent) {
    Object.assign(this, {host, parent, forum: host.thread?.forum || host.forum});
    const {rules} = host.about;
    const known = host.person;
    const form = new Form(host, {
      path: 'forum/posts',
      checks: {
        ...(parent ? {} : {title: true}),
        body: true,
        ...(rules ? {rules: (value) => !value && 'fields.rules.missing'} : {}),
      },
      body: ({rules: _read, ...values}) => ({...values, forum: this.forum.key, parent: parent?.id ?? null, person: known, rules_version: rules?.version || 0}),
      refused: (error) => this.refused(error),
    });
    form.draft.name += `:${this.forum.key}:${parent?.id || 'new'}`;
    form.onDone = (answer) => this.done(answer);
    Object.assign(this, {form, asks: {}});
    if (!known) this.ask({name: true, email: true});
    host.focusOn(known ? (parent ? '#body' : '#title') : '#name');
  }

  async cite() {
    const {Citing} = await this.host.part('cite');
    this.citing = new Citing(this);
    this.host.requestUpdate();
  }

  /** Ask for what its writer has not given: everything at first, and later what another forum wants. */
  ask({name, email}) {
    if (name) this.asks.name = this.form.checks.name = true;
    if (email) this.asks.email = this.form.checks.email = (value) => this.address(value);
  }

  address(value) {
    return this.forum.identity === 'mail' && !value ? 'fields.email.missing' : mail(value);
  }

  refused({code, fields}) {
    if (fields) this.ask(fields);
    if (code !== 'personal-data') return false;
    this.warned = true;
    this.host.requestUpdate();
    this.host.focusOn('#personal');
    return true;
  }

  async done(answer) {
    const {host} = this;
    host.person = answer.person;
    host.form = undefined;
    const {thread} = host;
    if (answer.state === 'published') await (thread ? host.open_(thread.post.id, false) : host.choose(this.forum.key, false));
    host.told = answer;
    host.emit('written', {post: answer.post, state: answer.state});
    host.focusOn('#told');
  }

  view() {
    const {form, host} = this;
    return html`<div class="writing stack">${form.frame(html`
      ${this.asks.name ? form.text('name', {autocomplete: 'name', maxlength: 80}) : nothing}
      ${this.asks.email ? form.text('email', {type: 'email', autocomplete: 'email', inputmode: 'email'}) : nothing}
      ${this.parent ? nothing : form.text('title', {maxlength: 150})}
      ${form.text('body', {rows: 5, maxlength: 5000})}
      ${this.citing ? this.citing.view() : html`<button type="button" class="link" @click=${() => this.cite()}>${host.t('cite-open')}</button>`}
      ${host.about.rules ? form.check('rules') : nothing}
      ${this.warned ? this.warning() : nothing}
    `, host.t('send'))}
      <button type="button" class="link" @click=${() => (host.form = undefined)}>${host.t('cancel')}</button></div>`;
  }

  warning() {
    const t = (key) => this.host.t(`personal.${key}`);
    return html`<div class="note warn" id="personal" tabindex="-1" role="group" aria-labelledby="personal-title"><h3 id="personal-title">${t('title')}</h3><p>${t('body')}</p>
      <div class="row"><button type="button" @click=${() => this.form.submit({despite_personal: true})}>${t('anyway')}</button>
      <button type="button" @click=${() => this.host.focusOn('#body')}>${t('fix')}</button></div></div>`;
  }
}
