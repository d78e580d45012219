// A calmer wording of what is about to be sent. It is offered, never sent by itself, and one's own words come back with a click.

import { csrfToken } from "../site.js";

export function connectCalmer(form, data) {
  const button = form?.querySelector("[data-calmer]");
  if (!button) return;
  const { words } = data;
  const text = form.querySelector("textarea");
  const told = form.querySelector(".calmer-told");
  let own = null; // what was written before the calmer wording took its place

  const tell = (message) => {
    told.textContent = message;
    told.hidden = !message;
  };
  const reset = () => {
    own = null;
    button.textContent = words.calmer;
  };
  const put = (wording) => {
    text.value = wording;
    text.dispatchEvent(new Event("input", { bubbles: true }));
    text.focus();
  };

  async function ask() {
    if (!text.value.trim()) {
      text.focus();
      return;
    }
    const asked = text.value;
    button.disabled = true;
    tell(words.calming);
    const answer = await fetch("/api/ai/calmer", {
      method: "POST",
      headers: { Accept: "application/json", "Content-Type": "application/json", "X-CSRFToken": csrfToken() },
      body: JSON.stringify({ text: asked, locale: document.documentElement.lang }),
    }).catch(() => null);
    button.disabled = false;
    const body = await answer?.json().catch(() => null);
    if (text.value !== asked) {
      tell(""); // written on meanwhile: that counts
      return;
    }
    if (!answer?.ok) {
      tell(body?.detail ?? words.noConnection);
      return;
    }
    if (body.changed) {
      put(body.text);
      own = asked;
      button.textContent = words.ownWords;
    }
    tell(body.explanation);
  }

  button.hidden = false;
  button.addEventListener("click", () => {
    if (own === null) {
      ask();
      return;
    }
    put(own);
    tell("");
    reset();
  });
  form.addEventListener("submit", () => {
    tell("");
    reset();
  });
}
