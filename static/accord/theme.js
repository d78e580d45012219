// Loaded before anything is painted, so that a chosen colour scheme never flashes. Not a module: those run after the page.
"use strict";
(() => {
  const root = document.documentElement;
  root.classList.add("js");
  try {
    const chosen = localStorage.getItem("accord.theme");
    if (chosen === "light" || chosen === "dark") root.dataset.theme = chosen;
  } catch {
    // A browser that keeps nothing for us shows the colours of the device.
  }
})();
