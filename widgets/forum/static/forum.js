/**
 * `<ventanilla-forum>`: a forum's threads, one thread with its replies, and a place to write.
 *
 * @attr forum                the forum's name; without it the only one, or a list to choose from
 * @attr open theme plain     see the kit's element
 * @fires ventanilla-forum:begin     somebody begins to write
 * @fires ventanilla-forum:submit    before it is sent; cancelable
 * @fires ventanilla-forum:written   detail: {post, state}
 * @fires ventanilla-forum:radicated detail: {radicado}
 * @slot - the fallback: a link to the page that works without script
 * @cssprop --ventanilla-accent      and the others of the kit
 */
import {VentanillaElement, api, html, nothing, randomKey, register} from '../../../static/kit/kit.js';
import {unsafeHTML} from '../../../static/vendor/lit/unsafe-html.js';
import {fullMoment, moment} from '../../../static/kit/dates.js';

export class ForumElement extends VentanillaElement {
  static widget = 'forum';

  static properties = {forum: {state: true}, thread: {state: true}, form: {state: true}, told: {state: true}, aside: {state: true}, wrong: {state: true}};

  // Lifecycle

  async begin() {
    const {forums = []} = this.options;
    const key = this.getAttribute('forum') || (forums.length === 1 && forums[0].key);
    if (key) await this.choose(key, false);
  }

  // Whoever has written once is known again by a secret that this browser alone keeps.

  get person() {
    try {
      return localStorage.getItem(`ventanilla:${window.ventanilla.site}:forum-person`) || this.secret || '';
    } catch {
      return this.secret || '';
    }
  }

  set person(secret) {
    this.secret = secret;
    try {
      localStorage.setItem(`ventanilla:${window.ventanilla.site}:forum-person`, secret);
    } catch {
      // Kept for this page alone.
    }
  }

  // Actions

  /** Fetch what a button asks for, or say that it did not come; before the first view the fallback says it. */
  async fetched(path) {
    this.wrong = undefined;
    try {
      return await api.get(`forum/${path}`, this.life.signal);
    } catch (error) {
      if (this.phase !== 'ready' || error.code === 'aborted') throw error;
      this.wrong = error.message || this.t('failed');
      this.focusOn('#wrong');
      return undefined;
    }
  }

  async choose(key, focus = true, query = '') {
    const forum = await this.fetched(`forums/${encodeURIComponent(key)}${query}`);
    if (!forum) return;
    Object.assign(this, {forum, thread: undefined, form: undefined, told: undefined, aside: undefined});
    if (focus) this.focusOn('h2');
  }

  async more() {
    const next = await this.fetched(`forums/${encodeURIComponent(this.forum.key)}?page=${this.forum.page + 1}`);
    if (next) this.forum = {...this.forum, threads: [...this.forum.threads, ...next.threads], page: next.page, more: next.more};
  }

  async search(event) {
    event.preventDefault();
    const asked = new FormData(event.target).get('q').trim();
    await this.choose(this.forum.key, false, asked ? `?q=${encodeURIComponent(asked)}` : '');
    if (!this.wrong) this.announce(this.t('found', {n: this.forum.threads.length}));
  }

  async open_(id, focus = true) {
    const thread = await this.fetched(`threads/${id}`);
    if (!thread) return;
    Object.assign(this, {thread, form: undefined, told: undefined, aside: undefined});
    if (focus) this.focusOn('h2');
  }

  /** Open the form: for a new thread, or under what is answered. */
  async write(parent) {
    const {Writing} = await this.part('write');
    this.form = new Writing(this, parent);
  }

  /** Make somebody who only presses a button known, so that they count once. */
  async known() {
    if (!this.person) this.person = (await api.post('forum/people', {website: ''}, {key: randomKey(), signal: this.life.signal})).person;
    return this.person;
  }

  async support(post) {
    try {
      const on = !this.supported?.has(post.id);
      const answer = await api.post('forum/votes', {person: await this.known(), post: post.id, on, website: ''}, {key: randomKey(), signal: this.life.signal});
      this.supported = new Set(this.supported);
      if (on) this.supported.add(post.id);
      else this.supported.delete(post.id);
      post.votes = answer.votes;
      this.announce(this.t('votes', {n: answer.votes}));
    } catch (error) {
      this.announce(error.message);
      this.aside = {say: error.message, post: post.id};
    }
    this.requestUpdate();
  }

