/** Faces that lie on their side or are upside down. Mirrors runtime/pipeline/orientation.py, which says why. */

import {
  APART,
  COVERED,
  DOUBTFUL,
  INSIDE,
  LIKELY,
  MAX_LOGIT,
  OFF_CENTRE,
  OFF_LEVEL,
  OFF_PARTS,
  SAME_PLACE,
  SCORE,
  TILTED,
} from "../constants.js";
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
 * Whether to search a raster turned.
 *
 * @param fits see `fit`.
 * @param certain there are other faces in the raster, certain ones.
 */
export function needsTurning(fits, { width, height }, certain = false) {
  const doubtful = fits.filter(isDoubtful);
  if (!certain && doubtful.length === fits.length) return true;
  return doubtful.some((each) => isLikely(each) && shareInside(each.detection.box, [0, 0, width, height]) >= INSIDE);
}

/** Whether a doubtful fit is a face, rather than a cup or a cat. */
export function isLikely({ found }) {
  return found.confidence >= LIKELY;
}

/** What a landmark network finds in each region of a raster: `{points, confidence, region, cropRegion}`, the region around
 * the points and the one they were found in. */
export async function located(landmarker, raster, regions) {
  if (regions.length === 0) return [];
  const results = await landmarker.landmarks(raster, regions);
  return results.map((each, i) => ({
    ...each,
    region: regionFromPoints(each.points, landmarker.cropScale),
    cropRegion: regions[i],
  }));
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
  const settled =
    quick && !needsTurning(fits, raster) && fits.every((each) => each.apart <= OFF_PARTS && !isTilted(each));
  const turned = await turn(fits);
  if (turned !== null) fits = await replaced(landmarker, raster, fits, turned);
  const certain = ({ found }) => found.confidence >= minConfidence;
  fits = fits.filter(certain);
  if (settled) return fits;
  const faces = fits.filter((each) => !isPart(each, fits));
  const better = await refine(
    landmarker,
    raster,
    faces.map(({ found }) => found),
    faces.map(isTilted),
  );
  return faces.map(({ detection }, i) => ({ detection, found: better[i] })).filter(certain);
}

/**
 * Points found once more, in the region around those found, where these lie off the region they were found in.
 *
 * @param found what was found in each region, see `located`.
 * @param again for each, whether to find it once more in any case.
 */
export async function refine(landmarker, raster, found, again) {
  const chosen = found.flatMap(({ cropRegion, region }, i) => (again[i] || isOff(cropRegion, region) ? [i] : []));
  const better = await located(
    landmarker,
    raster,
    chosen.map((i) => found[i].region),
  );
  const results = [...found];
  chosen.forEach((i, k) => (results[i] = better[k]));
  return results;
}

/** Whether the region is turned so far that its points are to be found once more. */
export function isTilted({ found }) {
  const { rotation } = found.cropRegion;
  return Math.abs(Math.atan2(Math.sin(rotation), Math.cos(rotation))) > TILTED;
}

/** Whether a doubtful fit is a part of another face, which agrees better. */
export function isPart(each, fits) {
  return (
    isDoubtful(each) &&
    fits.some(
      (other) => other.agreement > each.agreement && shareInside(each.detection.box, other.detection.box) >= COVERED,
    )
  );
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
  const candidates = others.filter((each) => !isDoubtful(each) || isAmong(each.detection.box, doubtful, scale));
  for (const each of [...doubtful, ...candidates].sort((a, b) => b.agreement - a.agreement)) {
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

/** Share of a box that lies inside another. */
function shareInside([left, top, right, bottom], [outerLeft, outerTop, outerRight, outerBottom]) {
  const across = Math.max(Math.min(right, outerRight) - Math.max(left, outerLeft), 0);
  const down = Math.max(Math.min(bottom, outerBottom) - Math.max(top, outerTop), 0);
  return (across * down) / Math.max((right - left) * (bottom - top), 1e-9);
}

/** Whether points lie so far off the region they were found in that finding them again improves them. */
function isOff(region, better) {
  const turn = better.rotation - region.rotation;
  return (
    distance(region, better) > OFF_CENTRE || Math.abs(Math.atan2(Math.sin(turn), Math.cos(turn))) > OFF_LEVEL
  );
}
