/** Which format a detector's network has. Mirrors runtime/detection/formats.py. */

import { AnchorFreeFormat } from "./anchor_free.js";
import { BlazeFaceFormat } from "./blazeface.js";

/**
 * Return the format of a network.
 *
 * @param spec of models.json: `format` and what that format needs.
 */
export function detectorFormat(spec) {
  if (spec.format === "blazeface") return new BlazeFaceFormat(spec);
  if (spec.format === "anchor-free") return new AnchorFreeFormat(spec);
  throw new Error(`${spec.name}: this page does not know detectors of the format ${spec.format}`);
}
