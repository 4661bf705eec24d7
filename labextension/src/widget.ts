/** The viewer as a live widget, for anywidget: the selection goes both ways. */

import type { Panel } from "./view/panel";
import { contentOf, followTheme, show } from "./viewer";

/** anywidget's model, as far as it is used. */
interface Model {
  get(key: "_payload"): string;
  get(key: "selected_ids"): readonly string[];
  set(key: "selected_ids", value: readonly string[]): void;
  save_changes(): void;
  on(event: string, heard: () => void): void;
  off(event: string, heard: () => void): void;
}

async function render({ model, el }: { model: Model; el: HTMLElement }): Promise<() => void> {
  const panel = await show(el, model.get("_payload"), {
    host: {
      selected: (stage, keys) => {
        const ids = keys.map((key) => `${stage}:${key}`);
        if (String(ids) === String(model.get("selected_ids"))) return;
        model.set("selected_ids", ids);
        model.save_changes();
      },
    },
  });
  const stopTheme = followTheme(panel);
  const select = () => selectIds(panel, model.get("selected_ids"));
  const update = async () => panel.update(await contentOf(model.get("_payload")));
  model.on("change:selected_ids", select);
  model.on("change:_payload", update);
  select();
  return () => {
    model.off("change:selected_ids", select);
    model.off("change:_payload", update);
    stopTheme();
    panel.dispose();
  };
}

/** Select what Python named, and turn to its stage: that of the first id, `jaxpr:main/4`. */
function selectIds({ store }: Panel, ids: readonly string[]): void {
  if (!store) return;
  const { stages } = store.report;
  const name = ids[0]?.split(":", 1)[0];
  const stage = stages.findIndex((graph) => graph.stage === name);
  if (stage < 0) {
    store.select(null);
    return;
  }
  const keys = ids.filter((id) => id.startsWith(`${name}:`)).map((id) => id.slice(name.length + 1));
  const nodes = keys.map((key) => stages[stage].nodeByKey(key)).filter((node) => node >= 0);
  store.set({ stage });
  store.select({ stage, nodes });
}

export default { render };