  /** The words of a part stand under its name; whoever asks need not know where. */
  find(key, values) {
    return super.find(key, values) ?? super.find(`write.${key}`, values) ?? super.find(`acts.${key}`, values);
  }

  async act(name, ...given) {
    const parts = await this.part('acts');
    this.aside = new parts[name](this, ...given);
  }

  // Render

  view() {
    return html`<div class="stack">${this.wrong ? html`<p class="note bad" tabindex="-1" id="wrong">${this.wrong}</p>` : nothing}${this.inner()}</div>`;
  }

  inner() {
    if (this.aside?.page) return this.aside.view();
    if (this.thread) return this.conversation(this.thread);
    return this.forum ? this.index(this.forum) : html`${this.heading()}${this.list()}`;
  }

  list() {
    const {forums = []} = this.options;
    if (!forums.length) return html`<p>${this.t('none')}</p>`;
    return html`<h3>${this.t('choose')}</h3><ul class="bare">${forums.map(({key, title}) => html`<li>
      <button type="button" @click=${() => this.choose(key)}>${title}</button></li>`)}</ul>`;
  }

  index(forum) {
    const {counts} = forum;
    return html`<h2 tabindex="-1" part="title">${forum.title}</h2>
      <div class="prose">${unsafeHTML(forum.purpose)}</div>
      ${this.about.rules?.text ? html`<details class="rules"><summary>${this.t('rules')}</summary>${unsafeHTML(this.about.rules.text)}</details>` : nothing}
      <p class="quiet">${this.t('office', {office: forum.office})} ${this.t(forum.moderation)} ${this.t('counts', counts)}
        ${Object.entries(counts.withheld).map(([reason, n]) => this.t('withheld', {n, reason: this.t(`reasons.${reason}`)}))}</p>
      ${forum.record ? this.record(forum.record) : nothing}${this.tell()}
      ${this.form ? this.form.view() : this.doors(forum)}
      <form class="row" role="search" @submit=${(event) => this.search(event)}><input name="q" type="search" aria-label=${this.t('search')}><button>${this.t('search-go')}</button></form>
      <h3 tabindex="-1">${this.t('threads')}</h3>
      ${forum.threads.length ? html`<ul class="bare">${forum.threads.map((thread) => this.line(thread))}</ul>` : html`<p>${this.t('no-threads')}</p>`}
      ${forum.more ? html`<button type="button" @click=${() => this.more()}>${this.t('more')}</button>` : nothing}
      <div class="row">${this.person ? html`<button type="button" class="link" @click=${() => this.act('Mine')}>${this.t('my-own')}</button>` : nothing}
      <button type="button" class="link" @click=${() => this.act('Follow')}>${this.t('follow')}</button></div>`;
  }

  doors(forum) {
    if (!forum.open) {
      const early = forum.opens_at && new Date(forum.opens_at) > new Date();
      return html`<p class="note">${early ? this.t('not-yet', {when: fullMoment(forum.opens_at)}) : this.t('closed')}</p>`;
    }
    return forum.may_begin ? html`<button type="button" class="main" @click=${() => this.write()}>${this.t('begin')}</button>` : nothing;
  }

  line({id, title, author, replies, votes, pinned, locked, active_at: at}) {
    return html`<li class="line"><button type="button" class="link" @click=${() => this.open_(id)}>${title}</button>
      <p class="quiet">${[pinned && this.t('pinned'), author, this.t('replies', {n: replies}), this.t('votes', {n: votes}), locked && this.t('locked'), moment(at)].filter(Boolean).join(' · ')}</p></li>`;
  }

  conversation(thread) {
    return html`<button type="button" class="link" @click=${() => this.choose(thread.forum.key)}>← ${thread.forum.title}</button>
      <h2 tabindex="-1">${thread.title || thread.post.gone_text}</h2>${this.tell()}
      ${this.post(thread.post)}
      ${thread.replies.map((reply) => html`${this.post(reply)}${reply.replies.length ? html`<div class="under">${reply.replies.map((one) => this.post(one))}</div>` : nothing}`)}
      ${thread.locked ? html`<p class="note">${this.t('locked')}</p>` : nothing}
      <button type="button" class="link" @click=${() => this.act('Follow', thread.post.id)}>${this.t('follow-thread')}</button>`;
  }

