/**
 * `<ventanilla-search>`: a box that finds pages, news, procedures and questions, and says what to do when it finds none.
 *
 * A combobox of ARIA 1.2: the focus stays in the box, `aria-activedescendant` says where the arrows are.
 *
 * @attr open theme plain      see the kit's element
 * @attr shortcut   the key that brings the focus here from anywhere in the page: shortcut="/"
 * @attr questions  shows the frequent questions with their answers until something is asked
 * @fires ventanilla-search:found   detail: {query, total}
 * @fires ventanilla-search:go      before a result is opened; detail: {url}; cancelable
 * @slot - the fallback: a link to the page that works without script
 * @cssprop --ventanilla-accent      and the others of the kit
 */
import {VentanillaElement, api, html, nothing, register} from '../../../static/kit/kit.js';

const PAUSE_MS = 180;
const SETTLED_MS = 2500;

/** Pieces of text, `[text, marked]`, as nodes: what pages say never becomes markup. */
const marked = (parts) => parts.map(([text, mark]) => (mark ? html`<mark>${text}</mark>` : text));

export class SearchElement extends VentanillaElement {
  static widget = 'search';

  static properties = {
    quick: {state: true}, at: {state: true}, shown: {state: true}, found: {state: true}, busy: {state: true}, failed: {state: true},
  };

  // Lifecycle

  /** The key works before the box is open too: it opens it. */
  connectedCallback() {
    super.connectedCallback();
    document.addEventListener('keydown', this.pressed, {signal: this.life.signal});
  }

  async begin() {
    this.query = '';
    this.at = -1;
    const {signal} = this.life;
    document.addEventListener('pointerdown', (event) => event.composedPath().includes(this) || this.close(), {signal});
    if (this.hasAttribute('questions')) ({questions: this.questions} = await api.get('search/questions', signal).catch(() => ({})));
    signal.addEventListener('abort', () => [this.pausing, this.settling].forEach(clearTimeout));
  }

  get box() {
    return this.renderRoot.getElementById('box');
  }

  /** The options of the list in order: past queries first, then results. */
  get choices() {
    const {suggestions = [], groups = []} = this.quick || {};
    return [...suggestions.map((text) => ({text})), ...groups.flatMap(({hits}) => hits)];
  }

  // Actions

