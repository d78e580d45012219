// What is being written is kept on this device as one types, until it was sent. It goes nowhere else.

const DAYS = 30;

/** The text kept under a key, or "". */
export function kept(key) {
  try {
    const found = JSON.parse(localStorage.getItem(key) ?? "null");
    return found?.text ?? "";
  } catch {
    return "";
  }
}

/** Keep a text under a key; an empty one is forgotten. Answers whether the browser keeps it. */
export function keep(key, text) {
  try {
    if (text) localStorage.setItem(key, JSON.stringify({ text, at: Date.now() }));
    else localStorage.removeItem(key);
    return true;
  } catch {
    return false;
  }
}

export const draftKey = (data, name) => `accord.draft.${data.me}.${data.dispute}.${name}`;

function forgetOld() {
  try {
    for (const key of Object.keys(localStorage).filter((each) => each.startsWith("accord.draft."))) {
      const at = JSON.parse(localStorage.getItem(key) ?? "null")?.at ?? 0;
      if (Date.now() - at > DAYS * 86_400_000) localStorage.removeItem(key);
    }
  } catch {
    // Nothing can be kept here, so nothing is old.
  }
}

function forgetAll() {
  try {
    for (const key of Object.keys(localStorage)) if (key.startsWith("accord.draft.")) localStorage.removeItem(key);
  } catch {
    // Nothing is kept here.
  }
}

const isKept = (field) => field.matches("form[data-drafts] textarea");

export function connectDrafts(page, data) {
  forgetOld();
  const fill = () => {
    for (const field of page.querySelectorAll("form[data-drafts] textarea")) {
      const text = kept(draftKey(data, field.id));
      if (text && !field.value) field.value = text;
    }
  };
  page.addEventListener("input", (event) => {
    if (!isKept(event.target)) return;
    const saved = keep(draftKey(data, event.target.id), event.target.value);
    const note = event.target.closest("form").querySelector(".draft-note");
    if (note) note.textContent = saved && event.target.value ? data.words.draftKept : "";
  });
  // Whoever signs out here leaves nothing behind on this device.
  document.addEventListener("submit", (event) => {
    if (new URL(event.target.action, location.href).pathname === "/signout/") forgetAll();
  });
  // Sent and taken: the answer has no form with errors any more.
  document.addEventListener("htmx:before:swap", (event) => {
    const { ctx } = event.detail;
    const form = ctx.sourceElement?.closest?.("form[data-drafts]");
    if (form && ctx.response?.status < 400) forget(form, data);
  });
  page.addEventListener("accord:taken", (event) => forget(event.target, data));
  document.addEventListener("accord:swapped", fill);
  fill();
  // Sent by the browser itself: the page that comes back says what it has taken.
  const done = page.querySelector(".said.good") || document.querySelector(".messages .success");
  if (done && page.dataset.said === undefined && location.hash) {
    const form = page.querySelector(`${location.hash} form[data-drafts]`);
    if (form) forget(form, data);
  }
}

function forget(form, data) {
  for (const field of form.querySelectorAll("textarea")) {
    keep(draftKey(data, field.id), "");
    field.value = "";
  }
}
