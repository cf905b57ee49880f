/** Runs a number of tasks at a time, in the order in which they were added. */
export class Queue {
  readonly #waiting: (() => Promise<void>)[] = [];
  #free: number;

  constructor(atATime: number) {
    this.#free = atATime;
  }

  add(task: () => Promise<void>): void {
    this.#waiting.push(task);
    void this.#next();
  }

  async #next(): Promise<void> {
    if (this.#free === 0) return;
    const task = this.#waiting.shift();
    if (!task) return;
    this.#free -= 1;
    await task();
    this.#free += 1;
    void this.#next();
  }
}
