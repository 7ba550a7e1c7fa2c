/**
 * Keeps what a person typed on this device, and nowhere else, until it is filed. Loaded when they enter a form, and not before.
 */
import {html} from '../kit.js';

const WAIT_MS = 400;
const KEPT_MS = 7 * 864e5; // A shared computer should not offer last month's letter.
const FILES_MS = 47 * 36e5; // The server keeps files that nothing claims for 48 hours.

/** A browser may forbid storage altogether: then there is no draft, and nothing else changes. */
function storage(act) {
  try {
    return act(window.localStorage);
  } catch {
    return null;
  }
}

export class Drafts {
  /**
   * @param {import('../form/model.js').Form} form
   * @param {Record<string, string>} words
   */
  constructor(form, words) {
    this.form = form;
    this.words = words;
  }

  get name() {
    return `ventanilla:${window.ventanilla.site}:${this.form.draft.name}`;
  }

  /** @returns {{at: number, values: object, key?: string, since?: number, sent?: string, extra?: object, files?: object[]} | null} */
  find() {
    const kept = storage((store) => JSON.parse(store.getItem(this.name)));
    if (kept && Date.now() - kept.at < KEPT_MS) return kept;
    this.drop();
    return null;
  }

  /** Keep this soon (many calls, one write), or now. */
  save(data, now) {
    clearTimeout(this.timer);
    const write = () => storage((store) => store.setItem(this.name, JSON.stringify({at: Date.now(), ...data})));
    if (now) write();
    else this.timer = setTimeout(write, WAIT_MS);
  }

  drop() {
    clearTimeout(this.timer);
    storage((store) => store.removeItem(this.name));
  }

  restore() {
    const {form, words} = this;
    const {at, values, key, since, sent, extra, files} = form.found;
    if (files && form.files && Date.now() - at < FILES_MS) form.files.kept = files;
    // What was on its way is a press on the button away; a draft begins where the form does.
    form.change({values, key, since, sent, extra, found: null, begun: false, at: key ? Infinity : 0});
    form.begin();
    form.host.announce(words.restored);
    form.host.focusOn(key ? 'form .main' : '.step h3, form input, form select, form textarea');
  }

  forget() {
    this.drop();
    this.form.change({found: null});
  }

  /** Ask whether what was found is to be taken up. */
  offer() {
    const {words} = this;
    const when = new Date(this.form.found.at).toLocaleString(window.ventanilla.lang, {dateStyle: 'long', timeStyle: 'short'});
    return html`<div class="note" role="group">
      <p>${words[this.form.found.key ? 'unsent' : 'found'].replace('{when}', when)}</p>
      <div class="row"><button type="button" @click=${() => this.restore()}>${words.restore}</button>
      <button type="button" class="link" @click=${() => this.forget()}>${words.drop}</button></div>
    </div>`;
  }
}
