/** Words and style sheets that libraries of the kit bring along: they arrive as text inside their module, never by a link. */

/** @type {{words: Record<string, any>, sheets: CSSStyleSheet[]}} */
export const shared = {words: {}, sheets: []};

/**
 * A constructed sheet: the one kind of style that a host page with a strict CSP lets into a shadow root.
 * @param {string} css
 */
export function sheet(css) {
  const made = new CSSStyleSheet();
  made.replaceSync(css);
  return made;
}

const provided = new Set();

/**
 * Take in the words and the style sheet of a library, once.
 * @param {string} name
 * @param {{words: object, css: string}} resources
 */
export function provide(name, {words, css}) {
  if (provided.has(name)) return;
  provided.add(name);
  Object.assign(shared.words, words);
  shared.sheets.push(sheet(css));
}