  post(post) {
    if (post.gone) return html`<article class="post quiet" id="p${post.id}"><p>${post.gone_text}</p></article>`;
    const {forum, locked} = this.thread;
    const open = forum.open && !locked && !this.thread.post.gone;
    const initials = post.author.split(/\s+/).slice(0, 2).map(([letter]) => letter).join('').toUpperCase();
    return html`<article class="post ${post.official ? 'official' : ''}" id="p${post.id}" aria-labelledby="by${post.id}">
      <header><span class="face" aria-hidden="true">${initials}</span><div><b id="by${post.id}">${post.author}</b>
        ${post.official ? html`<span class="badge">${this.t('official')}</span> <span class="quiet">${post.position}</span>` : nothing}
        <span class="quiet"><time datetime=${post.at}>${moment(post.at)}</time>${post.edited ? ` · ${this.t('edited')}` : ''}</span></div></header>
      <div class="prose">${
        // Made safe once by the server, when it was written.
        unsafeHTML(post.html)}</div>
      ${post.cites ? html`<p class="quiet">${this.t('cites')}: ${post.cites.map(({title, url}, at) => html`${at ? ' · ' : ''}<a href=${url}>${title}</a>`)}</p>` : nothing}
      ${post.radicated ? html`<p class="note">${this.t('radicated')}</p>` : nothing}
      <div class="row">
        ${open ? html`<button type="button" class="link" aria-label=${this.t('reply-to', {name: post.author})} @click=${() => this.write(post)}>${this.t('reply')}</button>
          <button type="button" class="link" aria-pressed=${this.supported?.has(post.id) ? 'true' : 'false'} aria-label=${this.t(this.supported?.has(post.id) ? 'supported-what' : 'support-what', {name: post.author})} @click=${() => this.support(post)}>${this.t(this.supported?.has(post.id) ? 'supported' : 'support')}</button>` : nothing}
        <span class="quiet">${this.t('votes', {n: post.votes})}</span>
        ${open && !post.official ? html`<button type="button" class="link" aria-label=${this.t('flag-what', {name: post.author})} @click=${() => this.act('Flag', post)}>${this.t('flag')}</button>` : nothing}
      </div>
      ${this.aside?.post === post.id ? (this.aside.view ? this.aside.view() : html`<p class="note warn" role="alert">${this.aside.say}</p>`) : nothing}
      ${this.form?.parent?.id === post.id ? this.form.view() : nothing}
    </article>`;
  }

  tell() {
    if (!this.told) return nothing;
    const {text, petition} = this.told;
    return html`<div class="note good" id="told" tabindex="-1" role="group" aria-labelledby="told-title"><h3 id="told-title">${this.t('done')}</h3><p>${text}</p>
      ${petition ? html`<button type="button" @click=${() => this.act('Petition', this.told)}>${this.t('petition-ask')}</button>` : nothing}</div>`;
  }

  record({summary, themes}) {
    const t = (key) => this.t(`record.${key}`);
    const on = (date) => date ? ` (${date})` : '';
    return html`<section class="note good stack"><h3>${t('title')}</h3>${summary ? html`<p>${summary}</p>` : nothing}
      ${themes.map((theme) => html`<h4>${theme.title}: ${theme.state_text}${on(theme.decided_text)}</h4><dl class="facts">
        ${theme.said ? html`<dt>${t('said')}</dt><dd>${theme.said}</dd>` : nothing}
        <dt>${t('decided')}</dt><dd>${theme.answer}</dd>
        ${theme.reason ? html`<dt>${t('reason')}</dt><dd>${theme.reason}</dd>` : nothing}
        ${theme.office ? html`<dt>${t('office')}</dt><dd>${theme.office}</dd>` : nothing}
        <dt>${t('did')}</dt><dd>${theme.done || t('pending')}${on(theme.done_text)}${theme.done_url ? html` <a href=${theme.done_url}>${t('document')}</a>` : nothing}</dd>
      </dl>`)}</section>`;
  }
}

/** Define the tag; the kit hands in the words of one language and the style sheet. Safe to call twice. */
export const define = (resources) => register(ForumElement, resources);
