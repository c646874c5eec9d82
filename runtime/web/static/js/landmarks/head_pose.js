/** Head pose from three-dimensional points. Mirrors runtime/landmarks/head_pose.py. */

import { MEAN_HEAD, RIGID_POINTS } from "../constants.js";

const UNKNOWN = { yaw: NaN, pitch: NaN, roll: NaN };

/**
 * Estimate the pose of 68 points [x, y, z]: the rotation that best maps the mean head onto them.
 *
 * Source: Horn 1987, "Closed-form solution of absolute orientation using unit quaternions"; it gives the rotation of
 * Umeyama 1991 without a singular value decomposition.
 *
 * @returns `{yaw, pitch, roll}` in degrees, conventions as in runtime/landmarks/head_pose.py; NaN where the points have no orientation.
 */
export function estimatePose(landmarks) {
  const target = centred(RIGID_POINTS.map((index) => landmarks[index]));
  if (!target.flat().every(Number.isFinite)) return UNKNOWN;
  const head = centred(MEAN_HEAD);
  // covariance[i][j]: head axis i against target axis j
  const s = axes((i) => axes((j) => head.reduce((sum, point, k) => sum + point[i] * target[k][j], 0)));
  const gram = axes((i) => axes((j) => axes((k) => s[k][i] * s[k][j]).reduce((a, b) => a + b)));
  const squares = eigen(gram).values.sort((a, b) => b - a);
  if (squares[1] <= 1e-12 * squares[0]) return UNKNOWN;
  const [[xx, xy, xz], [yx, yy, yz], [zx, zy, zz]] = s;
  const { values, vectors } = eigen([
    [xx + yy + zz, yz - zy, zx - xz, xy - yx],
    [yz - zy, xx - yy - zz, xy + yx, zx + xz],
    [zx - xz, xy + yx, yy - xx - zz, yz + zy],
    [xy - yx, zx + xz, yz + zy, zz - xx - yy],
  ]);
  const best = values.indexOf(Math.max(...values));
  return angles(vectors.map((row) => row[best]));
}

function angles([w, x, y, z]) {
  const degrees = 180 / Math.PI;
  const up = Math.min(1, Math.max(-1, 2 * (x * z - w * y)));
  return {
    yaw: Math.asin(up) * degrees,
    pitch: -Math.atan2(2 * (y * z + w * x), w * w - x * x - y * y + z * z) * degrees,
    roll: Math.atan2(2 * (x * y + w * z), w * w + x * x - y * y - z * z) * degrees,
  };
}

/** Return the head's axes as unit vectors of the image: right, down, and out of the face. */
export function poseAxes({ yaw, pitch, roll }) {
  const [a, b, c] = [-yaw, -pitch, roll].map((angle) => (angle * Math.PI) / 180);
  const [cy, sy, cp, sp, cr, sr] = [a, b, c].flatMap((angle) => [Math.cos(angle), Math.sin(angle)]);
  return [
    [cr * cy, sr * cy, -sy],
    [cr * sy * sp - sr * cp, sr * sy * sp + cr * cp, cy * sp],
    [-(cr * sy * cp + sr * sp), -(sr * sy * cp - cr * sp), -(cy * cp)],
  ];
}

function axes(make) {
  return [0, 1, 2].map(make);
}

function centred(points) {
  const mean = axes((axis) => points.reduce((sum, point) => sum + point[axis], 0) / points.length);
  return points.map((point) => axes((axis) => point[axis] - mean[axis]));
}

/** Compute eigenvalues and eigenvectors (columns) of a small symmetric matrix, by Jacobi's rotations. */
function eigen(matrix) {
  const n = matrix.length;
  const a = matrix.map((row) => [...row]);
  const vectors = a.map((_, i) => a.map((_, j) => Number(i === j)));
  for (let sweep = 0; sweep < 30; sweep++) {
    for (let p = 0; p < n - 1; p++) {
      for (let q = p + 1; q < n; q++) {
        if (a[p][q] === 0) continue;
        const theta = (a[q][q] - a[p][p]) / (2 * a[p][q]);
        const t = (theta < 0 ? -1 : 1) / (Math.abs(theta) + Math.hypot(theta, 1));
        const cos = 1 / Math.hypot(t, 1);
        const sin = t * cos;
        for (const rows of [a, vectors]) {
          for (const row of rows) [row[p], row[q]] = [cos * row[p] - sin * row[q], sin * row[p] + cos * row[q]];
        }
        for (let k = 0; k < n; k++) {
          [a[p][k], a[q][k]] = [cos * a[p][k] - sin * a[q][k], sin * a[p][k] + cos * a[q][k]];
        }
      }
    }
  }
  return { values: a.map((row, i) => row[i]), vectors };
}
