/** A scope, a stack or any other selection of several: its sum and what it is made of. */

import type { NodeId } from "../../model/graph";
import { quantity } from "../../model/quantity";
import { visible } from "../../model/visible";
import { h } from "../dom";
import { count, countOps } from "./describe";
import { type Subject, section } from "./details";
import { costs } from "./details-costs";
import { counterparts } from "./details-counterparts";
import { longList, nodeLink } from "./details-links";

export function manyNodes(subject: Subject, nodes: readonly NodeId[]): readonly HTMLElement[] {
  const { graph } = subject;
  const several = nodes.length > 1;
  const ops = countOps(graph, nodes);
  const total = ops.reduce((sum, [, number]) => sum + number, 0);
  const list = longList(ops, ([op, number]) =>
    h(
      "span",
      { class: "jl-count" },
      h("span", { class: "jl-mono" }, visible(op)),
      h("span", { class: "jl-number" }, quantity(number)),
    ),
  );
  return [
    several ? costs(subject, nodes) : null,
    section(`Made of ${count(total, "operation")}`, list),
    several
      ? section(
          "Members",
          longList(nodes, (node) => nodeLink(subject, node)),
        )
      : null,
    several ? counterparts(subject, nodes) : null,
  ].filter((part) => part !== null);
}
