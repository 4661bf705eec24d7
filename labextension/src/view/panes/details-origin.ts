/** Where in the source a node comes from: the stack of calls, innermost first. */

import type { Frame, NodeId, Source } from "../../model/graph";
import { visible } from "../../model/visible";
import { h } from "../dom";
import { type Subject, section } from "./details";
import { longList } from "./details-links";

export function origin(subject: Subject, node: NodeId): HTMLElement | null {
  const frames = subject.graph.frames(node);
  if (frames.length === 0) return null;
  return section(
    "Origin",
    longList(frames, (frame) => frameElement(subject, frame)),
  );
}

function frameElement({ store, host }: Subject, frame: Frame): HTMLElement {
  const { sources } = store.report;
  const place = sources.findIndex(({ file }) => file === frame.file);
  const source: Source | undefined = sources[place];
  const title = visible(source?.title || baseName(frame.file));
  const code = source?.text.split("\n")[frame.line - 1]?.trim() ?? "";
  const where = `${title} line ${frame.line}`;
  const words = h("code", { class: "jl-mono jl-frame-code" }, visible(code || frame.function, 120));
  if (!source) {
    return h("div", { class: "jl-frame", title: frame.file }, h("span", {}, where), words);
  }
  const open = h("button", { class: "jl-link" }, where);
  open.addEventListener("click", () => {
    if (host.openLine?.(source.file, source.cellId, source.text, frame.line)) return;
    store.set({ selection: null, line: { source: place, line: frame.line }, source: place });
  });
  open.addEventListener("pointerenter", () => {
    store.set({ hoverLine: { source: place, line: frame.line } });
  });
  open.addEventListener("pointerleave", () => store.set({ hoverLine: null }));
  return h("div", { class: "jl-frame" }, open, words);
}

function baseName(file: string): string {
  return file.slice(Math.max(file.lastIndexOf("/"), file.lastIndexOf("\\")) + 1);
}
