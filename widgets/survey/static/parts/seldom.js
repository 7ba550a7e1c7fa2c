/** Several answers, one of one's own words, matrix, ranking, file and scales. Loaded when one of them comes into view. */
import {html, nothing} from '../../../../static/kit/kit.js';
import {Files} from '../../../../static/kit/files.js';

const LIMITS = {file_bytes: 10485760, files: 3};

export class Seldom {
  /** @param {import('../sheet.js').Sheet} sheet */
  constructor(sheet) {
    this.sheet = sheet;
    this.host = sheet.host;
  }

  frame({key}, inner) {
    const {sheet} = this;
    return html`<fieldset class="field wide" id=${key} aria-describedby=${sheet.tied(key)}>
      <legend class="label">${sheet.label(key)} ${sheet.optional(key)}</legend>${sheet.notes(key)}${inner}</fieldset>`;
  }

  /** One of the options, or one of one's own. */
  single(question) {
    return this.which(question, this.sheet.radios(question.key, this.sheet.options(question)));
  }

  multiple(question) {
    const {sheet} = this;
    const {key, most} = question;
    const picked = sheet.values[key] || [];
    const tick = (name, on) => sheet.set(key, on ? [...picked, name] : picked.filter((one) => one !== name));
    return this.which(question, html`<fieldset class="field" id=${key} aria-describedby=${sheet.tied(key)}>
      <legend class="label">${sheet.label(key)} ${sheet.optional(key)}</legend>${sheet.notes(key)}
      ${sheet.options(question).map(({key: name, title}) => html`<div class="choice">
        <input type="checkbox" id="${key}-${name}" .checked=${picked.includes(name)} ?disabled=${most && picked.length >= most && !picked.includes(name)}
          @change=${(event) => tick(name, event.target.checked)}>
        <label for="${key}-${name}">${title}</label></div>`)}
    </fieldset>`);
  }

  which({key, kind, other}, drawn) {
    const {sheet} = this;
    const name = `${key}_other`;
    return html`<div class="question ${kind}">${drawn}${other && [].concat(sheet.values[key] ?? []).includes('other') ? html`
      <div class="field"><label class="label" for=${name}>${this.host.t('seldom.other-which')}</label>
        <input id=${name} maxlength="300" .value=${sheet.values[name] ?? ''} @input=${(event) => sheet.set(name, event.target.value)}></div>` : nothing}</div>`;
  }

  points({key, kind}, low, high, title) {
    const points = Array.from({length: high - low + 1}, (_, place) => low + place);
    return html`<div class="question ${kind}">${this.sheet.radios(key, points.map((point) => ({key: String(point), title: title(point)})))}</div>`;
  }

  /** Agreement, satisfaction, frequency, quality: their words come with this part. */
  likert(question) {
    const words = this.host.constructor.words.seldom.likert[question.labels];
    return this.points(question, 1, 5, (point) => question.words?.[point] || words[point - 1]);
  }

  scale(question) {
    return this.points(question, 0, 10, String);
  }

  stars(question) {
    return this.points(question, 1, 5, (n) => question.words?.[n] || this.host.t('seldom.star', {n}));
  }

  /** Each row is a group of its own: a table of radios is read cell by cell, and does not fit a telephone. */
  matrix(question) {
    const {sheet} = this;
    const given = sheet.values[question.key] || {};
    const columns = sheet.options(question);
    return this.frame(question, question.rows.map((row) => html`<fieldset class="line"><legend>${row.text}</legend><div class="cells">
      ${columns.map(({key, title}) => {
        const id = `${question.key}-${row.key}-${key}`;
        return html`<div class="choice"><input type="radio" id=${id} name="${question.key}-${row.key}" .checked=${given[row.key] === key}
          @change=${() => sheet.set(question.key, {...given, [row.key]: key})}><label for=${id}>${title}</label></div>`;
      })}</div></fieldset>`));
  }

  ranking(question) {
    const {host, sheet} = this;
    const {key} = question;
    const options = sheet.options(question);
    const chosen = sheet.values[key] || [];
    const named = (name) => options.find((one) => one.key === name)?.title;
    const left = options.filter((one) => !chosen.includes(one.key));
    const put = (order, name) => {
      sheet.set(key, order);
      const n = order.indexOf(name) + 1;
      host.announce(n ? host.t('seldom.rank-moved', {what: named(name), n, total: order.length}) : named(name));
      host.focusOn(n ? `#${key}-up-${name}` : `#${key}-add-${name}`);
    };
    const move = (place, step) => {
      const order = [...chosen];
      const [name] = order.splice(place, 1);
      order.splice(Math.max(0, place + step), 0, name);
      put(order, name);
    };
    return this.frame(question, html`
      ${chosen.length ? html`<h4 id="${key}-chosen">${host.t('seldom.rank-chosen')}</h4><ol aria-labelledby="${key}-chosen">${chosen.map((name, place) => html`<li><span>${named(name)}</span>
        <button type="button" id="${key}-up-${name}" aria-label=${host.t('seldom.rank-up', {what: named(name)})} @click=${() => move(place, -1)}>↑</button>
        <button type="button" aria-label=${host.t('seldom.rank-down', {what: named(name)})} @click=${() => move(place, 1)}>↓</button>
        <button type="button" aria-label=${host.t('seldom.rank-remove', {what: named(name)})} @click=${() => put(chosen.filter((one) => one !== name), name)}>×</button></li>`)}</ol>` : nothing}
      ${left.length ? html`<h4>${host.t('seldom.rank-left')}</h4><div class="row">${left.map((one) => html`
        <button type="button" id="${key}-add-${one.key}" aria-label=${host.t('seldom.rank-add', {what: one.title})} @click=${() => put([...chosen, one.key], one.key)}>${one.title}</button>`)}</div>` : nothing}`);
  }

  file(question) {
    const {sheet, host} = this;
    sheet.files ||= new Files(host, LIMITS);
    sheet.fileKey = question.key;
    return html`<div class="question" id=${question.key}><p class="label">${sheet.label(question.key)}</p>${sheet.notes(question.key)}${sheet.files.view()}</div>`;
  }
}
