/** The survey over the page, in a window of its own: what was answered so far stays while it is closed. For `modal` alone. */
import {html} from '../../../../static/kit/kit.js';

/** @param {import('../survey.js').SurveyElement} host */
export function frame(host, inner) {
  return html`<dialog @close=${() => close(host)} aria-label=${host.about.title}>
    <form method="dialog"><button>${host.t('over.close')}</button></form>${inner}</dialog>`;
}

/** @param {import('../survey.js').SurveyElement} host */
export function show(host) {
  host.renderRoot.querySelector('dialog:not([open])')?.showModal();
  host.focusOn('h2');
}

/** The link inside the tag comes back, and with it the focus. */
function close(host) {
  host.renderRoot.adoptedStyleSheets = [];
  host.phase = 'fallback';
  host.emit('closed');
  host.updateComplete.then(() => host.querySelector('a')?.focus());
}
