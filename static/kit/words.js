/** Finds a text in the catalogue of one language and puts the values in. */

/**
 * Return the text at a dotted key, or undefined. `{"one": …, "other": …}` is chosen by `values.n`.
 * @param {any} words
 * @param {string} key
 * @param {Record<string, any>} [values]
 * @returns {string | undefined}
 */
export function translate(words, key, values = {}) {
  let text = key.split('.').reduce((level, name) => level?.[name], words);
  if (text && text.other) text = values.n === 1 ? text.one : text.other;
  return typeof text === 'string' ? text.replace(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole) : undefined;
}
