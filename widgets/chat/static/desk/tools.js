/** Beside a conversation: the scripts of the protocol in one click, and the frequent questions with the search. */
import {el} from './base.js';

/** Words in braces, filled with what belongs to the conversation. */
export function filled(text, card, known, now) {
  const hour = Number(new Intl.DateTimeFormat('en-GB', {hour: 'numeric', hour12: false, timeZone: 'America/Bogota'}).format(now));
  const part = hour < 12 ? 'morning' : hour < 19 ? 'afternoon' : 'night';
  const values = {name: card.name, adviser: known.adviser, office: card.office, hour: known.hours[part]};
  return text.replace(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole);
}

export class Tools {
  constructor(talk) {
    Object.assign(this, {talk, desk: talk.desk, t: talk.t});
    const id = (name) => `tool-${name}-${talk.id}`;
    this.panes = {scripts: this.scripts(), faq: this.faq()};
    this.tabs = el('div', {class: 'chat-tabs', role: 'tablist', 'aria-label': this.t('tools')});
    for (const [name, pane] of Object.entries(this.panes)) {
      const tab = el('button', {type: 'button', class: 'btn btn-sm', role: 'tab', id: id(name), 'aria-controls': `${id(name)}-pane`}, this.t(name));
      Object.entries({id: `${id(name)}-pane`, role: 'tabpanel', 'aria-labelledby': id(name)}).forEach(([key, value]) => pane.setAttribute(key, value));
      tab.addEventListener('click', () => this.choose(name));
      tab.addEventListener('keydown', (event) => {
        if (!['ArrowLeft', 'ArrowRight'].includes(event.key)) return;
        const other = name === 'scripts' ? 'faq' : 'scripts';
        this.choose(other);
        this.tabs.querySelector(`#${id(other)}`).focus();
      });
      this.tabs.append(tab);
    }
    this.node = el('section', {class: 'chat-tools', 'aria-label': this.t('tools')}, this.tabs, ...Object.values(this.panes));
    this.choose('scripts');
  }

  choose(chosen) {
    Object.entries(this.panes).forEach(([name, pane], place) => {
      pane.hidden = name !== chosen;
      this.tabs.children[place].setAttribute('aria-selected', String(name === chosen));
      this.tabs.children[place].tabIndex = name === chosen ? 0 : -1;
    });
    if (chosen === 'faq' && !this.looked) this.look('');
  }

  /** Exact words, so one click sends them; what must be changed first goes into the message. */
  scripts() {
    const {t, talk} = this;
    const list = el('ul', {class: 'chat-scripts'});
    for (const script of this.desk.known.scripts) {
      const text = () => talk.words(script);
      const send = el('button', {type: 'button', class: 'chat-script', title: `/${script.shortcut}`}, text());
      send.addEventListener('click', () => talk.sendText(text()));
      const edit = el('button', {type: 'button', class: 'btn btn-link btn-sm', 'aria-label': `${t('script_edit')}: ${text()}`}, t('script_edit'));
      edit.addEventListener('click', () => talk.insertText(text()));
      list.append(el('li', {}, send, edit));
    }
    return el('div', {}, el('p', {class: 'form-hint'}, t('scripts_help')), list);
  }

  faq() {
    const {t, talk} = this;
    const id = `faq-${talk.id}`;
    const box = el('input', {class: 'form-control', type: 'search', id, maxlength: 200});
    this.found = el('ul', {class: 'chat-faqs'});
    this.said = el('p', {class: 'form-hint', role: 'status'});
    box.addEventListener('input', () => {
      clearTimeout(this.soon);
      this.soon = setTimeout(() => this.look(box.value.trim()), 250);
    });
    return el('div', {}, el('label', {class: 'form-label', for: id}, t('faq_search')), box, this.said, this.found);
  }

  async look(text) {
    const {t, talk, desk} = this;
    this.looked = true;
    this.asked = text;
    const answer = await fetch(`${desk.known.root}/help.json?${new URLSearchParams({q: text, lang: talk.card.lang})}`).catch(() => null);
    if (!answer?.ok || this.asked !== text) return;
    const {answers} = await answer.json();
    this.said.textContent = answers.length ? '' : t('faq_none');
    this.found.replaceChildren(...answers.map(({title, text: words, url, kind}) => {
      const button = (label, act) => {
        const made = el('button', {type: 'button', class: 'btn btn-sm'}, t(label));
        made.addEventListener('click', act);
        return made;
      };
      return el('li', {}, el('details', {}, el('summary', {}, title), el('p', {class: 'chat-text'}, words),
        el('div', {class: 'chat-row'}, ...(kind === 'faq' ? [button('faq_use', () => talk.insertText(words))] : []), button('faq_link', () => talk.insertText(`${title}: ${url}`)))));
    }));
  }
}
