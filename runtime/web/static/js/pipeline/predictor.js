/** The pipeline: frame -> detections -> regions -> crops -> networks -> faces. Mirrors runtime/predictor.py. */

import { makeFace } from "../landmarks/faces.js";
import { needsTurning, settle } from "./orientation.js";
import { refineFaces } from "./refinement.js";
import { inOrder } from "./selection.js";
import { Tracker } from "../tracking/tracker.js";

/** One detector, and any number of landmark networks that share its detections. */
export class Predictor {
  /**
   * @param detector a Detector.
   * @param landmarkers object of Landmarkers by the models' names.
   * @param tracking how streams are followed: of models.json.
   * @param selection `{min_confidence, order}`, which faces are given: of models.json.
   * @param irises an IrisFinder; null finds no irises.
   * @param refinement `{passes, mirror}`, how often the points of single pictures are found; see refinement.js.
   */
  constructor(detector, landmarkers, tracking, selection, irises = null, refinement = { passes: 1, mirror: false }) {
    this.irises = irises;
    this.refinement = refinement;
    this.tracking = tracking;
    this.selection = selection;
    this.detector = detector;
    this.landmarkers = Object.entries(landmarkers);
    this.stream = null;
  }

  /**
   * Find the faces of one RGBA raster, on its own.
   *
   * @returns `{detectMs, models: {name: {faces, ms, irisMs}}}`: faces in the order of the selection; times in milliseconds, `ms` is
   * cropping and network for all faces of the frame, `irisMs` the same of their irises.
   */
  async predict(raster) {
    const { min_confidence: minConfidence, order } = this.selection;
    return this.measured(raster, async (_, landmarker, detect, detectTurned) => {
      const turn = (fits) => (needsTurning(fits, raster) ? detectTurned() : null);
      const settled = await settle(landmarker, raster, inOrder(await detect(), order), minConfidence, turn, true);
      const faces = await refineFaces(landmarker, raster, settled, this.refinement, minConfidence);
      return inOrder(
        faces.map(({ detection, found }) => makeFace(detection, found)),
        order,
      );
    });
  }

  /**
   * Find the faces of the next frame of a stream: each network follows them by its own points.
   *
   * @param stream number of the stream; another number restarts the trackers.
   * @param time of the frame in seconds.
   * @returns as `predict`; `detectMs` is 0 where no network asked for detections.
   */
  async follow(raster, stream, time) {
    if (stream !== this.stream) {
      this.stream = stream;
      this.trackers = Object.fromEntries(
        this.landmarkers.map(([name, landmarker]) => [name, new Tracker(landmarker, this.tracking, this.selection)]),
      );
    }
    return this.measured(raster, (name, _, detect, detectTurned) =>
      this.trackers[name].next(raster, time, detect, detectTurned),
    );
  }

  async measured(raster, faces) {
    let detectMs = 0;
    const once = (way) => {
      let detections = null;
      return async () => {
        if (detections === null) {
          const started = performance.now();
          detections = await way();
          detectMs += performance.now() - started;
        }
        return detections;
      };
    };
    const detect = once(() => this.detector.detect(raster));
    // a detector that was trained on turned faces needs no turned frame
    const detectTurned = once(async () => (this.detector.upright ? this.detector.turned(raster) : []));
    const models = {};
    for (const [name, landmarker] of this.landmarkers) {
      const [started, before] = [performance.now(), detectMs];
      const found = await faces(name, landmarker, detect, detectTurned);
      const ended = performance.now();
      const complete = this.irises ? await this.irises.withIrises(raster, found) : found;
      models[name] = { faces: complete, ms: ended - started - (detectMs - before), irisMs: performance.now() - ended };
    }
    return { detectMs, models };
  }
}
