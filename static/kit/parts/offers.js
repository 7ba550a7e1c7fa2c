/** What is offered when an act ends: a survey after a chat. It opens over the page, by its tag; without script in its page. */
import {html, nothing} from '../kit.js';

/** Put the tag into the page, open it, and take it away when it is closed. */
async function open({widget, key, url}) {
  try {
    await window.ventanilla.load(widget);
    const element = document.createElement(`ventanilla-${widget}`);
    element.setAttribute(widget, key);
    element.setAttribute('modal', '');
    element.addEventListener(`ventanilla-${widget}:closed`, () => element.remove());
    document.body.append(element);
    await element.open();
  } catch {
    window.open(url);
  }
}

/**
 * @param {{widget: string, key: string, title: string, url: string}[]} list
 * @param {{title: string}} words
 */
export function offered(list, words) {
  if (!list?.length) return nothing;
  return html`<section class="stack"><h3>${words.title}</h3>${list.map((one) => html`<p><a href=${one.url} @click=${(event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
    event.preventDefault();
    open(one);
  }}>${one.title}</a></p>`)}</section>`;
}
