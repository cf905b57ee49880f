// A list of files in React, by the hook. Its functions are inline on purpose: they are others in each render.
import { useConnectUpload } from "@upload-broker/client/react";
import { createElement as h, type ReactElement } from "react";

export interface Session {
  readonly endpoint: string;
  readonly resource: string;
  readonly token: string;
}

export function Files({ endpoint, resource, token }: Session): ReactElement {
  const { items, accept, add, cancel } = useConnectUpload({ endpoint, resource, token: async () => token, fetch: (...request) => fetch(...request) });
  return h(
    "div",
    null,
    h("input", { type: "file", multiple: true, accept, onChange: ({ target }) => add(target.files ?? []) }),
    h(
      "ul",
      null,
      items.map(({ id, name, leg, outcome }) =>
        h("li", { key: id }, `${name}: ${outcome?.code ?? leg} `, h("button", { onClick: () => cancel(id) }, "Cancel")),
      ),
    ),
  );
}
