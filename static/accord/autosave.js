// A form that saves as one types: form[data-autosave] is posted with action=autosave a moment after the last keystroke, and when the
// page is left. What the server answers is shown at [data-saved]. Without a script the form's own buttons save.
import { csrfToken } from "./site.js";

const PAUSE = 900; // milliseconds

function connect(form) {
  const place = form.querySelector("[data-saved]");
  let timer = 0;
  let isDirty = false;
  let last = Promise.resolve();

  const say = (text, isBad) => {
    place.textContent = text;
    place.classList.toggle("bad", isBad);
  };
  const save = async (keepalive) => {
    clearTimeout(timer);
    if (!isDirty) return;
    isDirty = false;
    const body = new FormData(form);
    body.set("action", "autosave");
    try {
      const answer = await fetch(form.getAttribute("action") ?? location.href, {
        method: "POST", body, keepalive, headers: { "X-CSRFToken": csrfToken(), Accept: "application/json" },
      });
      const said = answer.headers.get("content-type")?.startsWith("application/json") ? await answer.json() : {};
      if (answer.ok && said.saved) say(said.saved, false);
      else {
        isDirty = true;
        say(said.refused ?? place.dataset.failed, true);
      }
    } catch {
      isDirty = true; // the next keystroke tries again
      say(place.dataset.failed, true);
    }
  };
  const soon = () => {
    isDirty = true;
    clearTimeout(timer);
    timer = setTimeout(() => (last = last.then(() => save(false))), PAUSE);
  };
  form.addEventListener("input", soon);
  form.addEventListener("change", soon);
  form.addEventListener("submit", () => {
    clearTimeout(timer); // the button saves
    isDirty = false;
  });
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "hidden") save(true);
  });
}

for (const form of document.querySelectorAll("form[data-autosave]")) connect(form);
