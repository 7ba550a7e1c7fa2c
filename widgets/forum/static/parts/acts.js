/** What few do: report a contribution, file one as a petition, look after one's own. Loaded when somebody asks for it. */
import {api, html, nothing, randomKey} from '../../../../static/kit/kit.js';
import {FollowForm} from '../../../../static/kit/follow.js';

const send = (host, path, body) => api.post(`forum/${path}`, {...body, person: host.person, website: ''}, {key: randomKey(), signal: host.life.signal});

const REASONS = ['insult', 'personal', 'off-topic', 'advertising', 'repeated', 'minors', 'illegal'];

export class Flag {
  /** @param {import('../forum.js').ForumElement} host */
  constructor(host, post) {
    Object.assign(this, {host, post: post.id});
    host.focusOn('#flag-why');
  }

  async send(event) {
    event.preventDefault();
    const {host} = this;
    const reason = new FormData(event.target).get('reason');
    await host.known();
    try {
      await send(host, 'flags', {post: this.post, reason});
      this.said = host.t('flagged');
    } catch (error) {
      this.said = error.message;
    }
    host.announce(this.said);
    host.requestUpdate();
  }

  view() {
    const {host} = this;
    if (this.said) return html`<p class="note">${this.said}</p>`;
    return html`<form class="note stack" @submit=${(event) => this.send(event)}><label class="label" for="flag-why">${host.t('flag-why')}</label>
      <select id="flag-why" name="reason">${REASONS.map((reason) => html`<option value=${reason}>${host.t(`reasons.${reason}`)}</option>`)}</select>
      <div class="row"><button>${host.t('flag-send')}</button><button type="button" class="link" @click=${() => (host.aside = undefined)}>${host.t('cancel')}</button></div></form>`;
  }
}

export class Petition {
  constructor(host, told) {
    Object.assign(this, {host, told, page: true});
    host.focusOn('h2');
  }

  async file() {
    const {host} = this;
    const email = host.renderRoot.querySelector('#petition-email')?.value.trim() || '';
    try {
      this.filed = await send(host, 'radicate', {post: this.told.post, email});
      host.emit('radicated', {radicado: this.filed.radicado});
      host.told = {...host.told, petition: false};
      host.focusOn('h2');
    } catch (error) {
      this.wrong = error.message;
      host.announce(this.wrong);
    }
    host.requestUpdate();
  }

  view() {
    const {host, filed} = this;
    const t = (key) => host.t(`petition.${key}`);
    const leave = html`<button type="button" class="link" @click=${() => (host.aside = undefined)}>${host.t('back')}</button>`;
    if (filed) {
      return html`<div class="note good stack"><h2 tabindex="-1">${t('done')}</h2><dl class="facts"><dt>${t('radicado')}</dt><dd class="number">${filed.radicado}</dd>
        <dt>${t('code')}</dt><dd class="number">${filed.code}</dd></dl><p>${t('keep')}</p></div>${leave}`;
    }
    return html`<h2 tabindex="-1">${t('title')}</h2><p>${t('body')}</p>
      <div class="field"><label class="label" for="petition-email">${t('email')}</label><input id="petition-email" type="email" autocomplete="email"></div>
      ${this.wrong ? html`<p class="note bad">${this.wrong}</p>` : nothing}
      <div class="row"><button type="button" class="main" @click=${() => this.file()}>${t('yes')}</button>${leave}</div>`;
  }
}

export class Follow extends FollowForm {
  /** @param {number} [thread] which conversation; none for the whole forum */
  constructor(host, thread) {
    const t = (key) => host.t(`following.${key}`);
    super(host, {
      path: 'forum/follows',
      body: {forum: (host.thread?.forum || host.forum).key, thread: thread ?? null},
      words: (key) => (key === 'back' ? host.t('back') : t(key)),
      title: t(thread ? 'thread' : 'title'),
      leave: () => (host.aside = undefined),
    });
  }
}

export class Mine {
  constructor(host) {
    Object.assign(this, {host, page: true, posts: []});
    this.load();
  }

  async load() {
    const {host} = this;
    this.posts = (await api.post('forum/mine', {person: host.person}, {signal: host.life.signal})).posts;
    host.requestUpdate();
    host.focusOn('h2');
  }

  async act(path, body) {
    try {
      this.said = (await send(this.host, path, body)).text || (path === 'reviews' ? this.host.t('mine.reviewed') : '');
      this.wrong = this.editing = this.sure = undefined;
      await this.load();
    } catch (error) {
      this.wrong = error.message;
      this.said = undefined;
      this.warned = error.code === 'personal-data';
      this.host.announce(this.wrong);
      this.host.requestUpdate();
    }
  }

  change(state) {
    Object.assign(this, state);
    this.host.requestUpdate();
  }

  view() {
    const {host} = this;
    return html`<h2 tabindex="-1">${host.t('mine.title')}</h2>${this.said ? html`<p class="note good" role="status">${this.said}</p>` : nothing}${this.wrong ? html`<p class="note bad">${this.wrong}</p>` : nothing}
      ${this.posts.map((post) => this.one(post))}
      <button type="button" class="link" @click=${() => host.choose(host.forum.key)}>${host.t('back')}</button>`;
  }

  one(post) {
    const t = (key, values) => this.host.t(`mine.${key}`, values);
    const save = () => this.act('edits', {post: post.id, body: this.host.renderRoot.querySelector(`#edit-${post.id}`).value, despite_personal: !!this.warned});
    return html`<article class="post"><p><b>${post.title || post.body.slice(0, 80)}</b> <span class="badge">${post.state_text}</span></p>
      ${post.reason ? html`<p>${t('reason', {reason: post.reason})}</p>` : nothing}
      ${this.editing === post.id ? html`<textarea id="edit-${post.id}" rows="5" maxlength="5000" aria-label=${t('edit')} .value=${post.body}></textarea><button type="button" class="main" @click=${save}>${t('save')}</button>` : nothing}
      <div class="row">
        ${post.edit && this.editing !== post.id ? html`<button type="button" @click=${() => this.change({editing: post.id})}>${t('edit')}</button>` : nothing}
        ${post.letter ? html`<button type="button" @click=${() => this.act('letters', {})}>${t('letter')}</button>` : nothing}
        ${post.review ? html`<button type="button" @click=${() => this.act('reviews', {post: post.id})}>${t('review')}</button>` : nothing}
        ${post.petition ? html`<button type="button" @click=${() => this.host.act('Petition', {post: post.id})}>${this.host.t('petition.yes')}</button>` : nothing}
        ${this.sure === post.id
          ? html`<span>${t('delete-sure')}</span><button type="button" @click=${() => this.act('deletions', {post: post.id})}>${t('delete')}</button><button type="button" class="link" @click=${() => this.change({sure: undefined})}>${this.host.t('cancel')}</button>`
          : html`<button type="button" class="link" @click=${() => this.change({sure: post.id})}>${t('delete')}</button>`}
      </div></article>`;
  }
}
