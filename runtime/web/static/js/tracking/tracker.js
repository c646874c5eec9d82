/**
 * Tracking of faces through a stream: regions come from the last frame, the detector searches for new faces only.
 *
 * Mirrors the core of runtime/tracking/tracker.py: carried regions, shot cuts, lost faces that return, smoothing. It differs
 * on purpose: faces are distinguished by place alone, without their appearance, so after a shot cut all faces are new; and
 * while no face is tracked the detector runs in every frame, without a presence gate.
 */

import { MOTION_SECONDS, REACH, ROUNDING_SECONDS, SAME_FACE } from "../constants.js";
import { CutDetector } from "./shot_cuts.js";
import { makeFace } from "../landmarks/faces.js";
import { iou } from "../detection/nms.js";
import { distance, isLikely, located, needsTurning, refine, settle } from "../pipeline/orientation.js";
import { boxFromRegion, regionFromPoints } from "../landmarks/region_of_interest.js";
import { inOrder } from "../pipeline/selection.js";
import { OneEuroFilter } from "./smoothing.js";

/** Follows the faces of one stream with one landmark network. */
export class Tracker {
  /**
   * @param landmarker a Landmarker.
   * @param config of runtime.TrackingConfig, as models.json has it.
   * @param selection `{min_confidence, order}`: which faces are followed, and which gets the first number.
   */
  constructor(landmarker, config, selection) {
    this.selection = selection;
    this.landmarker = landmarker;
    this.config = config;
    this.cut = new CutDetector(config.cut);
    this.live = [];
    this.lost = [];
    this.count = 0;
    this.time = -Infinity;
    this.looked = -Infinity;
    this.turned = -Infinity;
  }

  /**
   * Follow the faces into the next frame.
   *
   * @param raster RGBA picture.
   * @param time seconds; later than the last frame's.
   * @param detect gives the frame's detections; called only if they are needed.
   * @param detectTurned gives those of the frame turned, see `Detector.turned`; likewise.
   * @returns faces in the order of their numbers, `track`.
   */
  async next(raster, time, detect, detectTurned) {
    this.time = Math.max(time, this.time + 1e-3);
    this.lost = this.lost.filter((track) => this.time - track.time <= this.config.keep_lost);
    if (this.cut.next(raster)) [this.live, this.lost, this.turned] = [[], [], -Infinity];
    const gone = await this.follow(raster);
    this.lost.push(...gone);
    if (this.live.length === 0 || gone.length > 0 || this.time - this.looked >= this.config.detect_every - ROUNDING_SECONDS) {
      this.looked = this.time;
      await this.look(raster, await detect(), detectTurned);
    }
    return this.live.sort((a, b) => a.id - b.id).map((track) => this.face(track));
  }

  async follow(raster) {
    const tracks = this.live;
    const expected = tracks.map((track) => expectedRegion(track, this.time));
    const first = await located(this.landmarker, raster, expected);
    const found = await refine(
      this.landmarker,
      raster,
      first,
      first.map((each) => !this.certain(each)),
    );
    this.live = [];
    const gone = [];
    tracks.forEach((track, i) => {
      const { region, confidence } = found[i];
      const near = distance(expected[i], region) <= this.config.max_jump && ratio(expected[i], region) <= this.config.max_growth;
      if (this.certain({ confidence }) && near && this.isNew(region)) this.update(track, found[i], true);
      else gone.push(track);
    });
    return gone;
  }

  async look(raster, detections, detectTurned) {
    const boxes = this.live.map(({ region }) => this.box(region));
    const fresh = [];
    for (const detection of inOrder(detections, this.selection.order)) {
      const known = boxes.findIndex((box) => iou(box, detection.box) >= SAME_FACE);
      if (known < 0) fresh.push(detection);
      else this.live[known].score = detection.score;
    }
    const turn = (fits) => (this.turns(raster, fits) ? detectTurned() : null);
    const faces = await settle(this.landmarker, raster, fresh, this.selection.min_confidence, turn);
    for (const { detection, found } of faces) if (this.isNew(found.region)) this.begin(found, detection.score);
  }

  /** Return whether to search the frame turned: less often where nothing is likely to be a face. */
  turns(raster, fits) {
    const pause = fits.some(isLikely) ? 0 : this.config.search_turned_every;
    if (this.time - this.turned < pause - ROUNDING_SECONDS || !needsTurning(fits, raster, this.live.length > 0)) return false;
    this.turned = this.time;
    return true;
  }

  certain({ confidence }) {
    return confidence >= this.selection.min_confidence;
  }

  /** Continue the track of a lost face that was near, or start a new one. */
  begin(found, score) {
    const back = this.lost.find(
      ({ region }) => distance(region, found.region) <= this.config.return_distance && ratio(region, found.region) <= this.config.max_growth,
    );
    if (back) {
      this.lost.splice(this.lost.indexOf(back), 1);
      back.score = score;
      this.update(back, found, false);
      return;
    }
    const filter = new OneEuroFilter(this.config.smoothing);
    const smooth = filter.next(found.points, found.region.side, 0);
    this.live.push({ id: this.count++, time: this.time, score, filter, smooth, velocity: [0, 0], ...found });
  }

  update(track, found, smooth) {
    const elapsed = this.time - track.time;
    const share = -Math.expm1(-elapsed / MOTION_SECONDS);
    const speed = [found.region.x - track.region.x, found.region.y - track.region.y].map((way) => way / elapsed);
    track.velocity = track.velocity.map((old, axis) => old + share * (speed[axis] - old));
    if (!smooth) track.filter.reset();
    Object.assign(track, found, { time: this.time });
    track.smooth = track.filter.next(found.points, found.region.side, elapsed);
    this.live.push(track);
  }

  face({ id, score, confidence, smooth }) {
    const box = this.box(regionFromPoints(smooth, this.landmarker.cropScale));
    return { ...makeFace({ box, score }, { points: smooth, confidence }), track: id };
  }

  box(region) {
    return boxFromRegion(region, this.landmarker.cropScale);
  }

  isNew(region) {
    return this.live.every((track) => iou(this.box(track.region), this.box(region)) < this.config.max_overlap);
  }
}

/** Predict the region of a face from its velocity, at most REACH sides of its region away. */
function expectedRegion({ region, velocity, time }, now) {
  const [x, y] = velocity.map((speed) => speed * (now - time));
  const share = Math.min(1, (REACH * region.side) / Math.max(Math.hypot(x, y), 1e-9));
  return { ...region, x: region.x + share * x, y: region.y + share * y };
}

function ratio(one, other) {
  return Math.max(one.side, other.side) / Math.min(one.side, other.side);
}
