import assert from "node:assert/strict";
import test from "node:test";
import { maskedBody, maskedHeader, maskedUrl } from "../src/mask.ts";

test("a URL shows neither its handle nor its signature", () => {
  for (const [url, shown] of [
    ["http://a/uploads", "http://a/uploads"],
    ["http://a/prod/uploads/h4ndle/complete", "http://a/prod/uploads/…/complete"],
    ["http://s/key?X-Amz-Date=d&X-Amz-Signature=s", "http://s/key?X-Amz-Date=d&X-Amz-Signature=…"],
    ["http://s/key?x-amz-security-token=t&X-Amz-Credential=c", "http://s/key?x-amz-security-token=…&X-Amz-Credential=…"],
    ["http://s/key?X%2DAmz%2DSignature=s", "http://s/key?X%2DAmz%2DSignature=…"],
  ] as const) {
    assert.equal(maskedUrl(url), shown);
  }
});

test("a header shows neither token nor handle", () => {
  assert.equal(maskedHeader("authorization", "Bearer secret"), "Bearer …");
  assert.equal(maskedHeader("Location", "/uploads/h4ndle"), "/uploads/…");
  assert.equal(maskedHeader("etag", "e"), "e");
});

test("a body shows neither token nor signature, and is not changed if it is not JSON", () => {
  assert.equal(maskedBody('{"access_token":"t"}'), '{\n  "access_token": "…"\n}');
  assert.equal(maskedBody('{"url":"http://s/k?X-Amz-Signature=s"}'), '{\n  "url": "http://s/k?X-Amz-Signature=…"\n}');
  assert.equal(maskedBody("<Error/>"), "<Error/>");
});
