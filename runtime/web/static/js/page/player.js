/** The loop from source to engine to screen. */

/** Runs of a still picture: enough for a median. */
const RUNS = 60;
const SECONDS = 4;

/** Feeds one source's frames to the engine, one after the other, and hands on what comes back. */
export class Player {
  /**
   * @param onResult called with {bitmap, result, source}; the bitmap is closed when the next one comes.
   * @param onRest called when a still picture has been measured enough.
   * @param onProblem called with an Error that ended the loop.
   */
  constructor(onResult, onRest, onProblem) {
    this.onResult = onResult;
    this.onRest = onRest;
    this.onProblem = onProblem;
    this.engine = null;
    this.source = null;
    this.last = null;
    this.tracking = true;
    this.stream = 0;
    this.paused = false;
    this.runs = 0;
  }

  /** Go on with another source; the old one is closed. */
  play(source) {
    this.source?.close();
    this.source = source;
    this.paused = false;
    this.stream += 1;
    this.again();
    this.loop(source);
  }

  /** Run a still picture again, after a change of networks for instance. */
  again() {
    this.runs = 0;
    this.until = performance.now() + 1000 * SECONDS;
    this.wake?.();
  }

  /** Whether live sources are followed from frame to frame, or every frame is processed on its own. */
  track(tracking) {
    this.tracking = tracking;
    this.stream += 1;
  }

  pause(paused) {
    this.paused = paused;
    this.wake?.();
  }

  async loop(source) {
    while (source === this.source) {
      if (this.resting) {
        if (this.last) this.onRest();
        await new Promise((resolve) => (this.wake = resolve));
        continue;
      }
      const { engine } = this;
      try {
        const bitmap = await source.frame();
        const answer = await engine.faces(bitmap, source.live && this.tracking ? this.stream : null, source.time);
        if (source === this.source && engine === this.engine) this.take({ ...answer, source });
        else answer.bitmap.close();
      } catch (error) {
        // a source that was replaced, and an engine that was, fail on purpose
        if (source !== this.source) return;
        if (engine !== this.engine) continue;
        this.onProblem(error);
        return;
      }
    }
  }

  get resting() {
    const enough = !this.source.live && (this.runs >= RUNS || (this.runs > 0 && performance.now() > this.until));
    return this.paused || enough || !this.engine;
  }

  take(answer) {
    this.last?.bitmap.close();
    this.last = answer;
    this.runs += 1;
    this.onResult(answer);
  }
}
