/** Fitting a picture of any shape into a square network input, and the way back. Mirrors runtime/letterbox.py. */

import { resizeArea, resizeLinear, roundHalfEven } from "./raster.js";

/**
 * Scale a picture into the top-left corner of a square; the rest is black.
 *
 * @param raster RGBA picture, see raster.js.
 * @param size side of the square in pixels.
 * @returns `{pixels, scale}`: pixels Uint8Array (size, size, 3) BGR, scale [x, y] in square pixels per picture pixel.
 */
export function letterbox(raster, size) {
  const scale = size / Math.max(raster.width, raster.height);
  const width = Math.max(1, roundHalfEven(raster.width * scale));
  const height = Math.max(1, roundHalfEven(raster.height * scale));
  const scaled = scale < 1 ? resizeArea(raster, width, height) : resizeLinear(raster, width, height);
  const pixels = new Uint8Array(size * size * 3);
  for (let y = 0, from = 0; y < height; y++) {
    for (let to = y * size * 3, end = to + width * 3; to < end; from += 4) {
      pixels[to++] = scaled.data[from + 2];
      pixels[to++] = scaled.data[from + 1];
      pixels[to++] = scaled.data[from];
    }
  }
  return { pixels, scale: [width / raster.width, height / raster.height] };
}

/** Map a point from the square, measured from its top-left corner, to picture pixels with centres at integers. */
export function toImage([x, y], scale) {
  return [x / scale[0] - 0.5, y / scale[1] - 0.5];
}
