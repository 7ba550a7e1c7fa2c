/** Addresses in a text become links, and nothing else of it becomes anything: only http and https, in a new tab. */
import {html} from '../../../static/kit/kit.js';

const ADDRESS = /\bhttps?:\/\/[^\s<>"'`]+/gi;

/**
 * @param {string} text
 * @returns {unknown[]} texts and links
 */
export function linked(text) {
  const parts = [];
  let from = 0;
  for (const found of text.matchAll(ADDRESS)) {
    // A full stop or a bracket at the end belongs to the sentence.
    const address = found[0].replace(/[.,;:!?)\]}»”]+$/, '');
    if (!URL.canParse(address)) continue;
    parts.push(text.slice(from, found.index), html`<a href=${address} target="_blank" rel="noopener noreferrer nofollow ugc">${address}</a>`);
    from = found.index + address.length;
  }
  parts.push(text.slice(from));
  return parts;
}
