/** Cutting regions out of a picture. Mirrors `crop` of runtime/landmarks/region_of_interest.py. */

import { resizeArea } from "./raster.js";
import { toCrop } from "../landmarks/region_of_interest.js";

/**
 * Cut a region out of an RGBA raster; black outside of it.
 *
 * A region more than twice the crop's size is reduced by area averaging first: bilinear sampling alone would skip
 * pixels and alias.
 *
 * @param region see regions.js.
 * @param size side of the crop in pixels.
 * @param into Uint8Array (size, size, 3) that takes the crop, BGR.
 */
export function crop(raster, region, size, into) {
  let factor = Math.max(1, Math.trunc(region.side / size));
  if (factor > 4) factor -= factor % 2;
  const matrix = toCrop(region, size);
  if (factor === 1) {
    warpAffine(raster, matrix, size, into);
    return;
  }
  // beside the rotated square itself, the pixels that its border is interpolated from
  const { x, y, side, rotation } = region;
  const reach = (side * (Math.abs(Math.cos(rotation)) + Math.abs(Math.sin(rotation)))) / 2 + factor + 1;
  const [left, right] = [x - reach, x + reach].map((value) => inside(value, raster.width));
  const [top, bottom] = [y - reach, y + reach].map((value) => inside(value, raster.height));
  const [columns, rows] = [Math.floor((right - left) / factor), Math.floor((bottom - top) / factor)];
  if (columns < 1 || rows < 1) {
    into.fill(0);
    return;
  }
  const part = { x: left, y: top, width: columns * factor, height: rows * factor };
  const reduced = resizeArea(raster, columns, rows, part);
  // pixel s of the part covers frame pixels left + s * factor ... + factor - 1: its centre is in their middle
  const [dx, dy] = [left + (factor - 1) / 2, top + (factor - 1) / 2];
  const [a, b, c, d, e, f] = matrix;
  warpAffine(
    reduced,
    [a * factor, b * factor, c + a * dx + b * dy, d * factor, e * factor, f + d * dx + e * dy],
    size,
    into,
  );
}

/** Return the crops of regions, BGR, one after the other: see crop. */
export function crops(raster, regions, size) {
  const pixels = new Uint8Array(regions.length * size * size * 3);
  regions.forEach((region, i) => crop(raster, region, size, part(pixels, i, size)));
  return pixels;
}

/** Mirror one of several crops in place. */
export function mirror(pixels, index, size) {
  const rows = part(pixels, index, size);
  for (let row = 0; row < size; row++) {
    for (let [left, right] = [row * size, (row + 1) * size - 1]; left < right; left++, right--) {
      for (let channel = 0; channel < 3; channel++) {
        const [a, b] = [3 * left + channel, 3 * right + channel];
        [rows[a], rows[b]] = [rows[b], rows[a]];
      }
    }
  }
}

function part(pixels, index, size) {
  const bytes = size * size * 3;
  return pixels.subarray(index * bytes, (index + 1) * bytes);
}

function inside(value, limit) {
  return Math.trunc(Math.min(Math.max(value, 0), limit));
}

/**
 * Sample a square of a raster with bilinear interpolation (cv2.warpAffine with INTER_LINEAR); black outside.
 *
 * @param matrix [a, b, c, d, e, f], from picture to crop pixels.
 */
export function warpAffine(raster, [a, b, c, d, e, f], size, into) {
  const { data, width, height } = raster;
  const determinant = a * e - b * d;
  const [ia, ib, id, ie] = [e / determinant, -b / determinant, -d / determinant, a / determinant];
  const [ic, jf] = [-(ia * c + ib * f), -(id * c + ie * f)];
  const stride = width * 4;
  // rounds half to even, as OpenCV does
  const rounded = new Uint8ClampedArray(into.buffer, into.byteOffset, into.length);
  for (let row = 0, to = 0; row < size; row++) {
    let x = ib * row + ic;
    let y = ie * row + jf;
    for (let column = 0; column < size; column++, to += 3, x += ia, y += id) {
      const left = Math.floor(x);
      const top = Math.floor(y);
      if (left < -1 || top < -1 || left >= width || top >= height) {
        rounded.fill(0, to, to + 3);
        continue;
      }
      const u = x - left;
      const v = y - top;
      const from = top * stride + left * 4;
      // neighbours outside of the picture are black: they weigh nothing
      const [l, r] = [left >= 0 ? 1 - u : 0, left + 1 < width ? u : 0];
      const [t, w] = [top >= 0 ? 1 - v : 0, top + 1 < height ? v : 0];
      const [tl, tr, bl, br] = [t * l, t * r, w * l, w * r];
      for (let channel = 0; channel < 3; channel++) {
        const at = from + 2 - channel;
        let sum = 0;
        if (tl > 0) sum += tl * data[at];
        if (tr > 0) sum += tr * data[at + 4];
        if (bl > 0) sum += bl * data[at + stride];
        if (br > 0) sum += br * data[at + stride + 4];
        rounded[to + channel] = sum;
      }
    }
  }
}
