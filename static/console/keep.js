/**
 * What an official types is kept on this device until it was sent: neither a session that ends nor a server that
 * restarts loses it. A form with `data-keep="answer-7"` takes part; the key holds who types, so that nobody else who
 * signs in here is shown it. It goes when it was sent, at sign-out, and after twelve hours.
 */
const LONGEST_MS = 12 * 3600 * 1000;
const { me, site = "", drawn, kept: says, keptDiscard: discards, ended, endedLink } = document.body.dataset;
const PREFIX = "ventanilla-kept:";
const SENT = "ventanilla-sent";

/** @returns {string[]} */
const keys = () => Object.keys(localStorage).filter((key) => key.startsWith(PREFIX));

/** @param {string} key @returns {{at: number, fields: Record<string, string>} | null} */
function read(key) {
  try {
    return JSON.parse(localStorage.getItem(key) ?? "null");
  } catch {
    return null;
  }
}

/** @param {HTMLFormElement} form @returns {(HTMLInputElement | HTMLTextAreaElement)[]} */
const typed = (form) => [...form.querySelectorAll('textarea[name], input[type="text"][name]')];

/** @param {HTMLFormElement} form */
const keyOf = (form) => `${PREFIX}${me}:${site}:${form.dataset.keep}`;

/** @param {HTMLFormElement} form */
function save(form) {
  const fields = Object.fromEntries(typed(form).map((field) => [field.name, field.value]));
  try {
    localStorage.setItem(keyOf(form), JSON.stringify({ at: Date.now(), fields }));
  } catch {
    // No room on the device: the page itself still holds the text.
  }
}

/** @param {HTMLFormElement} form @returns {boolean} whether anything was put back */
function putBack(form) {
  const kept = read(keyOf(form));
  if (!kept) return false;
  const changed = typed(form).filter((field) => kept.fields[field.name] && kept.fields[field.name] !== field.value);
  for (const field of changed) {
    field.value = kept.fields[field.name];
    field.dispatchEvent(new Event("input", { bubbles: true }));
  }
  return changed.length > 0;
}

/** @param {HTMLFormElement} form */
function tell(form) {
  const box = document.createElement("div");
  box.className = "alert v-kept";
  box.setAttribute("role", "status");
  const text = document.createElement("span");
  text.textContent = says ?? "";
  const button = document.createElement("button");
  button.type = "button";
  button.className = "btn btn-sm";
  button.textContent = discards ?? "";
  button.addEventListener("click", () => {
    localStorage.removeItem(keyOf(form));
    form.reset();
    box.remove();
    typed(form)[0]?.focus();
  });
  box.append(text, button);
  (form.querySelector(":scope > .card-body") ?? form).prepend(box);
  form.closest("details")?.setAttribute("open", "");
}

if (me) {
  for (const key of keys()) {
    if (!(Date.now() - (read(key)?.at ?? 0) < LONGEST_MS)) localStorage.removeItem(key);
  }
  const sent = sessionStorage.getItem(SENT);
  sessionStorage.removeItem(SENT);
  if (sent && document.querySelector(".v-flashes .alert-success")) localStorage.removeItem(sent);

  for (const form of /** @type {NodeListOf<HTMLFormElement>} */ (document.querySelectorAll("form[data-keep]"))) {
    if (!typed(form).length) {
      form.addEventListener("submit", () => sessionStorage.setItem(SENT, keyOf(form)));
      continue;
    }
    // A page that answers a form holds what was typed already, or what the person asked to put in its place.
    if (drawn === "get") {
      if (putBack(form)) tell(form);
    } else if (read(keyOf(form))) save(form);
    let timer = 0;
    form.addEventListener("input", (event) => {
      // Only what a person types; what this script puts back is kept already.
      if (!event.isTrusted) return;
      clearTimeout(timer);
      timer = setTimeout(save, 250, form);
    });
    form.addEventListener("submit", () => {
      clearTimeout(timer);
      if (typed(form).some((field) => field.value !== field.defaultValue)) save(form);
      sessionStorage.setItem(SENT, keyOf(form));
    });
  }

  document.addEventListener("submit", (event) => {
    const form = /** @type {HTMLFormElement} */ (event.target);
    if (!form.action.endsWith("/logout")) return;
    for (const key of keys()) if (key.startsWith(`${PREFIX}${me}:`)) localStorage.removeItem(key);
  });
}

/** The session has ended under a page that still asks: say so once, and where to come in without losing this page. */
document.addEventListener("htmx:responseError", (event) => {
  const { xhr } = /** @type {CustomEvent} */ (event).detail;
  if (xhr.status !== 401 || document.querySelector(".v-ended")) return;
  const box = document.createElement("div");
  box.className = "alert alert-warning v-ended";
  box.setAttribute("role", "alert");
  const text = document.createElement("span");
  text.textContent = ended ?? "";
  const link = document.createElement("a");
  link.href = "/console/";
  link.target = "_blank";
  link.textContent = endedLink ?? "";
  box.append(text, link);
  document.querySelector(".v-head")?.after(box);
});
