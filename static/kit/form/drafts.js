/** Keeps what a person typed on this device, and nowhere else, until it is filed. Nothing is read or kept before they type. */

const WAIT_MS = 400;
const KEPT_MS = 7 * 864e5; // A shared computer should not offer last month's letter.

/** A browser may forbid storage altogether: then there is no draft, and nothing else changes. */
function storage(act) {
  try {
    return act(window.localStorage);
  } catch {
    return null;
  }
}

export class Draft {
  constructor(name) {
    this.name = `ventanilla:${window.ventanilla.site}:${name}`;
  }

  /** @returns {{at: number, values: object, key?: string, sent?: string} | null} */
  find() {
    const kept = storage((store) => JSON.parse(store.getItem(this.name)));
    if (kept && Date.now() - kept.at < KEPT_MS) return kept;
    this.drop();
    return null;
  }

  /** Keep this soon; many calls, one write. */
  save(data) {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => storage((store) => store.setItem(this.name, JSON.stringify({at: Date.now(), ...data}))), WAIT_MS);
  }

  drop() {
    clearTimeout(this.timer);
    storage((store) => store.removeItem(this.name));
  }
}
