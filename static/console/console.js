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

// Keys of a list: j and k move, x chooses, Enter opens.
const rows = all("[data-rows] tbody tr");
let current = -1;

/** @param {number} index */
function goTo(index) {
  if (!rows.length) return;
  current = Math.max(0, Math.min(rows.length - 1, index));
  for (const [i, row] of rows.entries()) row.classList.toggle("v-current", i === current);
  rows[current].querySelector("a")?.focus({ preventScroll: true });
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
  } else return;
  event.preventDefault();
});
