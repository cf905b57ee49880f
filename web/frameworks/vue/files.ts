// A list of files in Vue, by the composable.
import { useConnectUpload } from "@upload-broker/client/vue";
import { defineComponent, h } from "vue";

export const Files = defineComponent({
  props: { endpoint: { type: String, required: true }, resource: { type: String, required: true }, token: { type: String, required: true } },
  setup(props) {
    const { state, add, cancel } = useConnectUpload(() => ({
      endpoint: props.endpoint,
      resource: props.resource,
      token: async () => props.token,
    }));
    return () => [
      h("input", {
        type: "file",
        multiple: true,
        accept: state.value.accept,
        onChange: ({ target }: Event) => add((target as HTMLInputElement).files ?? []),
      }),
      h(
        "ul",
        state.value.items.map(({ id, name, leg, outcome }) =>
          h("li", { key: id }, [`${name}: ${outcome?.code ?? leg} `, h("button", { onClick: () => cancel(id) }, "Cancel")]),
        ),
      ),
    ];
  },
});
