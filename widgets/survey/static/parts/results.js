/** Results as charts that are tables: every bar stands beside its number. Loaded when somebody asks for them. */
import {html, nothing} from '../../../../static/kit/kit.js';

export class Results {
  /** @param {import('../survey.js').SurveyElement} host */
  constructor(host, found) {
    this.host = host;
    this.found = found;
  }

  t(key, values) {
    return this.host.t(`results.${key}`, values);
  }

  view() {
    const {sheet, questions} = this.found;
    return html`<h2 tabindex="-1">${this.t('title')}</h2>
      <p class="note">${sheet.notice}</p>
      ${questions.map((question) => this.question(question))}
      <dl class="facts">${sheet.lines.map(({label, text}) => html`<dt>${label}</dt><dd>${text}</dd>`)}</dl>
      <button type="button" @click=${() => this.leave()}>${this.t('back')}</button>`;
  }

  leave() {
    this.host.results = undefined;
    this.host.focusOn('h2');
  }

  question({text, n, lines, rows, mean_text: mean, versions_text: versions}) {
    return html`<section class="result"><h3>${text}</h3>${versions ? html`<p class="quiet">${versions}</p>` : nothing}${mean ? html`<p>${mean}</p>` : nothing}
      ${lines ? this.table(text, lines, n) : rows.map((row) => this.table(row.text, row.lines, row.n))}</section>`;
  }

  table(caption, lines, n) {
    const intervals = lines.some(({low}) => low !== undefined);
    return html`<table><caption>${caption} · ${this.t('n', {n})}</caption>
      <thead><tr><th scope="col">${this.t('answer')}</th><th scope="col">${this.t('count')}</th><th scope="col">%${intervals ? html` <span>${this.t('interval')}</span>` : nothing}</th></tr></thead>
      <tbody>${lines.map((line) => this.line(line))}</tbody></table>`;
  }

  line({text, hidden, count, share, share_text: shown, interval, offered_text: offered}) {
    if (hidden) return html`<tr><th scope="row">${text}</th><td colspan="2" class="quiet">${this.t('hidden')}</td></tr>`;
    return html`<tr><th scope="row">${text}
        <svg class="bar" viewBox="0 0 100 8" preserveAspectRatio="none" aria-hidden="true"><rect width="100" height="8" class="track"></rect><rect width=${share} height="8"></rect></svg></th>
      <td>${count}</td><td>${shown}${offered ? html` <span class="quiet">${offered}</span>` : nothing}${interval ? html` <span class="quiet">(${interval})</span>` : nothing}</td></tr>`;
  }
}
