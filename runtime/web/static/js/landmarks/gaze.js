/** Direction of gaze, from the irises and the head. Mirrors runtime/landmarks/gaze.py. */

import { EYEBALL_CENTRE, EYE_CORNERS, GAZE_REACH } from "../constants.js";
import { poseAxes } from "./head_pose.js";

/**
 * Return yaw and pitch of the gaze in degrees, as the pose counts them; NaN where the head has no pose.
 *
 * @param face with `pose` and `landmarks`.
 * @param irises `[right, left]`, each `{x, y}` in frame pixels.
 */
export function gazeDirection({ pose, landmarks }, irises) {
  if (!Number.isFinite(pose.yaw)) return { yaw: NaN, pitch: NaN };
  const [first, last] = [landmarks[36], landmarks[45]];
  const unit = Math.max(Math.hypot(...first.map((value, axis) => last[axis] - value)), 1e-6);
  const [right, down, out] = poseAxes(pose);
  const offset = [0, 1].map((axis) => EYEBALL_CENTRE[0] * right[axis] + EYEBALL_CENTRE[1] * down[axis] - EYEBALL_CENTRE[2] * out[axis]);
  const total = [0, 0];
  let weights = 0;
  irises.forEach((iris, side) => {
    const [one, other] = EYE_CORNERS[side].map((corner) => landmarks[corner]);
    const width = Math.hypot(other[0] - one[0], other[1] - one[1]);
    [iris.x, iris.y].forEach((value, axis) => {
      total[axis] += width * ((value - (one[axis] + other[axis]) / 2) / unit - offset[axis]);
    });
    weights += width;
  });
  const [x, y] = total.map((sum) => sum / Math.max(weights, 1e-6) / GAZE_REACH);
  // an iris farther from the centre than the ball reaches is seen at the ball's edge
  const long = Math.max(1, Math.hypot(x, y));
  const [a, b] = [x / long, y / long];
  const degrees = 180 / Math.PI;
  return {
    yaw: Math.atan2(a, Math.sqrt(Math.max(0, 1 - a * a - b * b))) * degrees,
    pitch: Math.asin(-b) * degrees,
  };
}
