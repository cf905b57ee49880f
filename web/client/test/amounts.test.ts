import assert from "node:assert/strict";
import test from "node:test";
import { Speed } from "../src/list/speed.ts";
import { bytesText, durationText, fill, percentOf, percentText, tagOf } from "../src/messages/amounts.ts";

/** Languages differ in whether the space before a unit breaks. */
const plain = (text: string): string => text.replaceAll("\u00a0", " ");

test("bytes are counted as Connect counts its limits, and written in the language", () => {
  for (const [bytes, english, german] of [
    [0, "0 bytes", "0 Byte"],
    [1023, "1,023 bytes", "1.023 Byte"],
    [1536, "1.5 kB", "1,5 kB"],
    [20_971_520, "20 MB", "20 MB"],
    [5_000_000_000, "4.7 GB", "4,7 GB"],
  ] as const) {
    assert.deepEqual([plain(bytesText(bytes, "en")), plain(bytesText(bytes, "de"))], [english, german]);
  }
});

test("a share is in whole percent, also of an empty file", () => {
  for (const [bytes, totalBytes, percent, text] of [
    [0, 0, 0, "0%"],
    [1, 3, 33, "33%"],
    [999, 1000, 99, "99%"],
    [5, 5, 100, "100%"],
  ] as const) {
    assert.deepEqual([percentOf(bytes, totalBytes), percentText(percent, "en")], [percent, text]);
  }
});

test("a duration is at least a second, and in minutes from a minute on", () => {
  for (const [seconds, english, german] of [
    [0, "1 sec", "1 Sek."],
    [59.4, "59 sec", "59 Sek."],
    [90, "2 min", "2 Min."],
    [3660, "1 hr 1 min", "1 Std. 1 Min."],
  ] as const) {
    assert.deepEqual([plain(durationText(seconds, "en")), plain(durationText(seconds, "de"))], [english, german]);
  }
});

test("words in braces are replaced, and those without a value stay", () => {
  assert.equal(fill("{name}: {size} of {size}, {other}", { name: "a{size}", size: 5 }), "a{size}: 5 of 5, {other}");
});

test("a speed needs two samples, and follows the last seconds", () => {
  const speed = new Speed();
  speed.add(0, 0);
  assert.equal(speed.bytesPerSecond(), undefined);
  speed.add(1000, 500);
  assert.equal(speed.bytesPerSecond(), 500);
  assert.equal(speed.secondsLeft(1500), 2);
  speed.add(5000, 8500);
  assert.equal(speed.bytesPerSecond(), 2000);
  speed.add(6000, 8600);
  assert.equal(speed.bytesPerSecond(), 100);
});

test("a transfer that starts again is measured anew", () => {
  const speed = new Speed();
  speed.add(0, 0);
  speed.add(1000, 1000);
  speed.add(1100, 0);
  assert.equal(speed.bytesPerSecond(), undefined);
});

test("a language is written as pages write it, and what is not a language counts in English", () => {
  for (const [lang, tag] of [["de_DE", "de-DE"], ["de-CH", "de-CH"], ["en-US@posix", "en"], ["C", "en"], ["", "en"]] as const) {
    assert.equal(tagOf(lang), tag);
    assert.equal(bytesText(1536, lang), bytesText(1536, tag));
    assert.equal(percentText(50, lang), percentText(50, tag));
  }
});
