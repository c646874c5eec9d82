/** Faces that lie on their side or are upside down. Mirrors runtime/pipeline/orientation.py, which says why. */

import { APART, DOUBTFUL, INSIDE, LIKELY, MAX_LOGIT, OFF_CENTRE, OFF_LEVEL, OFF_PARTS, SAME_PLACE, SCORE } from "../constants.js";
import { iou } from "../detection/nms.js";
import { boxFromRegion, regionFromDetection, regionFromPoints } from "../landmarks/region_of_interest.js";

/** Points whose means are the detector's first four keypoints: right eye, left eye, nose tip, mouth. */
const PARTS = [
  [36, 42],
  [42, 48],
  [30, 31],
  [48, 68],
];

/**
 * A detection and what the landmark network found in its region.
 *
 * @param detection `{box, score, keypoints}`.
 * @param found `{points, confidence, region}`, see `located`.
 * @returns `{detection, found, apart, agreement}`: mean distance of keypoints and points in sides of the box; agreement
 *     of detector and landmark network, larger is better.
 */
export function fit(detection, found) {
  const { box, score, keypoints } = detection;
  const apart = PARTS.map(([start, end], i) => {
    const [x, y] = [0, 1].map(
      (axis) => found.points.slice(start, end).reduce((sum, point) => sum + point[axis], 0) / (end - start),
    );
    return Math.hypot(x - keypoints[i][0], y - keypoints[i][1]);
  });
  const side = Math.max(box[2] - box[0], box[3] - box[1], 1);
  const away = apart.reduce((sum, each) => sum + each, 0) / PARTS.length / side;
  const odds = Math.max(found.confidence, 1e-6) / Math.max(1 - found.confidence, 1e-6);
  const logit = Math.min(Math.max(Math.log(odds), -MAX_LOGIT), MAX_LOGIT);
  return { detection, found, apart: away, agreement: logit - APART * away + SCORE * score };
}

/**
 * Whether to look at a raster turned.
 *
 * @param fits see `fit`.
 * @param certain there are other faces in the raster, certain ones.
 */
export function needsTurning(fits, { width, height }, certain = false) {
  const doubtful = fits.filter(isDoubtful);
  if (!certain && doubtful.length === fits.length) return true;
  return doubtful.some((each) => isLikely(each) && inside(each.detection.box, width, height) >= INSIDE);
}

/** Whether a doubtful fit is a face, rather than a cup or a cat. */
export function isLikely({ found }) {
  return found.confidence >= LIKELY;
}

/** What a landmark network finds in each region of a raster: `{points, confidence, region}`, the region around them. */
export async function located(landmarker, raster, regions) {
  if (regions.length === 0) return [];
  const results = await landmarker.landmarks(raster, regions);
  return results.map((each) => ({ ...each, region: regionFromPoints(each.points, landmarker.cropScale) }));
}

/**
 * The faces among detections, with the right points.
 *
 * @param landmarker a Landmarker.
 * @param raster RGBA picture.
 * @param detections what the detector found in it, or nothing.
 * @param minConfidence what the landmark network is less certain of is no face.
 * @param turn takes the fits; gives the detections of the raster turned, or null where it need not be looked at so.
 * @param quick points that agree with the detector's keypoints are not refined.
 * @returns array of `{detection, found}`.
 */
export async function settle(landmarker, raster, detections, minConfidence, turn, quick = false) {
  let fits = await fitted(landmarker, raster, detections);
  const settled = quick && !needsTurning(fits, raster) && fits.every(({ apart }) => apart <= OFF_PARTS);
  const turned = await turn(fits);
  if (turned !== null) fits = await replaced(landmarker, raster, fits, turned);
  const certain = ({ found }) => found.confidence >= minConfidence;
  const faces = fits.filter(certain);
  if (settled) return faces;
  const better = await refine(
    landmarker,
    raster,
    faces.map(({ detection }) => regionFromDetection(detection, landmarker.cropScale)),
    faces.map(({ found }) => found),
  );
  return faces.map(({ detection }, i) => ({ detection, found: better[i] })).filter(certain);
}

/** What was found in each region, found once more from its points' region where they lie off or are not certain. */
export async function refine(landmarker, raster, regions, found, minConfidence = 0) {
  const again = found.flatMap(({ confidence, region }, i) =>
    confidence < minConfidence || isOff(regions[i], region) ? [i] : [],
  );
  const better = await located(
    landmarker,
    raster,
    again.map((i) => found[i].region),
  );
  const results = [...found];
  again.forEach((i, k) => (results[i] = better[k]));
  return results;
}

/** How far apart two regions' centres are, in sides of the larger. */
export function distance(one, other) {
  return Math.hypot(one.x - other.x, one.y - other.y) / Math.max(one.side, other.side);
}

async function fitted(landmarker, raster, detections) {
  const regions = detections.map((detection) => regionFromDetection(detection, landmarker.cropScale));
  const found = await located(landmarker, raster, regions);
  return detections.map((detection, i) => fit(detection, found[i]));
}

/** The fits that are not doubtful, and the best of the others and of what the turned raster shows. */
async function replaced(landmarker, raster, fits, turned) {
  const scale = landmarker.cropScale;
  const kept = fits.filter((each) => !isDoubtful(each));
  const doubtful = fits.filter(isDoubtful);
  const fresh = turned.filter(({ box }) => !isAmong(box, kept, scale));
  const others = await fitted(landmarker, raster, fresh);
  const rivals = others.filter((each) => !isDoubtful(each) || isAmong(each.detection.box, doubtful, scale));
  for (const each of [...doubtful, ...rivals].sort((a, b) => b.agreement - a.agreement)) {
    const places = [each.detection.box, boxFromRegion(each.found.region, scale)];
    if (!places.some((box) => isAmong(box, kept, scale))) kept.push(each);
  }
  return kept;
}

function isDoubtful({ agreement }) {
  return agreement < DOUBTFUL;
}

/** Whether a box is the face of one of these fits, by detection or by points. */
function isAmong(box, fits, scale) {
  return fits.some(({ detection, found }) =>
    [detection.box, boxFromRegion(found.region, scale)].some((other) => iou(box, other) >= SAME_PLACE),
  );
}

/** Share of a box that lies inside of a picture. */
function inside([left, top, right, bottom], width, height) {
  const across = Math.max(Math.min(right, width) - Math.max(left, 0), 0);
  const down = Math.max(Math.min(bottom, height) - Math.max(top, 0), 0);
  return (across * down) / Math.max((right - left) * (bottom - top), 1e-9);
}

/** Whether points lie so far off the region they were found in that another look improves them. */
function isOff(region, better) {
  const turn = better.rotation - region.rotation;
  return (
    distance(region, better) > OFF_CENTRE || Math.abs(Math.atan2(Math.sin(turn), Math.cos(turn))) > OFF_LEVEL
  );
}
