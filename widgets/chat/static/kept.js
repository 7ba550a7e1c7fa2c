/**
 * The one thing that a browser keeps of a conversation, and only once it has begun: by what it is opened again after a
 * reload or on another page of the host, and what was written and is not yet sent or acknowledged.
 *
 * @typedef {{key: string, secret: string, open: boolean, draft?: string,
 *   pending: {id: string, kind: string, body?: string}[]}} Kept
 */
const name = () => `ventanilla-chat:${window.ventanilla.site}`;

/** @returns {Kept | null} */
export function kept() {
  try {
    return JSON.parse(localStorage.getItem(name()));
  } catch {
    return null;
  }
}

/** @param {Partial<Kept> | null} change what is new, or null to forget all */
export function keep(change) {
  try {
    if (change) localStorage.setItem(name(), JSON.stringify({...kept(), ...change}));
    else localStorage.removeItem(name());
  } catch { /* A browser that keeps nothing still talks, until the page is left. */ }
}
