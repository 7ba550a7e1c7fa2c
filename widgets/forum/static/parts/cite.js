/**
 * A box that finds what a contribution can cite and puts its address where the person was writing.
 *
 * A combobox of ARIA 1.2, as the search widget's. Loaded when somebody wants to cite: an address can always be pasted.
 */
import {api, html, nothing} from '../../../../static/kit/kit.js';

const PAUSE_MS = 180;

export class Citing {
  /** @param {import('./write.js').Writing} writing */
  constructor(writing) {
    const {host} = writing;
    const {selectionStart: at = 0} = host.renderRoot.querySelector('#body') || {};
    Object.assign(this, {writing, host, place: at, found: [], at: -1, query: '', said: ''});
    host.life.signal.addEventListener('abort', () => clearTimeout(this.pausing));
    host.focusOn('#cite');
  }

  change(state) {
    Object.assign(this, state);
    this.host.requestUpdate();
  }

  typed(query) {
    this.change({query, at: -1});
    clearTimeout(this.pausing);
    this.pausing = setTimeout(() => this.look(), PAUSE_MS);
  }

  /** One question at a time: the answer to an older one is never shown over a newer. */
  async look() {
    const {host, query} = this;
    this.asking?.abort();
    const asking = (this.asking = new AbortController());
    host.life.signal.addEventListener('abort', () => asking.abort(), {once: true, signal: asking.signal});
    let found = [];
    let said = '';
    if (query.trim()) {
      try {
        ({found} = await api.get(`forum/citable?q=${encodeURIComponent(query)}`, asking.signal));
        said = host.t(found.length ? 'cite.found' : 'cite.none', {n: found.length});
      } catch {
        if (asking.signal.aborted) return;
        said = host.t('cite.failed');
      }
    }
    if (asking.signal.aborted) return;
    this.change({found, said, at: -1});
    host.announce(said);
  }

  key(event) {
    // An input method writes with the same keys: they are its own until the word stands.
    if (event.isComposing) return;
    const {found, at} = this;
    const step = {ArrowDown: 1, ArrowUp: -1}[event.key];
    if (event.key === 'Enter') {
      event.preventDefault(); // It stands in the form of the contribution, which must not leave for it.
      if (found[at] || found.length === 1) this.choose(found[at] || found[0]);
    } else if (event.key === 'Escape') {
      event.preventDefault();
      if (found.length) this.change({found: [], at: -1});
      else this.leave();
    } else if (step && found.length) {
      event.preventDefault();
      // From the box down to the first, from the last back to the box: -1 is the box itself.
      this.change({at: ((at + 1 + step + found.length + 1) % (found.length + 1)) - 1});
      this.host.updateComplete.then(() => this.host.renderRoot.querySelector(`#cite-${this.at}`)?.scrollIntoView({block: 'nearest'}));
    }
  }

  choose({title, url}) {
    const {writing, host, place} = this;
    const body = writing.form.values.body ?? '';
    // Brackets of a title would end the link's own.
    const link = `[${title.replace(/[[\]\\]/g, ' ').trim()}](${url}) `;
    const gap = place && !/\s/.test(body[place - 1]) ? ' ' : '';
    writing.form.set('body', body.slice(0, place) + gap + link + body.slice(place));
    this.leave(place + gap.length + link.length);
    host.announce(host.t('cite.done', {title}));
  }

  async leave(caret = this.place) {
    clearTimeout(this.pausing);
    this.asking?.abort();
    this.writing.citing = undefined;
    await this.host.focusOn('#body');
    this.host.renderRoot.querySelector('#body')?.setSelectionRange(caret, caret);
  }

  view() {
    const {host, found, at, query, said} = this;
    const t = (key) => host.t(`cite.${key}`);
    return html`<div class="note cite"><label class="label" for="cite">${t('label')}</label><p class="quiet" id="cite-hint">${t('hint')}</p>
      <input id="cite" type="search" role="combobox" autocomplete="off" autocapitalize="off" spellcheck="false" maxlength="300"
        aria-expanded=${found.length ? 'true' : 'false'} aria-controls="cite-list" aria-autocomplete="list" aria-describedby="cite-hint"
        aria-activedescendant=${at >= 0 ? `cite-${at}` : nothing} .value=${query}
        @input=${(event) => this.typed(event.target.value)} @keydown=${(event) => this.key(event)}>
      <div id="cite-list" role="listbox" aria-label=${t('list')} ?hidden=${!found.length}>${found.map((one, index) => html`<div role="option" id="cite-${index}"
        aria-selected=${at === index ? 'true' : 'false'} @pointerdown=${(event) => event.preventDefault()} @click=${() => this.choose(one)}>${one.title} <span class="quiet">${one.hint}</span></div>`)}</div>
      ${said && !found.length ? html`<p>${said}</p>` : nothing}
      <button type="button" class="link" @click=${() => this.leave()}>${host.t('cancel')}</button></div>`;
  }
}
