/** The fields as a person sees them: label above, hint under it, error under that, each tied to its control. */
import {html, nothing} from '../kit.js';

export class Fields {
  constructor(host) {
    this.host = host;
    /** @type {Record<string, any>} */
    this.values = {};
    /** @type {Record<string, string>} */
    this.errors = {};
  }

  /** A text of a field, from where this form's words stand in the catalogue; `more` is where those of a part stand. */
  say(name, what) {
    return this.host.find(`${this.scope}.${name}.${what}`) ?? this.host.find(`${this.more}.${name}.${what}`);
  }

  label(name) {
    return this.say(name, 'label') || name;
  }

  /** What ties a control to its texts, for a screen reader. */
  tied(name) {
    const ids = [this.hint(name) && `${name}-hint`, this.errors[name] && `${name}-error`].filter(Boolean);
    return ids.length ? ids.join(' ') : nothing;
  }

  hint(name) {
    return this.say(name, 'hint');
  }

  notes(name) {
    const error = this.errors[name];
    const hint = this.hint(name);
    return html`${hint ? html`<p class="hint" id="${name}-hint">${hint}</p>` : nothing}
      ${error ? html`<p class="error" id="${name}-error">${error}</p>` : nothing}`;
  }

  /** Label, notes and any control with the id of the field. */
  field(name, control) {
    return html`<div class="field" part="field">
      <label class="label" for=${name}>${this.label(name)} ${this.optional(name)}</label>
      ${this.notes(name)}${control}
    </div>`;
  }

  optional(name) {
    return name in this.checks ? nothing : html`<span class="quiet">${this.host.t('form.optional')}</span>`;
  }

  /**
   * A line of text, or with `rows` a box.
   * @param {string} name
   * No `maxlength`: it would cut a pasted letter without a word, where the server says what is too long.
   * @param {{type?: string, rows?: number, autocomplete?: string, inputmode?: string, list?: string, onFocus?: () => void}} [options]
   */
  text(name, {type = 'text', rows, autocomplete, inputmode, list, onFocus} = {}) {
    const value = this.values[name] ?? '';
    const bad = this.errors[name] ? 'true' : nothing;
    const typed = (event) => this.set(name, event.target.value);
    const must = this.checks[name] ? 'true' : nothing;
    return this.field(name, rows
      ? html`<textarea id=${name} name=${name} rows=${rows} .value=${value} aria-invalid=${bad}
          aria-required=${must} aria-describedby=${this.tied(name)} @input=${typed}></textarea>`
      : html`<input id=${name} name=${name} type=${type} .value=${value} aria-invalid=${bad} aria-required=${must}
          aria-describedby=${this.tied(name)} autocomplete=${autocomplete ?? nothing} inputmode=${inputmode ?? nothing}
          list=${list ?? nothing} @input=${typed} @focus=${onFocus || nothing}>`);
  }

  /** @param {{key: string, title: string}[]} choices */
  select(name, choices) {
    const now = this.values[name] ?? '';
    return this.field(name, html`<select id=${name} name=${name} aria-invalid=${this.errors[name] ? 'true' : nothing}
      aria-required=${this.checks[name] ? 'true' : nothing}
      aria-describedby=${this.tied(name)} @change=${(event) => this.set(name, event.target.value)}>
      <option value="" .selected=${!now}>${this.host.t('form.choose')}</option>
      ${choices.map(({key, title}) => html`<option value=${key} .selected=${now === key}>${title}</option>`)}
    </select>`);
  }

  /** @param {{key: string, title: string, help?: unknown}[]} choices */
  radios(name, choices) {
    return html`<fieldset class="field" id=${name} aria-describedby=${this.tied(name)}>
      <legend class="label">${this.label(name)} ${this.optional(name)}</legend>
      ${this.notes(name)}
      ${choices.map(({key, title, help}) => html`<div class="choice">
        <input type="radio" id="${name}-${key}" name=${name} value=${key} .checked=${this.values[name] === key}
          aria-describedby=${help ? `${name}-${key}-help` : nothing} @change=${() => this.set(name, key)}>
        <label for="${name}-${key}">${title}</label>
        ${help ? html`<div class="quiet" id="${name}-${key}-help">${help}</div>` : nothing}
      </div>`)}
    </fieldset>`;
  }

  check(name) {
    return html`<div class="field">${this.notes(name)}<div class="choice">
      <input type="checkbox" id=${name} name=${name} .checked=${!!this.values[name]}
        aria-describedby=${this.tied(name)} @change=${(event) => this.set(name, event.target.checked)}>
      <label for=${name}>${this.label(name)}</label>
    </div></div>`;
  }

  /** A field that no person sees: a program that fills it in is marked, and not told. */
  trap() {
    return html`<div class="unseen" aria-hidden="true"><label>${this.host.t('form.trap')}
      <input name="website" tabindex="-1" autocomplete="off" @input=${(event) => (this.values.website = event.target.value)}></label></div>`;
  }
}
