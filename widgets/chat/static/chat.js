/**
 * `<ventanilla-chat>`: the bubble in the corner. It paints without Lit; the panel comes when somebody opens it, and
 * by itself only where a conversation of theirs is going on.
 *
 * @eager
 * @attr bottom    distance from the block end, as a CSS length: keeps clear of a cookie notice (16px)
 * @attr side      distance from the inline end (16px)
 * @attr theme     light | dark | auto
 * @attr room      key of a public room: it is shown here, in place of the bubble
 * @attr readonly  of a room: shows it and lets nobody speak
 * @fires ventanilla-chat:ready ventanilla-chat:open ventanilla-chat:close ventanilla-chat:begin ventanilla-chat:ended
 * @slot - the fallback: a link to the page that works without script
 * @cssprop --ventanilla-accent --ventanilla-on-accent --ventanilla-font
 */
import {kept} from './kept.js';

let words = {};
let sheet;

const text = (key, values = {}) => {
  let found = words[key];
  if (found?.other) found = values.n === 1 ? found.one : found.other;
  return String(found ?? key).replace(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole);
};

export class ChatElement extends HTMLElement {
  constructor() {
    super();
    this.attachShadow({mode: 'open'}).append(document.createElement('slot'));
  }

  // Lifecycle

  async connectedCallback() {
    if (this.life && !this.life.signal.aborted) return;
    this.life = new AbortController();
    const {signal} = this.life;
    try {
      const {site, widget} = await window.ventanilla.boot('chat');
      if (signal.aborted) return;
      if (widget.enabled && this.hasAttribute('room')) return await this.room();
      if (widget.enabled) this.paint(site, signal);
      else this.hidden = true;
    } catch {
      return; // The loader has told the console; the link inside the tag goes on serving.
    }
    if (kept()) this.bring(kept().open);
  }

  /** A public room stands in its place on the page; it has no bubble. */
  async room() {
    const {defineRoom, ...resources} = await window.ventanilla.load('chat.room');
    defineRoom(resources);
    const room = document.createElement('ventanilla-chat-room');
    for (const {name, value} of this.attributes) room.setAttribute(name === 'room' ? 'key' : name, value);
    this.shadowRoot.replaceChildren(room);
  }

  disconnectedCallback() {
    this.life?.abort();
    this.panel?.remove();
    this.panel = undefined;
  }

  paint({accent, on_accent: on}, signal) {
    const own = new CSSStyleSheet();
    const colour = /^#[0-9a-f]{6}$/i;
    if (colour.test(accent) && colour.test(on)) own.replaceSync(`:host{--_site-accent:${accent};--_site-on:${on}}`);
    this.shadowRoot.adoptedStyleSheets = [sheet, own];
    for (const name of ['bottom', 'side']) {
      if (this.hasAttribute(name)) this.style.setProperty(`--_${name}`, this.getAttribute(name));
    }
    const box = document.createElement('div');
    box.className = 'chat';
    box.lang = window.ventanilla.lang;
    this.button = document.createElement('button');
    this.button.type = 'button';
    this.button.setAttribute('aria-expanded', 'false');
    this.button.setAttribute('part', 'bubble');
    this.button.addEventListener('click', () => (this.opened ? this.close() : this.open()), {signal});
    box.append(this.button);
    // The link keeps its room in the page, unseen: what stands below it must not move.
    const room = document.createElement('slot');
    room.className = 'room';
    this.shadowRoot.replaceChildren(room, box);
    this.box = box;
    this.label();
    this.emit('ready');
  }

  label(unread = 0) {
    const mark = document.createElement('span');
    mark.className = 'mark';
    mark.textContent = text('chat');
    this.button.setAttribute('aria-label', [text('open'), unread ? text('unread', {n: unread}) : ''].filter(Boolean).join('. '));
    this.button.replaceChildren(mark);
    if (unread) {
      const badge = document.createElement('span');
      badge.className = 'badge';
      badge.textContent = unread;
      this.button.append(badge);
    }
  }

  emit(name, detail = {}) {
    this.dispatchEvent(new CustomEvent(`ventanilla-chat:${name}`, {detail, bubbles: true, composed: true}));
  }

  // Actions

  /** Open the panel and give it the focus. */
  async open() {
    await this.bring(true);
    this.emit('open');
    await this.panel?.focusIn();
  }

  /** Close the window; a conversation goes on behind it, and the bubble counts what comes. */
  close() {
    this.show(false);
    this.button.focus();
    this.emit('close');
  }

  async bring(open) {
    if (!this.button) return;
    this.button.setAttribute('aria-busy', 'true');
    try {
      if (!this.panel) {
        const {definePanel, ...resources} = await window.ventanilla.load('chat.panel');
        if (this.life.signal.aborted) return;
        definePanel(resources);
        this.panel = document.createElement('ventanilla-chat-panel');
        const theme = this.getAttribute('theme');
        if (theme) this.panel.setAttribute('theme', theme);
        this.panel.addEventListener('ventanilla-chat:unread', (event) => this.label(event.detail.n));
        this.panel.addEventListener('ventanilla-chat:shut', () => this.close());
        this.box.prepend(this.panel);
      }
      this.show(open);
    } catch (error) {
      // The bubble stays, and the page without script serves whoever waits.
      console.warn('Ventanilla:', error);
      if (open) window.open(`${window.ventanilla.base}${window.ventanilla.site}/chat`);
    }
    this.button.removeAttribute('aria-busy');
  }

  show(open) {
    this.opened = open;
    if (this.panel) this.panel.shown = open;
    this.box.classList.toggle('open', open);
    this.button.setAttribute('aria-expanded', String(open));
  }
}

/** Define the tag; the entry hands in the words of one language and the style sheet. Safe to call twice. */
export function define(resources) {
  if (customElements.get('ventanilla-chat')) return;
  words = resources.words;
  sheet = new CSSStyleSheet();
  sheet.replaceSync(resources.css);
  customElements.define('ventanilla-chat', ChatElement);
}
