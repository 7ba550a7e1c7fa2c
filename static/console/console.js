/** The console's own script: everything works without it, it makes an eight-hour day shorter. */

/** @param {string} selector @returns {HTMLElement[]} */
const all = (selector) => [...document.querySelectorAll(selector)];

for (const button of all("[data-theme-button]")) {
  button.addEventListener("click", () => document.dispatchEvent(new Event("ventanilla:theme")));
}

for (const button of all("[data-menu]")) {
  button.addEventListener("click", () => {
    const open = button.getAttribute("aria-expanded") !== "true";
    button.setAttribute("aria-expanded", String(open));
    document.body.classList.toggle("v-menu-open", open);
  });
}

// The tool in which one is stays in sight, however long the list of tools.
document.querySelector(".v-nav-list [aria-current]")?.scrollIntoView({ block: "nearest" });

// What an act did, or why a form came back, is where reading goes on: a live region that stands there already when the
// page opens says nothing.
const places = ["[autofocus]", '[aria-invalid="true"]', ".v-flashes .alert"];
const sent = document.body.dataset.drawn === "post";
if (sent) places.push("h1");
// A form that comes back keeps the mark of the skip link in its address: what is wrong with it goes before.
for (const selector of location.hash && !sent ? [] : places) {
  const first = document.querySelector(selector);
  if (!(first instanceof HTMLElement)) continue;
  if (first.tabIndex < 0) first.tabIndex = -1;
  first.focus();
  break;
}

// A filter that is chosen is applied at once.
for (const form of all("[data-filters]")) {
  form.addEventListener("change", (event) => {
    if (event.target instanceof HTMLSelectElement) /** @type {HTMLFormElement} */ (form).requestSubmit();
  });
}

// Choosing from such a list presses the button that stands beside it.
for (const select of all("[data-submit-as]")) {
  select.addEventListener("change", () => {
    const form = /** @type {HTMLSelectElement} */ (select).form;
    const button = form?.querySelector(`button[name="act"][value="${select.dataset.submitAs}"]`);
    if (form && button instanceof HTMLButtonElement) form.requestSubmit(button);
  });
}

// What can't be done stays in reach of the keyboard and does nothing.
document.addEventListener("click", (event) => {
  const target = event.target instanceof Element ? event.target.closest('[aria-disabled="true"]') : null;
  if (target) event.preventDefault();
});

/** A form that is being sent can't be sent twice by a nervous finger. */
document.addEventListener("submit", (event) => {
  const form = /** @type {HTMLFormElement} */ (event.target);
  if (form.method !== "post") return;
  if (form.dataset.sending) {
    event.preventDefault();
    return;
  }
  form.dataset.sending = "true";
  form.setAttribute("aria-busy", "true");
});
addEventListener("pageshow", () => {
  for (const form of all("form[data-sending]")) {
    delete form.dataset.sending;
    form.removeAttribute("aria-busy");
  }
});

// Keys of a list: j and k move, x chooses, Enter opens. Of cards: the letter that a control of the current one names.
const rows = all("[data-rows] tbody tr, [data-cards] > article");
let current = -1;

/** @param {number} index */
function goTo(index) {
  if (!rows.length) return;
  current = Math.max(0, Math.min(rows.length - 1, index));
  for (const [i, row] of rows.entries()) row.classList.toggle("v-current", i === current);
  const place = rows[current].matches("article") ? rows[current] : rows[current].querySelector("a");
  place?.focus({ preventScroll: true });
  rows[current].scrollIntoView({ block: "nearest" });
}

document.addEventListener("keydown", (event) => {
  const typing = event.target instanceof Element && event.target.closest("input:not([type=checkbox]), textarea, select, dialog");
  if (typing || event.ctrlKey || event.metaKey || event.altKey || !rows.length) return;
  if (event.key === "j") goTo(current + 1);
  else if (event.key === "k") goTo(current - 1);
  else if (event.key === "x" && current >= 0) {
    const box = rows[current].querySelector("input[type=checkbox]");
    if (box instanceof HTMLInputElement) box.click();
  } else {
    const control = /^[a-z]$/.test(event.key) && rows[current]?.querySelector(`[data-key="${event.key}"]`);
    if (control instanceof HTMLButtonElement) control.click();
    else if (control instanceof HTMLElement) control.focus();
    else return;
  }
  event.preventDefault();
});

// Choosing many: the bar shows itself when something is chosen.
for (const bar of all("[data-bulk]")) {
  const boxes = /** @type {HTMLInputElement[]} */ (all('input[name="case"]'));
  const whole = /** @type {HTMLInputElement | null} */ (document.querySelector("[data-all]"));
  const count = bar.querySelector("[data-bulk-count]");
  const show = () => {
    const chosen = boxes.filter((box) => box.checked).length;
    bar.classList.toggle("v-bulk-some", chosen > 0);
    if (count) count.textContent = String(chosen);
    if (whole) {
      whole.checked = chosen === boxes.length;
      whole.indeterminate = chosen > 0 && chosen < boxes.length;
    }
  };
  whole?.addEventListener("change", () => {
    for (const box of boxes) box.checked = whole.checked;
    show();
  });
  for (const box of boxes) box.addEventListener("change", show);
  show();
}

