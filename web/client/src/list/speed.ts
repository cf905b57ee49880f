/** The speed is measured over this time: long enough to be steady, short enough to follow a change. */
const WINDOW_MS = 3_000;

interface Sample {
  readonly atMs: number;
  readonly bytes: number;
}

/** Speed of one transfer over the last seconds. */
export class Speed {
  #samples: Sample[] = [];

  add(atMs: number, bytes: number): void {
    const last = this.#samples.at(-1);
    // The transfer has started again.
    if (last && bytes < last.bytes) this.#samples = [];
    const recent = this.#samples.filter((sample) => atMs - sample.atMs <= WINDOW_MS);
    const known = recent.length > 0 ? recent : this.#samples.slice(-1);
    this.#samples = [...known, { atMs, bytes }];
  }

  /** Undefined until there are two samples. */
  bytesPerSecond(): number | undefined {
    const first = this.#samples.at(0);
    const last = this.#samples.at(-1);
    if (!first || !last || last.atMs === first.atMs) return undefined;
    return ((last.bytes - first.bytes) * 1000) / (last.atMs - first.atMs);
  }

  secondsLeft(totalBytes: number): number | undefined {
    const speed = this.bytesPerSecond();
    const sent = this.#samples.at(-1)?.bytes ?? 0;
    return speed ? (totalBytes - sent) / speed : undefined;
  }
}
