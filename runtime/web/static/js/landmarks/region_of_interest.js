/** Regions of interest: rotated squares around a face. Mirrors runtime/landmarks/region_of_interest.py. */

import { BLAZEFACE_GEOMETRY } from "../constants.js";

/**
 * @typedef {Object} Region a square of the frame that becomes a crop
 * @property {number} x, y centre in frame pixels
 * @property {number} side length of a side in frame pixels
 * @property {number} rotation radians in the image plane; positive is clockwise in the image
 */

/**
 * Return the region for a detection: eyes level, `scale` times the longer side of the landmark box.
 *
 * @param detection `{box, keypoints, geometry}`; geometry is how the detector's boxes lie on the box of the points, see
 *     BoxGeometry in runtime/detection/detection.py.
 */
export function regionFromDetection({ box, keypoints, geometry }, scale) {
  const [right, left] = keypoints;
  const rotation = Math.atan2(left[1] - right[1], left[0] - right[0]);
  const [width, height] = [Math.max(box[2] - box[0], 1), Math.max(box[3] - box[1], 1)];
  const side = geometry.square ? Math.max(width, height) : Math.sqrt(width * height);
  const drop = geometry.drop * side;
  return {
    x: (box[0] + box[2]) / 2 - Math.sin(rotation) * drop,
    y: (box[1] + box[3]) / 2 + Math.cos(rotation) * drop,
    side: side * geometry.side * scale,
    rotation,
  };
}

/** Return the BlazeFace box [x1, y1, x2, y2] that belongs to a region: the inverse of regionFromDetection. */
export function boxFromRegion(region, scale) {
  const half = region.side / scale / BLAZEFACE_GEOMETRY.side / 2;
  const x = region.x + Math.sin(region.rotation) * BLAZEFACE_GEOMETRY.drop * 2 * half;
  const y = region.y - Math.cos(region.rotation) * BLAZEFACE_GEOMETRY.drop * 2 * half;
  return [x - half, y - half, x + half, y + half];
}

/** Return the region that the networks were trained on, from 68 points [x, y, ...]. */
export function regionFromPoints(points, scale) {
  const [right, left] = [centre(points.slice(36, 42)), centre(points.slice(42, 48))];
  const rotation = Math.atan2(left[1] - right[1], left[0] - right[0]);
  const [cos, sin] = [Math.cos(rotation), Math.sin(rotation)];
  const xs = points.map(([x, y]) => cos * x + sin * y);
  const ys = points.map(([x, y]) => cos * y - sin * x);
  const [low, high, top, bottom] = [Math.min(...xs), Math.max(...xs), Math.min(...ys), Math.max(...ys)];
  const [x, y] = [(low + high) / 2, (top + bottom) / 2];
  const side = Math.max(high - low, bottom - top, 1) * scale;
  return { x: cos * x - sin * y, y: sin * x + cos * y, side, rotation };
}

function centre(points) {
  return [0, 1].map((axis) => points.reduce((sum, point) => sum + point[axis], 0) / points.length);
}

/**
 * Return the affine map [a, b, c, d, e, f] from frame to crop pixels: x' = a x + b y + c, y' = d x + e y + f.
 *
 * @returns {[number, number, number, number, number, number]}
 */
export function toCrop(region, size) {
  const scale = size / region.side;
  const [cos, sin] = [scale * Math.cos(region.rotation), scale * Math.sin(region.rotation)];
  const middle = (size - 1) / 2;
  const [x, y] = [middle - cos * region.x - sin * region.y, middle + sin * region.x - cos * region.y];
  return [cos, sin, x, -sin, cos, y];
}

/**
 * Map points from the pixels of a crop to frame pixels; z scales along.
 *
 * @param values numbers x, y, z of one point after the other.
 * @returns array of [x, y, z].
 */
export function toFrame(region, values, size) {
  const scale = region.side / size;
  const [cos, sin] = [Math.cos(region.rotation), Math.sin(region.rotation)];
  const points = [];
  for (let i = 0; i < values.length; i += 3) {
    const x = (values[i] - (size - 1) / 2) * scale;
    const y = (values[i + 1] - (size - 1) / 2) * scale;
    points.push([region.x + cos * x - sin * y, region.y + sin * x + cos * y, values[i + 2] * scale]);
  }
  return points;
}
