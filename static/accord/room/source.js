// What a proposal quotes opens in a dialog, at the marked passage. Without this it is a page of its own.

import { openDialog } from "../site.js";

export function connectSource() {
  document.addEventListener("htmx:after:swap", (event) => {
    if (event.detail.ctx.target?.id !== "source-text") return;
    const dialog = openDialog("source");
    dialog.querySelector("#passage")?.scrollIntoView({ block: "center" });
    dialog.querySelector("[data-close]")?.focus();
  });
}
