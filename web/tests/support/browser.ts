// What the tests do in pages of Chromium.
import type { Locator, Page } from "playwright-core";

/** A file to choose in a page's input. */
export function chosen(name: string, bytes: Buffer): { name: string; mimeType: string; buffer: Buffer } {
  return { name, mimeType: "application/pdf", buffer: bytes };
}

/** Answers the next `times` PUTs to the store with `status`, readable by the page, before a byte arrives. */
export async function refuseBytes(page: Page, store: string, status: number, times: number): Promise<void> {
  let left = times;
  await page.route(`${store}/**`, (route) => {
    if (route.request().method() !== "PUT" || left === 0) return route.fallback();
    left -= 1;
    return route.fulfill({ status, headers: { "Access-Control-Allow-Origin": "*" } });
  });
}

/** Holds a page's requests of a kind. `reached` resolves at the first of them, and `release` lets them go on. */
export async function hold(page: Page, method: string, url: RegExp): Promise<{ reached: Promise<void>; release(): void }> {
  const reached = Promise.withResolvers<void>();
  const released = Promise.withResolvers<void>();
  await page.route(url, async (route) => {
    if (route.request().method() !== method) return route.fallback();
    reached.resolve();
    await released.promise;
    // A request that was aborted meanwhile cannot go on.
    await route.fallback().catch(() => undefined);
  });
  return { reached: reached.promise, release: released.resolve };
}

/** How bright (0 to 255) an element's picture is along the line at `y`, from left to right; `y` is a share of its height. */
export async function brightness(element: Locator, y: number): Promise<number[]> {
  const picture = (await element.screenshot()).toString("base64");
  return element.page().evaluate(
    async ({ picture, y }) => {
      const bytes = Uint8Array.from(atob(picture), (char) => char.charCodeAt(0));
      const bitmap = await createImageBitmap(new Blob([bytes]));
      const context = new OffscreenCanvas(bitmap.width, bitmap.height).getContext("2d");
      context?.drawImage(bitmap, 0, 0);
      const { data = [] } = context?.getImageData(0, Math.floor(bitmap.height * y), bitmap.width, 1) ?? {};
      return Array.from({ length: bitmap.width }, (_, x) => (data[4 * x] ?? 0) * 0.3 + (data[4 * x + 1] ?? 0) * 0.6 + (data[4 * x + 2] ?? 0) * 0.1);
    },
    { picture, y },
  );
}
