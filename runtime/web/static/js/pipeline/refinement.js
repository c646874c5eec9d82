/**
 * Points of single pictures found again: in the region around the points found before, and in the mirror image of the last crop.
 * Mirrors runtime/pipeline/refinement.py.
 */

import { regionFromDetection, regionFromPoints } from "../landmarks/region_of_interest.js";
import { located } from "./orientation.js";

/**
 * Find the points of faces again. A face keeps its points where the network is less certain of the new ones.
 *
 * @param landmarker a Landmarker.
 * @param raster RGBA picture.
 * @param faces array of `{detection, found}`, see `settle`.
 * @param refinement `{passes, mirror}`: times that each face goes through the network, and whether the mirror image of its last
 *     crop does, too.
 * @param minConfidence confidence from which a region holds a face.
 * @returns array of `{detection, found}`.
 */
export async function refineFaces(landmarker, raster, faces, { passes, mirror }, minConfidence) {
  const results = faces.map(({ found }) => found);
  for (let pass = 1; pass < passes; pass++) {
    // faces that lay off their region had their second pass already
    const due = faces.flatMap(({ detection }, i) =>
      pass > 1 || isSame(results[i].cropRegion, regionFromDetection(detection, landmarker.cropScale)) ? [i] : [],
    );
    const again = await located(
      landmarker,
      raster,
      due.map((i) => results[i].region),
    );
    due.forEach((i, k) => {
      if (again[k].confidence >= minConfidence) results[i] = again[k];
    });
  }
  const found = mirror && faces.length > 0 ? await withMirrored(landmarker, raster, results) : results;
  return faces.map(({ detection }, i) => ({ detection, found: found[i] }));
}

/** The means of the points, and of those in the mirrored crops. */
async function withMirrored(landmarker, raster, faces) {
  const others = await landmarker.mirrored(
    raster,
    faces.map(({ cropRegion }) => cropRegion),
  );
  return faces.map((face, i) => {
    const points = face.points.map((point, k) => point.map((value, axis) => (value + others[i][k][axis]) / 2));
    return { ...face, points, region: regionFromPoints(points, landmarker.cropScale) };
  });
}

function isSame(one, other) {
  return ["x", "y", "side", "rotation"].every((key) => one[key] === other[key]);
}
