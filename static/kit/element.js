/** What every widget's element is: a guest that shows its fallback until it can serve, and again when it cannot. */
import {html, nothing} from '../vendor/lit.js';
import {DrawnElement} from './drawn.js';
import {shared, sheet} from './resources.js';
import {translate} from './words.js';

/** Whether growing this element would push what a person is looking at: then it waits to be touched (no layout shift). */
function wouldPush(element) {
  if (!document.body.contains(element)) return false;
  const after = document.createRange();
  after.setStartAfter(element);
  after.setEndAfter(document.body.lastChild || document.body);
  const box = element.getBoundingClientRect();
  const rest = after.getBoundingClientRect();
  // A box of this height was reserved by the host's own style sheet, so the form fits where it is.
  return box.bottom > 0 && box.top < innerHeight && box.height < 300 && rest.height > 0 && rest.top < innerHeight && rest.bottom > 0;
}

/**
 * @attr open     show the form at once, even where that moves what stands below
 * @attr theme    light | dark | auto; without it the host page's own `color-scheme` decides
 * @attr plain    no frame around the widget: the host page has its own
 * @fires ventanilla-<name>:ready
 * @cssprop --ventanilla-accent --ventanilla-on-accent --ventanilla-surface --ventanilla-text --ventanilla-font --ventanilla-radius
 */
export class VentanillaElement extends DrawnElement {
  static properties = {phase: {state: true}, spoken: {state: true}};

  /** The widget's name, set by the subclass: `contact`. */
  static widget = '';
  static words = {};
  static sheets = [];

  constructor() {
    super();
    /** @type {'fallback' | 'loading' | 'ready'} */
    this.phase = 'fallback';
    this.spoken = '';
    this.life = new AbortController();
  }

  connectedCallback() {
    super.connectedCallback();
    if (this.life.signal.aborted) this.life = new AbortController();
    if (this.phase === 'fallback') this.arrive(this.life.signal);
  }

  disconnectedCallback() {
    super.disconnectedCallback();
    const {life} = this;
    // Moved to another place of the page is not gone: what is on its way goes on.
    setTimeout(() => this.isConnected || life.abort());
  }

  async arrive(signal) {
    try {
      const {site, widget} = await window.ventanilla.boot(this.constructor.widget);
      if (signal.aborted) return;
      this.settle(site, widget);
    } catch {
      // The loader has told the console; the link inside the tag goes on serving. Whoever comes near it is a reason to ask again.
      const again = () => this.arrive(signal);
      return ['pointerover', 'focusin'].forEach((type) => this.addEventListener(type, again, {once: true, signal}));
    }
    if (!this.about.enabled) this.hidden = true;
    else if (!this.hasAttribute('modal') && (this.hasAttribute('open') || !wouldPush(this))) await this.expand();
    else this.addEventListener('click', (event) => this.clicked(event), {signal});
  }

  settle(site, about) {
    this.site = site;
    this.about = about;
    this.options = about.options || {};
  }

