/**
 * The life of an element that draws itself with lit-html.
 *
 * It is what our elements used of Lit's LitElement, under the same names (https://lit.dev/docs/components/lifecycle/), in
 * a fifth of its bytes: every widget of a host page pays for this file.
 */
import {render} from '../vendor/lit.js';

export class DrawnElement extends HTMLElement {
  /**
   * What is drawn again when it is set: `{name: {state: true}}`; without `state` there is an attribute of the name too,
   * of `type` Boolean or text, and `reflect` writes it.
   * @type {Record<string, {state?: boolean, type?: Function, reflect?: boolean}>}
   */
  static properties = {};

  /** The browser reads this once, when the element is defined: the moment to lay the properties. */
  static get observedAttributes() {
    this._all = {};
    for (let owner = this; owner !== DrawnElement; owner = Object.getPrototypeOf(owner)) this._all = {...owner.properties, ...this._all};
    for (const name of Object.keys(this._all)) {
      Object.defineProperty(this.prototype, name, {
        get() {
          return this._kept[name];
        },
        set(value) {
          const old = this._kept[name];
          if (Object.is(old, value)) return;
          this._kept[name] = value;
          this.requestUpdate(name, old);
        },
      });
    }
    return Object.keys(this._all).filter((name) => !this._all[name].state);
  }

  constructor() {
    super();
    this._kept = {};
    this._changed = new Map();
    this._controllers = [];
    this.hasUpdated = false;
    /** Settles when all that was asked for until now is drawn; nothing is drawn before the element stands in a page. */
    this.updateComplete = new Promise((resolve) => (this._wake = resolve));
    this.requestUpdate();
  }

  /** @param {{hostConnected?: () => void}} controller */
  addController(controller) {
    this._controllers.push(controller);
    if (this.isConnected) controller.hostConnected?.();
  }

  connectedCallback() {
    this.renderRoot ??= this.createRenderRoot();
    this._wake();
    this._controllers.forEach((controller) => controller.hostConnected?.());
    this._drawn?.setConnected(true);
  }

  disconnectedCallback() {
    this._drawn?.setConnected(false);
  }

  attributeChangedCallback(name, _old, text) {
    this[name] = this.constructor._all[name].type === Boolean ? text !== null : text;
  }

  createRenderRoot() {
    return this.attachShadow({mode: 'open'});
  }

  /** Draw again soon; many calls, one drawing. */
  requestUpdate(name, old) {
    if (name && !this._changed.has(name)) this._changed.set(name, old);
    if (this._waiting) return;
    this._waiting = true;
    // One drawing that failed is told by its own promise, and does not stand in the way of the next.
    this.updateComplete = this.updateComplete.catch(() => {}).then(() => this.draw());
  }

  draw() {
    const changed = this._changed;
    this._changed = new Map();
    try {
      for (const [name, {reflect}] of Object.entries(this.constructor._all)) if (reflect) this.toggleAttribute(name, Boolean(this[name]));
      this.update(changed);
    } finally {
      this._waiting = false;
    }
    this.hasUpdated = true;
    this.updated(changed);
  }

  /** @param {Map<string, unknown>} _changed the properties that were set, with what they were before */
  update(_changed) {
    this._drawn = render(this.render(), this.renderRoot, {host: this, isConnected: this.isConnected});
  }

  /** For subclasses: what is to be done with what was drawn. */
  updated(_changed) {}

  render() {}
}
