import type { TestContext } from "node:test";
import { createUploader, type Environment, type Uploader, type UploaderOptions, type UploadFile } from "../../src/index.ts";
import { Stand } from "./stand.ts";

export const CASE = "arn:aws:cases:eu-west-1:111122223333:domain/d/case/c";
export const CONTACT = "arn:aws:connect:eu-west-1:111122223333:instance/i/contact/c";

/** A clock that moves only while something sleeps. */
export class Clock implements Environment {
  readonly slept: number[] = [];
  isOnlineNow = true;
  luck = 0.5;
  private time = 1_000_000;
  now = (): number => this.time;
  sleep = async (ms: number, signal?: AbortSignal): Promise<void> => {
    if (signal?.aborted) return;
    this.slept.push(ms);
    this.time += ms;
    this.onSleep(ms);
  };
  onSleep: (ms: number) => void = () => {};
  random = (): number => this.luck;
  isOnline = (): boolean => this.isOnlineNow;
  pass(ms: number): void {
    this.time += ms;
  }
}

export interface Setup {
  readonly stand: Stand;
  readonly clock: Clock;
  uploader(options?: Partial<UploaderOptions>): Uploader;
}

/** A stand, a clock that both sides share, and uploaders that would succeed. */
export const setUp = async (test: TestContext): Promise<Setup> => {
  const stand = await Stand.start();
  test.after(() => stand.stop());
  const clock = new Clock();
  stand.now = clock.now;
  const uploader = (options: Partial<UploaderOptions> = {}): Uploader =>
    createUploader({ endpoint: stand.endpoint, token: "good", environment: clock, ...options });
  return { stand, clock, uploader };
};

export const pdf = (content: string | Buffer<ArrayBuffer> = "%PDF-1.7 hello", name = "scan.pdf"): UploadFile =>
  Object.assign(new Blob([content], { type: "text/html" }), { name });
