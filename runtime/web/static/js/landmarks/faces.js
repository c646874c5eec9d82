/** Result types: what the page shows and writes for each face. Mirrors runtime/faces.py and runtime/media/files/result_tables.py. */

import { estimatePose } from "./head_pose.js";

/** Join a detection and the landmark network's result for it. */
export function makeFace({ box, score }, { points, confidence }) {
  return { track: null, box, score, confidence, pose: estimatePose(points), landmarks: points };
}

/** Return plain numbers and lists with the keys and the rounding of `Face.to_dict()`. */
export function faceToDict(face) {
  return {
    track: face.track,
    box: face.box.map((value) => rounded(value, 3)),
    score: rounded(face.score, 4),
    confidence: rounded(face.confidence, 4),
    pose: {
      yaw: rounded(face.pose.yaw, 2),
      pitch: rounded(face.pose.pitch, 2),
      roll: rounded(face.pose.roll, 2),
    },
    landmarks: face.landmarks.map((point) => point.map((value) => rounded(value, 3))),
    ...(face.irises && { irises: irisesToDict(face.irises) }),
  };
}

function irisesToDict({ right, left, gaze }) {
  const eye = ({ x, y, diameter }) => ({ x: rounded(x, 3), y: rounded(y, 3), diameter: rounded(diameter, 3) });
  const angle = (value) => (Number.isNaN(value) ? null : rounded(value, 2));
  return { right: eye(right), left: eye(left), gaze: { yaw: angle(gaze.yaw), pitch: angle(gaze.pitch) } };
}

function rounded(value, digits) {
  return Number(value.toFixed(digits));
}

/** Compute the mean distance of the points of two faces in percent of the distance of the first one's outer eye corners. */
export function disagreement(one, other) {
  const apart = (p, q) => Math.hypot(p[0] - q[0], p[1] - q[1]);
  const pixels =
    one.landmarks.reduce((sum, point, i) => sum + apart(point, other.landmarks[i]), 0) / one.landmarks.length;
  return { pixels, percent: (100 * pixels) / apart(one.landmarks[36], one.landmarks[45]) };
}
