/** A node's params, whole and ready to copy. */

import type { Constant, Graph, NodeId, RegionId } from "../../model/graph";
import { quantity } from "../../model/quantity";
import { visible } from "../../model/visible";
import { append, h } from "../dom";
import { copyText } from "./copy";
import { count } from "./describe";
import { type Subject, section } from "./details";
import { link } from "./details-links";
import { paramWords } from "./param-words";

const LONG = 160; // characters; longer ones are folded

export function params(subject: Subject, node: NodeId): HTMLElement | null {
  const found = subject.graph.params(node);
  if (found.length === 0) return null;
  const list = h("dl", { class: "jl-facts" });
  for (const [key, value] of found) {
    append(list, h("dt", {}, visible(key)), h("dd", {}, paramElement(subject, node, value)));
  }
  const copy = h("button", { class: "jl-button" }, "Copy params");
  copy.addEventListener("click", async () => {
    const text = found.map(([key, value]) => `${key}=${paramWords(value).text}`).join("\n");
    const copied = await copyText(text, subject.host);
    subject.store.announce(copied ? "Copied the params" : "Could not copy.");
  });
  return section("Params", list, copy);
}

function paramElement(subject: Subject, node: NodeId, value: Constant): HTMLElement {
  const { text, region, cutFrom } = paramWords(value);
  if (region !== undefined) return regionLink(subject, node, region);
  const cut = cutFrom === undefined ? "" : `Cut: ${quantity(cutFrom)} characters in all.`;
  if (text.length <= LONG && !text.includes("\n")) return h("code", { class: "jl-mono" }, text);
  return h(
    "details",
    { class: "jl-long" },
    h("summary", {}, h("code", { class: "jl-mono" }, `${text.slice(0, LONG / 4).split("\n")[0]}…`)),
    h("pre", { class: "jl-mono", tabIndex: 0 }, text),
    cut ? h("p", { class: "jl-details-hint" }, cut) : null,
  );
}

/** A body is a link to its first operation. */
function regionLink(subject: Subject, node: NodeId, key: string): HTMLElement {
  const { graph, stage } = subject;
  const region = regionByKey(graph, node, key);
  if (region === null || graph.firstNode(region) === graph.lastNode(region)) {
    return h("code", { class: "jl-mono" }, visible(key));
  }
  const size = graph.lastNode(region) - graph.firstNode(region);
  const text = `${visible(graph.regionName(region) || key)} (${count(size, "operation")})`;
  return link(subject, { stage, nodes: [graph.firstNode(region)] }, text);
}

function regionByKey(graph: Graph, node: NodeId, key: string): RegionId | null {
  const called = graph.calls(node).find(({ region }) => graph.regionKey(region) === key);
  return called ? called.region : null;
}
