/** The form of Resolución 1519 de 2020 (anexo 2, 2.4.3) in four steps, and what of it is sent. */
import {html, nothing} from '../../../static/kit/kit.js';

/** True: nothing can be filed without it. False: the law asks for it, and its lack is said but stops nothing. */
export const CHECKS = {
  kind: true, subject: true, body: false,
  identity: false, person_type: false, name: false, document_type: false, document_number: false, represented_name: false,
  answer_channel: false, email: false, address: false,
};

export const START = {identity: 'identified', person_type: 'person', answer_channel: 'electronic', country: 'Colombia'};

const REQUEST = ['kind', 'identity', 'subject', 'body', 'office'];

/** What is sent: of an anonymous person nothing but the request itself, whatever was typed before. */
export function body(values, {facts, files, municipalities}) {
  const told = {notice_version: facts.notice?.version, failed_files: files.failed};
  if (values.identity === 'anonymous') {
    return {...Object.fromEntries(REQUEST.filter((name) => name in values).map((name) => [name, values[name]])), ...told};
  }
  const sent = {...values, ...told};
  // A place that is not in the list is no reason to refuse: it goes with the address.
  const place = municipalities?.find(({text}) => text === values.municipality);
  if (place) sent.municipality = place.code;
  else if (values.municipality) {
    sent.address = [values.address, values.municipality].filter(Boolean).join(', ');
    delete sent.municipality;
  }
  if (values.person_type !== 'representative') {
    delete sent.represented_name;
    delete sent.represented_document;
  }
  const about = Object.entries(values).filter(([name]) => name.startsWith('about_'));
  for (const [name] of about) delete sent[name];
  if (about.length && values.characterisation_consent) sent.characterisation = Object.fromEntries(about.map(([name, value]) => [name.slice(6), value]));
  return sent;
}

/** @param {import('./pqr.js').PqrElement} host */
export function sections(host) {
  const {facts, form, files} = host;
  const anonymous = form.values.identity === 'anonymous';
  const section = (key, fields, view) => ({key, title: host.t(`steps.${key}`), fields, view});
  const list = [
    section('kind', ['kind'], () => form.radios('kind', facts.kinds.map(({key, title, help, example, days}) => ({
      key,
      title,
      help: html`${help} <i>${host.t('example', {example})}</i> ${host.t('days', {n: days})}`,
    })))),
    section('request', ['subject', 'body', 'office'], () => html`
      ${form.text('subject')}${form.text('body', {rows: 8})}
      ${facts.offices.length ? form.select('office', facts.offices.map(({code, name}) => ({key: code, title: name}))) : nothing}
      ${files.view()}`),
    section('who', ['identity', 'person_type', 'user_class', 'name', 'document_type', 'document_number', 'account', 'represented_name', 'represented_document'],
      () => html`${form.radios('identity', ['identified', 'reserved', 'anonymous'].map((key) => ({
        key,
        title: host.t(`identities.${key}`),
        help: form.values.identity === key && {reserved: facts.reserved_help, anonymous: facts.anonymous_conditions}[key],
      })))}
      ${anonymous ? nothing : person(host)}`),
  ];
  if (!anonymous) list.push(section('answer', ['answer_channel', 'electronic_consent', 'email', 'phone', 'address', 'neighbourhood', 'municipality', 'country'], () => answer(host)));
  return list;
}

function person({form, facts}) {
  return html`${form.select('person_type', facts.person_types)}
    ${facts.user_classes?.length ? form.select('user_class', facts.user_classes) : nothing}
    ${form.text('name', {autocomplete: 'name'})}
    ${form.select('document_type', facts.document_types)}
    ${form.text('document_number', {autocomplete: 'off'})}
    ${facts.account ? form.text('account', {autocomplete: 'off'}) : nothing}
    ${form.values.person_type === 'representative' ? html`${form.text('represented_name')}${form.text('represented_document')}` : nothing}`;
}

function answer(host) {
  const {form, municipalities = []} = host;
  const channel = form.values.answer_channel;
  return html`${form.radios('answer_channel', ['electronic', 'postal', 'in_person'].map((key) => ({key, title: host.t(`channels.${key}`)})))}
    ${channel === 'electronic' ? form.check('electronic_consent') : nothing}
    ${form.text('email', {type: 'email', autocomplete: 'email', inputmode: 'email'})}
    ${form.text('phone', {type: 'tel', autocomplete: 'tel', inputmode: 'tel'})}
    ${form.text('address', {autocomplete: 'street-address'})}
    ${form.text('neighbourhood')}
    ${form.text('municipality', {list: 'places', onFocus: () => host.places(), autocomplete: 'off'})}
    <datalist id="places">${municipalities.map(({text}) => html`<option value=${text}></option>`)}</datalist>
    ${form.text('country', {autocomplete: 'country-name'})}
    <details @toggle=${() => host.questions()}><summary>${host.t('voluntary')}</summary>
      <div class="stack">${host.asked?.(host)}</div></details>`;
}