  /** A plain click on the fallback opens the widget in its place; with a key held, the browser does what it always does. */
  clicked(event) {
    if (this.phase !== 'fallback' || event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
    event.preventDefault();
    this.open();
  }

  /** Open the widget and give it the focus. */
  async open() {
    const {site, widget} = await window.ventanilla.boot(this.constructor.widget);
    this.settle(site, widget);
    if (this.phase === 'fallback') {
      this.dress('loading');
      await this.expand();
    }
    await this.focusOn('h2');
  }

  /** Fetch what the widget needs and show it; when that fails the fallback comes back. */
  async expand() {
    try {
      await this.begin();
      this.dress('ready');
      await this.updateComplete;
      this.emit('ready');
    } catch (error) {
      this.undress(error);
    }
  }

  /** For subclasses: fetch what the first view needs. */
  async begin() {}

  dress(phase) {
    const {accent, on_accent: onAccent, banner} = this.site;
    // What the site announces now stands above the widget that is drawn first, and no other.
    shared.herald ||= this;
    this.banner = shared.herald === this && banner;
    const own = /^(#[0-9a-f]{6}){2}$/i.test(accent + onAccent) ? `.root{--_site-accent:${accent};--_site-on:${onAccent}}` : '';
    this.renderRoot.adoptedStyleSheets = [...shared.sheets, ...this.constructor.sheets, sheet(own)];
    this.phase = phase;
  }

  undress(error) {
    console.warn('Ventanilla:', error);
    this.renderRoot.adoptedStyleSheets = [];
    this.phase = 'fallback';
  }

  /**
   * Tell the host page. Return whether it lets the act go on.
   * @param {string} name
   * @param {object} [detail]
   * @param {boolean} [cancelable]
   */
  emit(name, detail = {}, cancelable = false) {
    return this.dispatchEvent(new CustomEvent(`ventanilla-${this.constructor.widget}:${name}`, {detail, cancelable, bubbles: true, composed: true}));
  }

  /** A text of the widget's catalogue, else of the kit's, or undefined. */
  find(key, values) {
    return translate(this.constructor.words, key, values) ?? translate(shared.words, key, values);
  }

  /** A text that must exist; its key stands where it does not, so that a gap is seen. */
  t(key, values) {
    return this.find(key, values) ?? key;
  }

  /** Say something to a screen reader without moving the focus. The same words twice are said twice. */
  async announce(text) {
    this.spoken = '';
    await this.updateComplete;
    this.spoken = text;
  }

  /** Move the focus to the first match, when it is drawn. */
  async focusOn(selector) {
    await this.updateComplete;
    this.renderRoot.querySelector(selector)?.focus();
  }

  /** Load a part of the widget (`static/parts/<name>.js`), with its words and its style sheet. */
  async part(name) {
    const {words, css, ...rest} = await window.ventanilla.load(`${this.constructor.widget}.${name}`);
    const here = this.constructor;
    if (!here.words[name]) {
      here.words = {...here.words, [name]: words};
      if (css) here.sheets = [...here.sheets, sheet(css)];
    }
    // A part without a sheet may have brought a library that has one: the forms'.
    this.dress(this.phase);
    return rest;
  }

  /** Title, help and rules of use, which a person may read before the first use. */
  heading() {
    const {title, help, rules} = this.about;
    return html`<h2 tabindex="-1" part="title">${title}</h2>
      ${help ? html`<p class="quiet">${help}</p>` : nothing}
      ${rules?.text ? html`<details class="rules"><summary>${this.t('rules')}</summary>
        ${rules.text.split(/\n\s*\n/).map((paragraph) => html`<p>${paragraph}</p>`)}</details>` : nothing}`;
  }

  render() {
    if (this.phase === 'fallback') return html`<slot></slot>`;
    return html`<div class="root" part="root" lang=${window.ventanilla.lang}>
      ${this.banner ? html`<p class="note">${this.banner}</p><br>` : nothing}${this.phase === 'loading' ? this.skeleton() : this.view()}
      <div class="unseen" role="status">${this.spoken}</div>
    </div>`;
  }

  skeleton() {
    return html`<div class="skeleton" aria-busy="true"><h2 tabindex="-1">${this.about.title}</h2><p>${this.t('loading')}</p><i></i><i></i><i></i></div>`;
  }

  /** For subclasses: the widget itself. */
  view() {
    return nothing;
  }

  update(changed) {
    try {
      super.update(changed);
    } catch (error) {
      if (this.phase === 'fallback') throw error;
      this.undress(error);
    }
  }
}

/**
 * Define `<ventanilla-<name>>`. Safe to call twice.
 * @param {typeof VentanillaElement} Element
 * @param {{words: object, css: string}} resources
 */
export function register(Element, {words, css}) {
  const tag = `ventanilla-${Element.widget}`;
  if (customElements.get(tag)) return;
  Element.words = words;
  Element.sheets = [sheet(css)];
  customElements.define(tag, Element);
}
