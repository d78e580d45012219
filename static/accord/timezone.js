// Chooses the device's time zone in a list that nobody has touched yet. Without this script the list is there all the same.
for (const place of document.querySelectorAll("[data-detect-timezone]")) {
  const list = place.querySelector("select");
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  if (!list || !zone || list.value !== "UTC") continue;
  if (![...list.options].some((option) => option.value === zone)) list.add(new Option(zone, zone));
  list.value = zone;
}
