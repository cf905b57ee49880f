import assert from "node:assert/strict";
import test from "node:test";
import { bytesText, durationText, percentOf } from "../src/amounts.ts";
import { Pace } from "../src/pace.ts";

test("bytes are counted as Connect counts its limits", () => {
  for (const [bytes, text] of [
    [0, "0 bytes"],
    [1023, "1023 bytes"],
    [1024, "1.0 KB"],
    [20_971_520, "20 MB"],
    [5_000_000_000, "4.7 GB"],
  ] as const) {
    assert.equal(bytesText(bytes), text);
  }
});

test("a share is in whole percent, also of an empty file", () => {
  for (const [bytes, totalBytes, percent] of [
    [0, 0, 0],
    [1, 3, 33],
    [999, 1000, 99],
    [5, 5, 100],
  ] as const) {
    assert.equal(percentOf(bytes, totalBytes), percent);
  }
});

test("a duration is at least a second, and in minutes from a minute on", () => {
  for (const [seconds, text] of [
    [0, "1 s"],
    [59.4, "59 s"],
    [90, "2 min"],
    [3660, "1 h 1 min"],
  ] as const) {
    assert.equal(durationText(seconds), text);
  }
});

test("a speed needs two samples, and follows the last seconds", () => {
  const pace = new Pace();
  pace.add(0, 0);
  assert.equal(pace.bytesPerSecond(), undefined);
  pace.add(1000, 500);
  assert.equal(pace.bytesPerSecond(), 500);
  assert.equal(pace.secondsLeft(1500), 2);
  pace.add(5000, 8500);
  assert.equal(pace.bytesPerSecond(), 2000);
  pace.add(6000, 8600);
  assert.equal(pace.bytesPerSecond(), 100);
});

test("a transfer that starts again is measured anew", () => {
  const pace = new Pace();
  pace.add(0, 0);
  pace.add(1000, 1000);
  pace.add(1100, 0);
  assert.equal(pace.bytesPerSecond(), undefined);
});