  pressed = async (event) => {
    const typing = event.composedPath()[0].closest?.('input, textarea, select, [contenteditable]');
    if (event.key !== this.getAttribute('shortcut') || typing || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    if (!this.box) await this.open();
    this.box?.focus();
  };

  typed(event) {
    this.query = event.target.value;
    this.at = -1;
    clearTimeout(this.pausing);
    clearTimeout(this.settling);
    this.pausing = setTimeout(() => this.look(), PAUSE_MS);
  }

  /** One question at a time: the answer to an older one is never shown over a newer. */
  ask(path) {
    this.asking?.abort();
    const asking = (this.asking = new AbortController());
    this.life.signal.addEventListener('abort', () => asking.abort(), {once: true, signal: asking.signal});
    return api.get(path, asking.signal);
  }

  async look() {
    const query = this.query.trim();
    if (!query) return this.close();
    try {
      this.quick = await this.ask(`search/quick?q=${encodeURIComponent(query)}`);
    } catch {
      return this.close(); // The button still asks, and says what went wrong.
    }
    this.shown = this.choices.length > 0;
    this.announce(this.shown ? this.t('options', {n: this.choices.length}) : this.quick.text);
    this.settling = setTimeout(() => this.seen(query, this.quick.total), SETTLED_MS);
  }

  close() {
    this.shown = false;
    this.at = -1;
  }

  /** Count what was asked: words only, nothing of the person. A failure loses a count and nothing else. */
  seen(query, found, opened = false) {
    clearTimeout(this.settling);
    api.post('search/seen', {query, found, opened}).catch(() => {});
  }

  async submit(event, query = this.query, kind = '', page = 1) {
    event?.preventDefault();
    clearTimeout(this.pausing);
    this.close();
    if (!query.trim()) return;
    this.query = query;
    Object.assign(this, {busy: true, failed: false});
    try {
      const found = await this.ask(`search/results?q=${encodeURIComponent(query)}&kind=${kind}&page=${page}`);
      this.found = page > 1 ? {...found, hits: [...this.found.hits, ...found.hits]} : found;
      this.announce(found.text);
      this.emit('found', {query, total: found.total});
      if (page === 1 && !kind) this.seen(query, found.total);
    } catch (error) {
      if (error.code === 'aborted') return;
      this.failed = true;
      this.announce(this.t('failed'));
    } finally {
      this.busy = false;
    }
  }

  key(event) {
    // An input method writes with the same keys: they are its own until the word stands.
    if (event.isComposing) return;
    const count = this.choices.length;
    const steps = {ArrowDown: 1, ArrowUp: -1};
    if (event.key in steps && count) {
      event.preventDefault();
      // From the box down to the first, from the last back to the box: -1 is the box itself.
      this.at = this.shown ? ((this.at + 1 + steps[event.key] + count + 1) % (count + 1)) - 1 : steps[event.key] > 0 ? 0 : count - 1;
      this.shown = true;
      this.updateComplete.then(() => this.renderRoot.getElementById(`o${this.at}`)?.scrollIntoView({block: 'nearest'}));
    } else if (event.key === 'Escape') {
      if (this.shown) event.preventDefault();
      else this.clear();
      this.close();
    } else if (event.key === 'Enter' && this.shown && this.at >= 0) {
      event.preventDefault();
      this.choose(this.choices[this.at], event);
    } else if (event.key === 'Tab') this.close();
    // These move within the text, and who moves there is in the box again: Enter asks, and opens no option.
    else if (['Home', 'End', 'ArrowLeft', 'ArrowRight'].includes(event.key)) this.at = -1;
  }

  clear() {
    this.query = this.box.value = '';
    this.quick = this.found = undefined;
  }

  choose(option, event) {
    if (!option.url) return this.submit(undefined, option.text);
    if (!this.go(option)) return undefined;
    if (event.ctrlKey || event.metaKey) window.open(option.url, '_blank', 'noopener');
    else location.assign(option.url);
    return undefined;
  }

  /** Tell the host and count; return whether to go. */
  go(hit) {
    this.seen(this.query, 1, true);
    return this.emit('go', {url: hit.url}, true);
  }

  // Render

  view() {
    const {title} = this.about;
    return html`<h2 tabindex="-1" part="title">${title}</h2>
      <form role="search" aria-label=${title} @submit=${(event) => this.submit(event)}>
        <label class="label" for="box">${this.t('label')}</label>
        <div class="line">
          <input id="box" type="search" role="combobox" autocomplete="off" autocapitalize="off" spellcheck="false" maxlength="400" enterkeyhint="search"
            aria-keyshortcuts=${this.getAttribute('shortcut') || nothing} aria-expanded=${this.shown ? 'true' : 'false'} aria-controls="list" aria-autocomplete="list"
            aria-activedescendant=${this.shown && this.at >= 0 ? `o${this.at}` : nothing}
            placeholder=${this.t('placeholder')} .value=${this.query}
            @input=${(event) => this.typed(event)} @keydown=${(event) => this.key(event)}>
          <button class="main" part="button">${this.t(this.busy ? 'busy' : 'go')}</button>
        </div>
        ${this.list()}
      </form>
      ${this.failed ? html`<p class="note warn">${this.t('failed')}</p>` : nothing}
      ${this.found ? this.results(this.found) : this.frequent()}`;
  }

  /** The frequent questions, each with its answer folded in. */
  frequent() {
    const {questions = []} = this;
    return questions.length ? html`<section aria-labelledby="questions"><h3 id="questions">${this.t('questions')}</h3>
      ${questions.map(({title, text}) => html`<details><summary>${title}</summary><p class="lines">${text}</p></details>`)}
      <p><a href=${questions[0].url.split('#')[0]}>${this.t('all_questions')}</a></p></section>` : nothing;
  }

  list() {
    const {suggestions = [], groups = []} = this.quick || {};
    let n = suggestions.length;
    return html`<div id="list" role="listbox" aria-label=${this.t('list')} ?hidden=${!this.shown}>
      ${suggestions.length ? html`<div role="group" aria-label=${this.t('suggestions')}>
        ${suggestions.map((text, index) => this.option({text}, index, text))}</div>` : nothing}
      ${groups.map(({title, hits}) => html`<div role="group" aria-label=${title}><p class="quiet" aria-hidden="true">${title}</p>
        ${hits.map((hit) => this.option(hit, n++, marked(hit.title)))}</div>`)}
    </div>`;
  }

  option(option, index, text) {
    // pointerdown and not click: a click would first take the focus out of the box.
    return html`<div role="option" id="o${index}" aria-selected=${this.at === index ? 'true' : 'false'}
      @pointerdown=${(event) => event.preventDefault()} @click=${(event) => this.choose(option, event)}>${text}</div>`;
  }

  results(found) {
    return html`<section class="stack" aria-labelledby="results">
      <h3 id="results" tabindex="-1">${found.text}</h3>
      ${found.did_you_mean ? html`<p>${this.t('did_you_mean')}
        <button type="button" class="link" @click=${() => this.submit(undefined, found.did_you_mean)}>${found.did_you_mean}</button>?</p>` : nothing}
      ${found.relaxed && found.total ? html`<p class="quiet">${this.t('relaxed')}</p>` : nothing}
      ${found.facets.length > 1 || found.kind ? this.facets(found) : nothing}
      <ol class="hits">${found.hits.map((hit) => html`<li>
        <a href=${hit.url} @click=${(event) => this.go(hit) || event.preventDefault()}>${marked(hit.title)}</a>
        <p class="quiet">${hit.kind_title}${hit.promoted ? ` · ${this.t('promoted')}` : ''}</p>
        <p>${marked(hit.snippet)}</p></li>`)}</ol>
      ${found.page < found.pages ? html`<button type="button" @click=${() => this.submit(undefined, found.query, found.kind, found.page + 1)}>${this.t('more')}</button>` : nothing}
      ${found.total ? nothing : this.nothing()}
    </section>`;
  }

  facets({query, kind, facets}) {
    const button = (key, title) => html`<button type="button" aria-pressed=${key === kind ? 'true' : 'false'}
      @click=${() => this.submit(undefined, query, key)}>${title}</button>`;
    return html`<div class="row" role="group" aria-label=${this.t('kinds')}>${button('', this.t('all_kinds'))}
      ${facets.map(({kind: key, title, count}) => button(key, `${title} (${count})`))}</div>`;
  }

  nothing() {
    return html`<div class="note"><h4>${this.t('next_title')}</h4><p>${this.t('next_help')}</p>
      <ul>${(this.options.next || []).map(({name, title, url}) => html`<li><a href=${url} @click=${(event) => this.other(event, name)}>${title}</a></li>`)}</ul></div>`;
  }

  /** Where the page has the widget itself, it opens there. */
  other(event, name) {
    if (!document.querySelector(`ventanilla-${name}`) || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    window.ventanilla.open(name);
  }
}

/** Define the tag; the kit hands in the words of one language and the style sheet. Safe to call twice. */
export const define = (resources) => register(SearchElement, resources);
