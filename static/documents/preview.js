/* The preview follows what is typed: the form is sent to its frame a moment after the last key. Without script a button does it. */
const form = document.getElementById("inputs");
const show = document.getElementById("show");
let waiting = 0;

const refresh = () => form.requestSubmit(show);

form.addEventListener("input", () => {
  clearTimeout(waiting);
  waiting = setTimeout(refresh, 900);
});
if ([...form.elements].some((one) => one.type === "text" && one.value)) refresh();
