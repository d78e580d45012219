// The signer's page: a signature drawn with finger, pen or mouse, or taken from a picture. Both end as a PNG in the hidden field of the
// form; the typed name alone is always enough, and without this script a PNG can still be chosen.
import { connectSignature } from "./room/signature.js";

connectSignature(document);

const canvas = document.querySelector("#signature");
const chosen = document.querySelector("#id_signature_file");
if (canvas && chosen) {
  const field = canvas.closest("form").querySelector('[name="signature_image"]');
  chosen.addEventListener("change", async () => {
    const [file] = chosen.files;
    if (!file) return;
    const place = document.querySelector("[data-picture-refused]");
    place.hidden = true;
    try {
      const picture = await createImageBitmap(file); // any picture the browser can read; what leaves it is a small PNG
      const context = canvas.getContext("2d");
      const scale = Math.min(canvas.width / picture.width, canvas.height / picture.height);
      context.clearRect(0, 0, canvas.width, canvas.height);
      context.drawImage(picture, (canvas.width - picture.width * scale) / 2, (canvas.height - picture.height * scale) / 2,
        picture.width * scale, picture.height * scale);
      field.value = canvas.toDataURL("image/png");
      chosen.value = "";
    } catch {
      place.hidden = false;
    }
  });
}
