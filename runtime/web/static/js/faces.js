/** Result types: what the page shows and writes for each face. Mirrors runtime/faces.py and runtime/media/files/result_tables.py. */

import { estimatePose } from "./pose.js";

const range = (start, end) => Array.from({ length: end - start }, (_, i) => start + i);

/** Lines of a face in drawing order: name, point numbers (iBUG 300-W), whether the line is closed. */
export const CONTOURS = [
  { name: "jaw", points: range(0, 17), closed: false },
  { name: "right_brow", points: range(17, 22), closed: false },
  { name: "left_brow", points: range(22, 27), closed: false },
  { name: "nose_bridge", points: range(27, 31), closed: false },
  { name: "nostrils", points: range(31, 36), closed: false },
  { name: "right_eye", points: range(36, 42), closed: true },
  { name: "left_eye", points: range(42, 48), closed: true },
  { name: "outer_lips", points: range(48, 60), closed: true },
  { name: "inner_lips", points: range(60, 68), closed: true },
];

/** Join a detection and what the landmark network gave for it. */
export function makeFace({ box, score }, { points, confidence }) {
  return { track: null, box, score, confidence, pose: estimatePose(points), landmarks: points };
}

/** Plain numbers and lists with the keys and the rounding of `Face.to_dict()`. */
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
  };
}

function rounded(value, digits) {
  return Number(value.toFixed(digits));
}

/** Mean distance of the points of two faces in percent of the distance of the first one's outer eye corners. */
export function disagreement(one, other) {
  const apart = (p, q) => Math.hypot(p[0] - q[0], p[1] - q[1]);
  const pixels =
    one.landmarks.reduce((sum, point, i) => sum + apart(point, other.landmarks[i]), 0) / one.landmarks.length;
  return { pixels, percent: (100 * pixels) / apart(one.landmarks[36], one.landmarks[45]) };
}
