// Small screens show one section of the case at a time, chosen by the bar at the foot; wide ones show them all.

/** Returns { shows(group) }: whether a section is on the screen. `changed` is called after every choice. */
export function connectSections(page, changed) {
  const narrow = matchMedia("(max-width: 63.99rem)");
  const links = [...page.querySelectorAll(".sections a")];
  const groupOf = (id) => document.getElementById(id)?.dataset.group;

  const show = (group, { scroll = false } = {}) => {
    page.dataset.open = group;
    for (const link of links) {
      if (link.dataset.group === group) link.setAttribute("aria-current", "true");
      else link.removeAttribute("aria-current");
    }
    if (scroll && narrow.matches) scrollTo(0, 0);
    changed();
  };

  const go = (id, event) => {
    const group = groupOf(id);
    if (!group) return;
    show(group, { scroll: true });
    const target = document.getElementById(id);
    if (event) {
      event.preventDefault();
      history.replaceState(null, "", `#${id}`);
    }
    if (!narrow.matches || id !== groupFirst(page, group)) target.scrollIntoView({ block: "start" });
    const heading = target.querySelector("h1, h2");
    if (heading) {
      heading.tabIndex = -1;
      heading.focus({ preventScroll: true });
    }
  };

  page.addEventListener("click", (event) => {
    const link = event.target.closest("a[href^='#']");
    if (link && !event.defaultPrevented) go(link.hash.slice(1), event);
  });
  addEventListener("hashchange", () => go(location.hash.slice(1)));
  narrow.addEventListener("change", () => changed());

  const first = page.dataset.said || location.hash.slice(1);
  show(groupOf(first) ?? (new URLSearchParams(location.search).has("room") ? "chat" : "overview"));
  return { shows: (group) => !narrow.matches || page.dataset.open === group };
}

function groupFirst(page, group) {
  return page.querySelector(`[data-group="${group}"]:not(.sections [data-group]):not([hidden])`)?.id;
}