/**
 * A box over a list of what the server finds for its words: arrows choose, Enter or a click takes.
 * @param {HTMLInputElement} input
 * @param {HTMLElement} list
 * @param {string} url
 * @param {(entry: {title: string, hint: string, url: string} | undefined) => void} take   undefined: Enter with nothing found
 * @param {(count: number) => void} [told]
 */
function finder(input, list, url, take, told) {
  /** @type {{title: string, hint: string, url: string}[]} */
  let entries = [];
  let chosen = 0;
  /** @type {AbortController | null} */
  let asking = null;

  const draw = () => {
    list.replaceChildren(
      ...entries.map((entry, index) => {
        const item = document.createElement("li");
        item.role = "option";
        item.id = `${list.id}-${index}`;
        item.setAttribute("aria-selected", String(index === chosen));
        item.append(entry.title);
        const hint = document.createElement("div");
        hint.className = "form-hint";
        hint.textContent = entry.hint;
        item.append(hint);
        item.addEventListener("click", () => take(entry));
        return item;
      }),
    );
    if (entries.length) input.setAttribute("aria-activedescendant", `${list.id}-${chosen}`);
    else input.removeAttribute("aria-activedescendant");
    list.children[chosen]?.scrollIntoView({ block: "nearest" });
  };

  const ask = async () => {
    asking?.abort();
    asking = new AbortController();
    try {
      const answer = await fetch(`${url}?q=${encodeURIComponent(input.value)}`, {
        signal: asking.signal,
        headers: { Accept: "application/json" },
      });
      if (!answer.ok) return;
      entries = await answer.json();
      chosen = 0;
      draw();
      told?.(entries.length);
    } catch {
      // Typed on before the answer came, or the network is away: what a person can do without the list stays in reach.
    }
  };

  input.addEventListener("input", ask);
  input.addEventListener("keydown", (event) => {
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      chosen = (chosen + (event.key === "ArrowDown" ? 1 : -1) + entries.length) % Math.max(entries.length, 1);
      draw();
    } else if (event.key === "Enter") {
      event.preventDefault();
      take(entries[chosen]);
    }
  });
  return ask;
}

/** The palette: Ctrl K, then a radicado, a name, a subject or a page. */
const palette = document.getElementById("v-palette");
if (palette instanceof HTMLDialogElement && document.body.dataset.palette) {
  const input = /** @type {HTMLInputElement} */ (document.getElementById("v-palette-q"));
  const list = /** @type {HTMLElement} */ (document.getElementById("v-palette-list"));
  const ask = finder(input, list, document.body.dataset.palette, (entry) => {
    const typed = input.value.trim();
    // A whole radicado goes straight to its case, even before the list has come.
    if (/^\S*\d-\S*\d$/.test(typed) || !entry) location.assign(`${document.body.dataset.find}?q=${encodeURIComponent(typed)}`);
    else location.assign(entry.url);
  });
  document.addEventListener("keydown", (event) => {
    if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k") {
      event.preventDefault();
      palette.showModal();
      input.value = "";
      input.focus();
      ask();
    }
  });
}

// What a text can cite: found by its words, and put as a link where the person was writing.
for (const button of all("[data-cite]")) {
  const dialog = document.getElementById(button.dataset.cite || "");
  const text = document.getElementById(button.dataset.into || "");
  const input = dialog?.querySelector("input");
  const list = dialog?.querySelector("ul");
  const none = dialog?.querySelector("[data-none]");
  if (!(dialog instanceof HTMLDialogElement && text instanceof HTMLTextAreaElement && input && list)) continue;
  const put = (/** @type {{title: string, url: string} | undefined} */ entry) => {
    if (!entry) return;
    dialog.close();
    text.focus();
    // Brackets of a title would end the link's own.
    text.setRangeText(`[${entry.title.replace(/[[\]\\]/g, " ").trim()}](${entry.url}) `, text.selectionStart, text.selectionEnd, "end");
    text.dispatchEvent(new Event("input", { bubbles: true }));
  };
  finder(input, list, dialog.dataset.url || "", put, (count) => {
    if (none instanceof HTMLElement) none.hidden = count > 0 || !input.value.trim();
  });
  button.hidden = false;
  button.addEventListener("click", () => {
    input.value = "";
    list.replaceChildren();
    dialog.showModal();
    input.focus();
  });
}

// A part in which something is being made is looked at again until it is made; a link does the same without script.
for (const part of all("[data-watch]")) {
  const look = async () => {
    if (!document.hidden) {
      try {
        const answer = await fetch(location.href, { headers: { Accept: "text/html" } });
        const page = new DOMParser().parseFromString(await answer.text(), "text/html");
        const fresh = answer.ok && page.getElementById(part.id);
        if (!fresh) return;
        // Who stands in it with the keyboard is not thrown out of it.
        if (!part.contains(document.activeElement)) part.replaceChildren(...fresh.childNodes);
        if (!("watch" in fresh.dataset) && !part.contains(document.activeElement)) return;
      } catch {
        // The network is away: the next look may find it again.
      }
    }
    setTimeout(look, Number(part.dataset.watch));
  };
  setTimeout(look, Number(part.dataset.watch));
}
