// A drawn signature beside the typed name: a PNG in a hidden field of the form. The typed name alone is enough.

const LINE = 3.5;

export function connectSignature(page) {
  connect(page.querySelector("#signature"));
  document.addEventListener("accord:swapped", () => connect(page.querySelector("#signature")));
}

function connect(canvas) {
  if (!canvas || canvas.dataset.connected) return;
  canvas.dataset.connected = "yes";
  const form = canvas.closest("form");
  const field = form.querySelector('[name="signature_image"]');
  const context = canvas.getContext("2d");
  context.lineWidth = LINE;
  context.lineCap = context.lineJoin = "round";
  context.strokeStyle = "#101828"; // ink on paper, whatever the page's colours
  let drawing = false;

  const place = (event) => {
    const box = canvas.getBoundingClientRect();
    return [((event.clientX - box.left) * canvas.width) / box.width, ((event.clientY - box.top) * canvas.height) / box.height];
  };
  canvas.addEventListener("pointerdown", (event) => {
    event.preventDefault();
    canvas.setPointerCapture(event.pointerId);
    drawing = true;
    context.beginPath();
    context.moveTo(...place(event));
  });
  canvas.addEventListener("pointermove", (event) => {
    if (!drawing) return;
    context.lineTo(...place(event));
    context.stroke();
  });
  const lift = () => {
    if (!drawing) return;
    drawing = false;
    field.value = canvas.toDataURL("image/png");
  };
  canvas.addEventListener("pointerup", lift);
  canvas.addEventListener("pointercancel", lift);
  form.querySelector("[data-clear-signature]").addEventListener("click", () => {
    context.clearRect(0, 0, canvas.width, canvas.height);
    field.value = "";
  });
  // The form came back with an error: what was drawn is still there.
  if (field.value) {
    const image = new Image();
    image.addEventListener("load", () => context.drawImage(image, 0, 0));
    image.src = field.value;
  }
}
