// What every page does: the menu of small screens, colours, the line that shows work, short messages, htmx's token.
// Other modules import from here: import { csrfToken, toast, openDialog } from "./site.js".

const root = document.documentElement;

/** The token that goes with every change: header X-CSRFToken of a fetch, or field csrfmiddlewaretoken of a form. */
export function csrfToken() {
  return document.querySelector('meta[name="csrf-token"]')?.content ?? "";
}

/** A short message in the corner, read aloud politely. `kind` is "", "good" or "bad"; bad ones stay until closed. */
export function toast(text, kind = "") {
  const place = document.getElementById("toasts");
  const box = document.createElement("div");
  box.className = kind ? `toast ${kind}` : "toast";
  const words = document.createElement("p");
  words.textContent = text;
  const close = document.createElement("button");
  close.type = "button";
  close.className = "close";
  close.setAttribute("aria-label", place.dataset.close);
  close.textContent = "×";
  close.addEventListener("click", () => box.remove());
  box.append(words, close);
  place.append(box);
  if (kind !== "bad") setTimeout(() => box.remove(), 6000);
  return box;
}

/** Show <dialog id="…">; it closes by its own [data-close] buttons, Escape, and what its form does. */
export function openDialog(id) {
  const dialog = document.getElementById(id);
  if (dialog && !dialog.open) dialog.showModal();
  return dialog;
}

let working = 0;

/** Tell the line at the top that something was begun (true) or ended (false). Count both. */
export function showWork(begun) {
  working = Math.max(0, working + (begun ? 1 : -1));
  root.classList.toggle("is-working", working > 0);
}

function connectMenu() {
  const button = document.querySelector(".menu-button");
  if (!button) return;
  const menu = document.getElementById(button.getAttribute("aria-controls"));
  const open = (is) => {
    button.setAttribute("aria-expanded", String(is));
    menu.classList.toggle("open", is);
  };
  button.addEventListener("click", () => open(button.getAttribute("aria-expanded") !== "true"));
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && menu.classList.contains("open")) {
      open(false);
      button.focus();
    }
  });
}

function connectTheme() {
  const buttons = document.querySelectorAll("#theme button");
  const show = () => {
    const current = root.dataset.theme ?? "system";
    for (const button of buttons) button.setAttribute("aria-pressed", String(button.value === current));
  };
  const choose = (value) => {
    if (value === "system") delete root.dataset.theme;
    else root.dataset.theme = value;
    try {
      if (value === "system") localStorage.removeItem("accord.theme");
      else localStorage.setItem("accord.theme", value);
    } catch {
      // Chosen for this page only: the browser keeps nothing for us.
    }
    show();
  };
  for (const button of buttons) button.addEventListener("click", () => choose(button.value));
  show();
}

function connectDialogs() {
  document.addEventListener("click", (event) => {
    const opener = event.target.closest("[data-dialog]");
    if (opener) {
      event.preventDefault();
      openDialog(opener.dataset.dialog);
      return;
    }
    const closer = event.target.closest("dialog [data-close]");
    if (closer) closer.closest("dialog").close();
  });
}

/** Arrow keys, Home and End between the tabs of a [role=tablist]; a tab's aria-controls names its panel. */
function connectTabs(list) {
  if (list.dataset.connected) return;
  list.dataset.connected = "yes";
  const tabs = [...list.querySelectorAll('[role="tab"]')];
  const choose = (tab, focus) => {
    for (const each of tabs) {
      const is = each === tab;
      each.setAttribute("aria-selected", String(is));
      each.tabIndex = is ? 0 : -1;
      const panel = document.getElementById(each.getAttribute("aria-controls"));
      if (panel) panel.hidden = !is;
    }
    if (focus) tab.focus();
    list.dispatchEvent(new CustomEvent("tabchange", { bubbles: true, detail: { tab } }));
  };
  list.addEventListener("click", (event) => {
    const tab = event.target.closest('[role="tab"]');
    if (tab) choose(tab, false);
  });
  list.addEventListener("keydown", (event) => {
    const at = tabs.indexOf(document.activeElement);
    const to = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: tabs.length - 1 }[event.key];
    if (at < 0 || to === undefined) return;
    event.preventDefault();
    choose(tabs[(to + tabs.length) % tabs.length], true);
  });
}

const SECOND_CLICK = 10_000; // milliseconds within which the same form is not sent again

/** A double click sends a form once. Forms that htmx or a module sends prevent the browser's own sending and are theirs. */
function connectForms() {
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (event.defaultPrevented || form.method !== "post" || event.submitter?.formTarget) return; // into a frame: the page stays
    if (Date.now() - Number(form.dataset.sent ?? 0) < SECOND_CLICK) {
      event.preventDefault();
      return;
    }
    form.dataset.sent = String(Date.now());
    showWork(true);
  });
  window.addEventListener("pageshow", () => {
    for (const form of document.querySelectorAll("form[data-sent]")) delete form.dataset.sent;
    working = 0;
    showWork(false);
  });
}

function connectHtmx() {
  document.addEventListener("htmx:config:request", (event) => {
    const request = event.detail.ctx.request;
    if (request.method !== "GET") request.headers["X-CSRFToken"] = csrfToken();
  });
  const begun = new WeakSet(); // a request that was declined ends without having begun
  document.addEventListener("htmx:before:request", (event) => {
    begun.add(event.detail.ctx);
    showWork(true);
  });
  document.addEventListener("htmx:finally:request", (event) => {
    if (begun.delete(event.detail.ctx)) showWork(false);
  });
  document.addEventListener("htmx:before:response", (event) => {
    const { raw } = event.detail.ctx.response;
    // The session ended meanwhile: the whole page is asked for anew, which leads to the sign-in page and back.
    if (raw.status === 401 || (raw.redirected && new URL(raw.url).pathname === "/signin/")) {
      event.preventDefault();
      location.reload();
    }
  });
  document.addEventListener("htmx:after:request", (event) => {
    const { ctx } = event.detail;
    // A whole error page, of a limit perhaps, has no place within this one; what a form answers has.
    if (ctx.response.status >= 400 && !ctx.select && ctx.target !== document.body && /^\s*<!doctype/i.test(ctx.text)) {
      event.preventDefault();
      toast(document.getElementById("toasts").dataset.failed, "bad");
    }
  });
  document.addEventListener("htmx:response:error", (event) => {
    const { status } = event.detail.ctx.response;
    if ([403, 404].includes(status) || status >= 500) toast(document.getElementById("toasts").dataset.failed, "bad");
  });
  document.addEventListener("htmx:error", () => toast(document.getElementById("toasts").dataset.offline, "bad"));
  document.addEventListener("htmx:after:swap", connectParts);
}

function connectParts() {
  for (const list of document.querySelectorAll('[role="tablist"]')) connectTabs(list);
}

connectMenu();
connectTheme();
connectDialogs();
connectForms();
connectParts();
connectHtmx();
