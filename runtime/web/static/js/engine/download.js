/** Files for the user: results as JSON, and the picture. */

import { faceToDict } from "../landmarks/faces.js";

/**
 * The document: an array with one object per network, each with the keys of runtime.media.files.result_tables.ImageResult and `model`.
 *
 * @param image the picture's name.
 * @param faces object of lists of faces by the networks' names.
 */
function resultsDocument(image, { width, height }, faces) {
  return Object.entries(faces).map(([model, list]) => ({
    image,
    width,
    height,
    faces: list.map(faceToDict),
    error: null,
    model,
  }));
}

/** Save the results of some networks on the last frame; `last` as Player keeps it. */
export function saveResults({ bitmap, result, source }, names) {
  const faces = Object.fromEntries(names.map((name) => [name, result.models[name].faces]));
  const text = JSON.stringify(resultsDocument(source.name, bitmap, faces));
  save(new Blob([`${text}\n`], { type: "application/json" }), `${stem(source)}-faces.json`);
}

/** Save the canvases side by side as one picture. */
export async function savePicture({ source }, canvases) {
  const gap = canvases.length > 1 ? 8 : 0;
  const width = canvases.reduce((sum, canvas) => sum + canvas.width + gap, -gap);
  const height = Math.max(...canvases.map((canvas) => canvas.height));
  const sheet = Object.assign(document.createElement("canvas"), { width, height });
  const context = sheet.getContext("2d");
  let left = 0;
  for (const canvas of canvases) {
    context.drawImage(canvas, left, 0);
    left += canvas.width + gap;
  }
  save(await new Promise((resolve) => sheet.toBlob(resolve, "image/png")), `${stem(source)}-faces.png`);
}

function stem({ name }) {
  return name.replace(/\.[^.]*$/, "");
}

function save(blob, name) {
  const link = Object.assign(document.createElement("a"), { href: URL.createObjectURL(blob), download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}
