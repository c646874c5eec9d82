/** The page's side of worker.js: one promise per question. */

/** Runs the pipeline in a worker: `open` first, then `faces`; questions wait for each other. */
export class Engine {
  constructor() {
    this.worker = new Worker(new URL("worker.js", import.meta.url), { type: "module" });
    this.asked = Promise.resolve();
    this.closed = false;
  }

  /**
   * Load networks, or others than before.
   *
   * @param settings device, threads, detector, landmarks, irises, tracking, selection: see worker.js; all but two are of models.json.
   * @param onProgress called with the bytes of WebAssembly that have come.
   * @returns what was taken: device, threads, adapter, ms.
   */
  async open(settings, onProgress) {
    return (await this.ask({ type: "open", ...settings }, [], onProgress)).report;
  }

  /**
   * Find the faces of a picture.
   *
   * @param bitmap an ImageBitmap, which comes back with the answer and is gone until then.
   * @param stream number of the stream that the picture is the next frame of; null for a picture of its own.
   * @param time of the frame in seconds.
   * @returns `{bitmap, result}`: result as Predictor.predict gives it, and `readMs`.
   */
  async faces(bitmap, stream, time) {
    return this.ask({ type: "frame", bitmap, stream, time }, [bitmap]);
  }

  close() {
    this.closed = true;
    this.worker.terminate();
    this.refuse?.(new Error("closed"));
  }

  ask(message, transfer = [], onProgress = () => {}) {
    const answer = this.asked.then(() => this.send(message, transfer, onProgress));
    this.asked = answer.catch(() => {});
    return answer;
  }

  send(message, transfer, onProgress) {
    return new Promise((resolve, reject) => {
      if (this.closed) throw new Error("closed");
      this.refuse = reject;
      this.worker.onmessage = ({ data }) => {
        if (data.type === "progress") onProgress(data.bytes);
        else if (data.type === "failed") reject(new Error(data.message));
        else resolve(data);
      };
      this.worker.onerror = (event) => reject(new Error(event.message || "the networks' thread did not start"));
      this.worker.postMessage(message, transfer);
    });
  }
}
