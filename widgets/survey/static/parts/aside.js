/** What few pages show: the list of surveys, one that is not open, the record of what was decided, and the words that ask for a code. */
import {html, nothing} from '../../../../static/kit/kit.js';
import {fullMoment} from '../../../../static/kit/dates.js';

/** @typedef {import('../survey.js').SurveyElement} Host */

/** @param {Host} host */
export function list(host) {
  const {surveys = []} = host.options;
  if (!surveys.length) return html`<p>${host.t('aside.none')}</p>`;
  return html`<h3>${host.t('aside.choose')}</h3><ul class="bare">${surveys.map(({key, title}) => html`<li>
    <button type="button" @click=${() => host.choose(key)}>${title}</button></li>`)}</ul>`;
}

/** The questions in another language: the choice stands above them, and what was answered stays. @param {Host} host */
export function languages(host, {key, lang, languages: listed}) {
  const own = window.ventanilla.lang;
  const all = [{code: own, name: {es: 'Español', en: 'English'}[own]}, ...listed];
  return html`<div class="field"><label class="label" for="language">${host.t('aside.language')}</label>
    <select id="language" @change=${(event) => host.choose(key, event.target.value)}>${all.map(({code, name}) => html`
      <option value=${code} lang=${code} .selected=${code === lang}>${name}</option>`)}</select></div>`;
}

/** @param {Host} host */
export function shut(host, {opens_at: opens, results, record: decided}) {
  const early = opens && new Date(opens) > new Date();
  return html`<p class="note">${early ? host.t('aside.not-yet', {when: fullMoment(opens)}) : host.t('aside.closed')}</p>
    ${results ? host.seeResults() : nothing}${decided ? nothing : html`<p><button type="button" class="link" @click=${() => host.part('follow').then(({follow}) => follow(host), () => host.announce(host.t('form.failure.offline')))}>${host.t('aside.follow')}</button></p>`}`;
}

/** @param {Host} host */
export function record(host, {summary, themes}) {
  const t = (key) => host.t(`aside.record.${key}`);
  const on = (date) => date ? ` (${date})` : '';
  return html`<section class="note good stack"><h3>${t('title')}</h3>${summary ? html`<p>${summary}</p>` : nothing}
    ${themes.map((theme) => html`<h4>${theme.title}: ${theme.state_text}${on(theme.decided_text)}</h4><dl class="facts">
      ${theme.said ? html`<dt>${t('said')}</dt><dd>${theme.said}</dd>` : nothing}
      <dt>${t('decided')}</dt><dd>${theme.answer}</dd>
      ${theme.reason ? html`<dt>${t('reason')}</dt><dd>${theme.reason}</dd>` : nothing}
      ${theme.office ? html`<dt>${t('office')}</dt><dd>${theme.office}</dd>` : nothing}
      <dt>${t('did')}</dt><dd>${theme.done || t('pending')}${on(theme.done_text)}${theme.done_url ? html` <a href=${theme.done_url}>${t('document')}</a>` : nothing}</dd>
    </dl>`)}</section>`;
}
