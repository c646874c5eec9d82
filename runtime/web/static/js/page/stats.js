/** Running measures over the last frames. */

/** Keeps the last values and gives their median and mean. */
export class Window {
  constructor(size = 60) {
    this.size = size;
    this.values = [];
  }

  add(value) {
    this.values.push(value);
    if (this.values.length > this.size) this.values.shift();
  }

  clear() {
    this.values = [];
  }

  /** The mean, NaN as long as there is no value. */
  get mean() {
    return this.values.reduce((sum, value) => sum + value, 0) / this.values.length;
  }

  /** The median, NaN as long as there is no value. */
  get median() {
    if (this.values.length === 0) return NaN;
    const sorted = [...this.values].sort((a, b) => a - b);
    const middle = sorted.length >> 1;
    return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
  }
}

/** Frames per second over the last two seconds. */
export class Rate {
  constructor(seconds = 2) {
    this.seconds = seconds;
    this.times = [];
  }

  /** @param now milliseconds. */
  tick(now) {
    this.times.push(now);
    while (this.times[0] < now - 1000 * this.seconds) this.times.shift();
  }

  clear() {
    this.times = [];
  }

  /** NaN as long as there are fewer than two frames. */
  get perSecond() {
    const { times } = this;
    return times.length < 2 ? NaN : (1000 * (times.length - 1)) / (times.at(-1) - times[0]);
  }
}
