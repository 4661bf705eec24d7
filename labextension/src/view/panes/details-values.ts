/** Operands and results: types, sizes, and who makes and reads them. */

import type { Graph, NodeId, RegionId, ValueId } from "../../model/graph";
import { quantity } from "../../model/quantity";
import { visible } from "../../model/visible";
import { h } from "../dom";
import { type Subject, section } from "./details";
import { longList, nodeLink } from "./details-links";
import { readersOf } from "./readers";
import { nameInText } from "./text-of";

/** What a node gives, and the nodes that read it. */
export function results(subject: Subject, node: NodeId): HTMLElement | null {
  const { graph } = subject;
  const values = range(graph.firstOutput(node), graph.lastOutput(node));
  if (values.length === 0) return null;
  const list = longList(values, (value) =>
    valueCard(graph, node, value, readers(subject, node, value)),
  );
  return section(values.length === 1 ? "Result" : `${values.length} results`, list);
}

/** What a node reads, and the nodes that make it. */
export function operands(subject: Subject, node: NodeId): HTMLElement | null {
  const { graph } = subject;
  const values = [...graph.inputs(node)];
  if (values.length === 0) return null;
  const list = longList(values, (value) => valueCard(graph, node, value, makerOf(subject, value)));
  return section(values.length === 1 ? "Operand" : `${values.length} operands`, list);
}

function valueCard(graph: Graph, node: NodeId, value: ValueId, linked: Node): HTMLElement {
  const type = graph.valueType(value);
  const bytes = graph.bytes(value);
  const name = nameOf(graph, node, value);
  const facts = [
    Number.isNaN(bytes) ? "size not known" : quantity(bytes, "B"),
    type.weak ? "weakly typed" : "",
    type.layout && `layout ${visible(type.layout)}`,
    type.memorySpace && `in ${visible(type.memorySpace)}`,
    type.sharding && `sharding ${visible(type.sharding)}`,
  ].filter((fact) => fact);
  return h(
    "div",
    { class: "jl-value" },
    h(
      "div",
      { class: "jl-value-head" },
      name ? h("span", { class: "jl-value-name" }, name) : null,
      h("span", { class: "jl-value-type" }, visible(graph.typeText(value), 200)),
    ),
    h("div", { class: "jl-value-facts" }, facts.join(" · ")),
    linked,
  );
}

function nameOf(graph: Graph, node: NodeId, value: ValueId): string {
  if (graph.role(value) === "literal") return visible(graph.literal(value));
  return visible(graph.valueName(value)) || nameInText(graph, node, value);
}

function makerOf(subject: Subject, value: ValueId): HTMLElement {
  const { graph } = subject;
  const source = graph.behind(value);
  const maker = graph.maker(source);
  if (maker >= 0) return h("div", { class: "jl-value-link" }, "from ", nodeLink(subject, maker));
  const roles: Record<string, string> = { argument: "an input", const: "a captured constant" };
  return h("div", { class: "jl-value-link" }, roles[graph.role(source)] ?? graph.role(source));
}

function readers(subject: Subject, node: NodeId, value: ValueId): HTMLElement {
  const { graph } = subject;
  const { nodes, results } = readersOf(graph, value, graph.regionOf(node));
  const given = results.map((region) => resultOf(graph, region)).join(", ");
  if (nodes.length === 0) return h("div", { class: "jl-value-link" }, given || "not read");
  const list = longList(nodes, (user) => nodeLink(subject, user));
  return h("div", { class: "jl-value-link" }, given ? `${given}, and read by` : "read by", list);
}

function resultOf(graph: Graph, region: RegionId): string {
  if (region === graph.entry) return "a result of the program";
  return `a result of ${visible(graph.regionName(region) || graph.regionKey(region))}`;
}

function range(first: number, last: number): number[] {
  return Array.from({ length: last - first }, (_, place) => first + place);
}
