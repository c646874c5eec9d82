/** Fitting a picture of any shape into a network input, and the way back. Mirrors runtime/detection/letterbox.py. */

import { MAX_LINEAR } from "../constants.js";
import { resizeArea, resizeLinear, roundHalfEven } from "../pixels/raster.js";

/**
 * Scale a picture into the top-left corner of a network input; the rest is black.
 *
 * @param raster RGBA picture, see raster.js.
 * @param size longer side of the input in pixels.
 * @param step the shorter side is filled up to a multiple of this; by default the input is a square.
 * @returns `{pixels, height, width, scale}`: pixels Uint8Array (height, width, 3) BGR, scale [x, y] in input pixels per
 *     picture pixel.
 */
export function letterbox(raster, size, step = size) {
  const scale = size / Math.max(raster.width, raster.height);
  const scaledWidth = Math.max(1, roundHalfEven(raster.width * scale));
  const scaledHeight = Math.max(1, roundHalfEven(raster.height * scale));
  const [width, height] = [scaledWidth, scaledHeight].map((side) => Math.ceil(side / step) * step);
  const scaled = resized(raster, scaledWidth, scaledHeight);
  const pixels = new Uint8Array(height * width * 3);
  for (let y = 0, from = 0; y < scaledHeight; y++) {
    for (let to = y * width * 3, end = to + scaledWidth * 3; to < end; from += 4) {
      pixels[to++] = scaled.data[from + 2];
      pixels[to++] = scaled.data[from + 1];
      pixels[to++] = scaled.data[from];
    }
  }
  return { pixels, height, width, scale: [scaledWidth / raster.width, scaledHeight / raster.height] };
}

/** Map a point from the input, measured from its top-left corner, to picture pixels with centres at integers. */
export function toImage([x, y], scale) {
  return [x / scale[0] - 0.5, y / scale[1] - 0.5];
}

/** Halve areas as long as that comes out even; average the rest, or interpolate where little is left. */
function resized(raster, width, height) {
  const factors = () => [raster.width / width, raster.height / height];
  while (raster.width % 2 === 0 && raster.height % 2 === 0 && Math.min(...factors()) >= 2) {
    raster = resizeArea(raster, raster.width / 2, raster.height / 2);
  }
  return Math.max(...factors()) > MAX_LINEAR ? resizeArea(raster, width, height) : resizeLinear(raster, width, height);
}
