/** `<connect-upload endpoint resource token>`: importing this module defines the element. */
import type { LimitsOutcome, Total, UploadFile } from "../options.ts";
import type { UploadItem } from "../list/types.ts";
import { ConnectUploadElement } from "./element.ts";

export { ConnectUploadElement, type ConnectUploadOptions } from "./element.ts";
export type { OwnMessages } from "./language.ts";

if (globalThis.customElements && !customElements.get("connect-upload")) customElements.define("connect-upload", ConnectUploadElement);

/** Of an event about one file. */
export interface ItemDetail {
  readonly item: UploadItem;
  readonly total: Total;
}

/** The element's events. They bubble, also out of shadow roots. */
export interface ConnectUploadEventMap {
  /** A file was chosen, dropped or pasted. `preventDefault()` leaves it out. */
  "connect-upload:choose": CustomEvent<{ readonly file: UploadFile }>;
  "connect-upload:add": CustomEvent<ItemDetail>;
  "connect-upload:progress": CustomEvent<ItemDetail>;
  "connect-upload:waiting": CustomEvent<ItemDetail>;
  "connect-upload:retry": CustomEvent<ItemDetail>;
  "connect-upload:outcome": CustomEvent<ItemDetail>;
  "connect-upload:remove": CustomEvent<ItemDetail>;
  "connect-upload:limits": CustomEvent<{ readonly limits: LimitsOutcome; readonly total: Total }>;
  /** No file is under way any more. */
  "connect-upload:complete": CustomEvent<{ readonly items: readonly UploadItem[]; readonly total: Total }>;
}

declare global {
  interface HTMLElementTagNameMap {
    "connect-upload": ConnectUploadElement;
  }
  interface HTMLElementEventMap extends ConnectUploadEventMap {}
}
