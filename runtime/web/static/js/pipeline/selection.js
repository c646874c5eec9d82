/** Selection of the detected faces that are returned, and their order. Mirrors runtime/pipeline/selection.py. */

/**
 * Return detections or faces, the first face first; equals keep their order.
 *
 * @param found array of `{box, score}`.
 * @param order "size" for the largest first, "score" for the highest detector score.
 */
export function inOrder(found, order) {
  const key = order === "score" ? ({ score }) => score : ({ box }) => Math.max(box[2] - box[0], box[3] - box[1]);
  return [...found].sort((one, other) => key(other) - key(one));
}
