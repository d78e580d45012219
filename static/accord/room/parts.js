// Parts of the page that change while one looks at it are asked for anew, one by one; never under somebody's hands.

/** Which parts the `about` of a status frame concerns. */
export const REFRESHED_BY = {
  dispute: ["head", "deadline", "people", "statements", "evidence", "understanding", "proposal", "contract", "history"],
  participants: ["head", "deadline", "people", "statements", "history", "proposal"],
  truths: ["head", "deadline", "people", "statements", "evidence", "understanding", "proposal", "history"],
  evidence: ["evidence", "history"],
  resolution: ["head", "deadline", "statements", "evidence", "proposal", "contract", "history"],
  contract: ["head", "deadline", "proposal", "contract", "history"],
  deadline: ["head", "deadline", "history"],
};

const PAUSE = 300; // milliseconds: several frames about one thing make one request
const waiting = new Map();
const insisted = new WeakSet(); // parts that somebody wants anew although something is typed there
let words = {};

const partNamed = (name) => document.querySelector(`[data-part="${name}"]`);

/** Ask for a part anew; where something is being typed, offer it instead. */
export function refresh(name) {
  clearTimeout(waiting.get(name));
  waiting.set(
    name,
    setTimeout(() => {
      const part = partNamed(name);
      if (!part) return;
      if (isInUse(part)) offer(part);
      else window.htmx.trigger(part, "accord:changed");
    }, PAUSE),
  );
}

function isInUse(part) {
  const active = document.activeElement;
  if (part.contains(active) && active.matches("input, textarea, select, canvas")) return true;
  return [...part.querySelectorAll("input, textarea, select")].some(isChanged);
}

function isChanged(field) {
  if (field.type === "hidden" || field.disabled) return false;
  if (field.type === "checkbox" || field.type === "radio") return field.checked !== field.defaultChecked;
  if (field.type === "file") return field.files.length > 0;
  if (field.tagName === "SELECT") return [...field.options].some((option) => option.selected !== option.defaultSelected);
  return field.value !== field.defaultValue;
}

function offer(part) {
  if (part.querySelector(".stale")) return;
  const box = document.createElement("div");
  box.className = "stale";
  box.setAttribute("role", "status");
  const text = document.createElement("p");
  text.textContent = words.changed;
  const button = document.createElement("button");
  button.type = "button";
  button.className = "small quiet";
  button.textContent = words.show;
  button.addEventListener("click", () => {
    insisted.add(part);
    window.htmx.trigger(part, "accord:changed");
  });
  box.append(text, button);
  part.prepend(box);
}

/** What the case is about now comes first: statements while they are given, later what is to be settled. */
function putInOrder() {
  const head = partNamed("head");
  if (!head || isInUse(head.parentElement)) return;
  const isStating = ["invite_sent", "stating"].includes(head.dataset.state);
  const record = ["statements", "evidence"];
  const deal = ["contract", "understanding", "proposal"];
  const wanted = (isStating ? [...record, ...deal] : [...deal, ...record]).map(partNamed).filter(Boolean);
  const present = [...head.parentElement.children].filter((each) => wanted.includes(each));
  if (wanted.every((part, place) => part === present[place])) return;
  const mark = document.createComment("");
  present[0].before(mark);
  for (const part of wanted) mark.before(part);
  mark.remove();
}

/** `swapped` is called after a part was put in place; `isLive` tells whether status frames come in. */
export function connectParts(page, itsWords, swapped, isLive) {
  words = itsWords;
  const before = new Map(); // name of a part → what is open in it, and what the last act was answered with
  document.addEventListener("htmx:before:swap", (event) => {
    const target = event.detail.ctx.target;
    if (!target?.dataset?.part) return;
    const isAsked = insisted.delete(target);
    if (event.detail.ctx.request.method === "GET" && !isAsked && isInUse(target)) {
      event.preventDefault(); // somebody began to type while the answer was on its way
      offer(target);
      return;
    }
    const said = target.querySelector(".said.good");
    before.set(target.dataset.part, {
      opened: [...target.querySelectorAll("details[id][open]")].map((each) => each.id),
      said,
      hasFocus: Boolean(said?.contains(document.activeElement)),
    });
  });
  document.addEventListener("htmx:after:swap", (event) => {
    const name = event.detail.ctx.target?.dataset?.part;
    const { opened, said, hasFocus } = before.get(name) ?? {};
    before.delete(name);
    for (const id of opened ?? []) {
      const details = document.getElementById(id);
      if (details) details.open = true;
    }
    const part = said && partNamed(name);
    if (part && !part.querySelector(".said") && event.detail.ctx.request.method === "GET") {
      part.querySelector("h2")?.after(said);
      if (hasFocus) said.focus({ preventScroll: true });
    }
    followMove(event.detail.ctx);
    if (name === "head") putInOrder();
    document.dispatchEvent(new CustomEvent("accord:swapped"));
    swapped();
  });
  // A new act is begun: what was said about the last one has been read.
  document.addEventListener("htmx:before:request", (event) => {
    if (event.detail.ctx.request.method === "GET") return;
    for (const said of page.querySelectorAll(".said.good")) said.remove();
  });
  // What one has just done oneself changes other parts too.
  document.addEventListener("accord:acted", (event) => {
    if (isLive()) return; // the socket tells us too
    const own = event.target.closest?.("[data-part]")?.dataset.part;
    for (const name of REFRESHED_BY.dispute) if (name !== own) refresh(name);
  });
}

/** A part that was asked for in passing may tell that the case has moved on: then the others have too. */
function followMove(ctx) {
  const name = ctx.target?.dataset?.part;
  const part = name && partNamed(name);
  const head = partNamed("head");
  if (!part || !head || name === "head" || part.dataset.state === head.dataset.state) return;
  for (const each of REFRESHED_BY.dispute) if (each !== name) refresh(each);
}
