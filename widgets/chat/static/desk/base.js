/** Small things that the desk is drawn with: elements without markup, words, requests, spans of time. */

/**
 * Make an element; null attributes are left out, texts stay texts.
 * @param {string} tag
 * @param {Record<string, unknown>} attributes
 * @param {...(Node | string)} inside
 */
export function el(tag, attributes = {}, ...inside) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) if (value !== null && value !== undefined) made.setAttribute(name, String(value));
  made.append(...inside.filter((one) => one !== null && one !== undefined));
  return made;
}

/** @param {object} catalogue */
export const words = (catalogue) => (key, values = {}) => {
  const text = key.split('.').reduce((level, name) => level?.[name], catalogue);
  return typeof text === 'string' ? text.replace(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole) : key;
};

export const randomId = () => Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join('');

/** Post JSON with the console's own token; an error carries the server's words. */
export async function send(path, body, csrf) {
  const answer = await fetch(path, {
    method: 'POST', headers: {'Content-Type': 'application/json', 'X-CSRFToken': csrf, Accept: 'application/json'}, body: JSON.stringify(body),
  });
  const said = await answer.json().catch(() => ({}));
  if (!answer.ok || answer.redirected) throw new Error(said.error?.message || String(answer.status));
  return said;
}

/** "3 min" since a moment. */
export function since(t, at, now) {
  const seconds = Math.max(0, Math.round((now - Date.parse(at)) / 1000));
  return seconds < 60 ? t('seconds', {n: seconds}) : t('minutes', {n: Math.floor(seconds / 60)});
}

// A host's address becomes a link, the rest stays text.
export function linked(text) {
  const parts = [];
  let from = 0;
  for (const found of text.matchAll(/\bhttps?:\/\/[^\s<>"'`]+/gi)) {
    const address = found[0].replace(/[.,;:!?)\]}»”]+$/, '');
    if (!URL.canParse(address)) continue;
    parts.push(text.slice(from, found.index), el('a', {href: address, target: '_blank', rel: 'noopener noreferrer'}, address));
    from = found.index + address.length;
  }
  parts.push(text.slice(from));
  return parts;
}
