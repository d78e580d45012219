// Files one by one, each with its progress, through the API. Without this the form sends them all at once.

import { csrfToken } from "../site.js";
import { refresh } from "./parts.js";

/** Fills %(name)s and the like. */
const say = (text, facts) => text.replace(/%\((\w+)\)s/g, (_all, name) => facts[name] ?? "");

export function connectUploads(page, data) {
  const { words } = data;
  // Before htmx, which listens at the form itself: files are ours, a text alone is htmx's.
  page.addEventListener(
    "submit",
    (event) => {
      const form = event.target.closest("form[data-upload]");
      const files = form?.querySelector('input[type="file"]')?.files ?? [];
      if (!files.length) return;
      event.preventDefault();
      event.stopPropagation();
      if (form.dataset.busy) return;
      form.dataset.busy = "yes";
      sendAll(form, [...files]).finally(() => delete form.dataset.busy);
    },
    true,
  );

  async function sendAll(form, files) {
    const place = form.querySelector(".uploads");
    const description = form.querySelector('[name="description"]').value;
    const text = form.querySelector('[name="text"]').value.trim();
    place.replaceChildren();
    const kept = new DataTransfer();
    let taken = 0;
    for (const file of files) {
      if (file.size > data.largestFile) {
        const facts = { name: file.name, megabytes: Math.floor(data.largestFile / 1024 / 1024) };
        line(place, say(words.tooLarge, facts), "bad");
        continue;
      }
      const body = new FormData();
      body.append("file", file);
      body.append("description", description);
      const refusal = await sendOne(form.dataset.upload, body, file, place);
      if (refusal === null) taken += 1;
      else {
        line(place, say(words.refused, { name: file.name, reason: refusal }), "bad");
        kept.items.add(file);
      }
    }
    form.querySelector('input[type="file"]').files = kept.files; // what was refused may be tried again
    if (text && !kept.files.length) form.requestSubmit();
    else if (taken && !kept.files.length) {
      form.querySelector('[name="description"]').value = "";
      form.dispatchEvent(new CustomEvent("accord:taken", { bubbles: true }));
      form.querySelector('button[type="submit"]').focus();
      for (const name of ["evidence", "history"]) refresh(name);
    } else if (taken) for (const name of ["history"]) refresh(name);
  }

  /** null when it was taken, else the reason in words. */
  function sendOne(address, body, file, place) {
    const row = line(place, say(words.uploading, { name: file.name }), "");
    const bar = document.createElement("progress");
    bar.max = 100;
    bar.value = 0;
    bar.setAttribute("aria-label", say(words.uploading, { name: file.name }));
    row.append(bar);
    return new Promise((resolve) => {
      const request = new XMLHttpRequest();
      request.open("POST", address);
      request.setRequestHeader("X-CSRFToken", csrfToken());
      request.setRequestHeader("Idempotency-Key", crypto.randomUUID());
      request.setRequestHeader("Accept", "application/json");
      request.setRequestHeader("Accept-Language", data.locale);
      request.upload.addEventListener("progress", (event) => {
        if (event.lengthComputable) bar.value = Math.round((event.loaded / event.total) * 100);
      });
      request.upload.addEventListener("load", () => bar.removeAttribute("value")); // now it is opened and looked at
      request.addEventListener("load", () => {
        if (request.status === 201) {
          row.textContent = say(words.uploaded, { name: file.name });
          row.className = "good";
          resolve(null);
        } else {
          row.remove();
          resolve(reason(request) || words.noConnection);
        }
      });
      request.addEventListener("error", () => {
        row.remove();
        resolve(words.noConnection);
      });
      request.send(body);
    });
  }
}

function reason(request) {
  try {
    const problem = JSON.parse(request.responseText);
    return problem.errors?.[0]?.detail ?? problem.detail;
  } catch {
    return "";
  }
}

function line(place, text, kind) {
  const row = document.createElement("p");
  row.className = kind;
  row.textContent = text;
  place.append(row);
  return row;
}
