/** How values pass into the regions that a node calls, and back. */

import type { Graph, NodeId, RegionId, ValueId } from "../graph";
import { wrapped } from "./titles";

/** A node and, where it is a wrapper, what it wraps, outermost first. */
export function chainOf(graph: Graph, node: NodeId, speaker: NodeId): NodeId[] {
  const chain = [node];
  for (let at = node; at !== speaker; ) {
    const inner = wrapped(graph, at);
    if (inner === null) break;
    chain.push(inner);
    at = inner;
  }
  return chain;
}

/** The operand of a node that an input of a region which it calls stands for; -1: none. */
export function operandOf(graph: Graph, node: NodeId, call: number, input: number): number {
  const { role, region } = graph.calls(node)[call];
  const operands = graph.inputs(node).length;
  const first = graph.firstInput(region);
  const last = graph.lastInput(region);
  const op = graph.op(node);
  if (op === "while" && graph.stage === "jaxpr") {
    const ofCond = number(graph.param(node, "cond_nconsts"));
    const ofBody = number(graph.param(node, "body_nconsts"));
    const own = role.startsWith("cond") ? ofCond : ofBody;
    const skipped = role.startsWith("cond") ? 0 : ofCond;
    return input < own ? skipped + input : ofCond + ofBody + input - own;
  }
  if (graph.role(first + input) === "const") return -1;
  const consts = constsOf(graph, region);
  const place = input - consts;
  const inputs = last - first - consts;
  if (inputs === operands) return place;
  if (op === "conditional" && inputs === 1) return 1 + call;
  if (inputs === operands - 1) return 1 + place;
  return -1;
}

const known = new WeakMap<Graph, Map<RegionId, number>>();

/** How many inputs of a region are constants: counted once, asked for each input. */
function constsOf(graph: Graph, region: RegionId): number {
  let counts = known.get(graph);
  if (counts === undefined) {
    counts = new Map();
    known.set(graph, counts);
  }
  let consts = counts.get(region);
  if (consts === undefined) {
    consts = 0;
    for (let value = graph.firstInput(region); value < graph.lastInput(region); value++) {
      if (graph.role(value) === "const") consts++;
    }
    counts.set(region, consts);
  }
  return consts;
}

const number = (value: unknown): number => (typeof value === "number" ? value : 0);

/** A loop's inputs and outputs that are the same variable: from an output to the input that it is
 * in the next turn, by place. */
export function carriesOf(
  graph: Graph,
  node: NodeId,
  role: string,
  region: RegionId,
): (readonly [output: number, input: number])[] {
  const op = graph.op(node);
  const outputs = graph.outputs(region).length;
  const pairs = (count: number, skipped: number) =>
    Array.from({ length: count }, (_, at) => [at, skipped + at] as const);
  if (op === "scan") {
    const carries = graph.param(node, "num_carry");
    const consts = graph.param(node, "num_consts");
    if (typeof carries === "number") return pairs(carries, number(consts));
    return pairs(...scanCounts(graph, node, region));
  }
  if (op !== "while" || !role.startsWith("body")) return [];
  return pairs(outputs, graph.stage === "jaxpr" ? number(graph.param(node, "body_nconsts")) : 0);
}

/** Where a scan doesn't count them: carries are the results that have the shape of what the body
 * gives back, constants what is left of the operands that are read whole. */
function scanCounts(graph: Graph, node: NodeId, region: RegionId): [number, number] {
  const outputs = graph.outputs(region);
  const first = graph.firstOutput(node);
  let carries = 0;
  while (
    carries < outputs.length &&
    graph.typeText(first + carries) === graph.typeText(outputs[carries])
  ) {
    carries++;
  }
  const operands = graph.inputs(node);
  const inputs = graph.firstInput(region);
  let whole = 0;
  while (
    whole < operands.length &&
    inputs + whole < graph.lastInput(region) &&
    graph.typeText(operands[whole]) === graph.typeText(inputs + whole)
  ) {
    whole++;
  }
  return [carries, Math.max(0, whole - carries)];
}

/** A value of the region that the last of the chain calls, as it is where the first stands;
 * captured values are themselves. -1 where it can't be said. */
export function outward(
  graph: Graph,
  chain: readonly NodeId[],
  call: number,
  value: ValueId,
): ValueId {
  let seen = value;
  for (let at = chain.length - 1; at >= 0; at--) {
    const place = at === chain.length - 1 ? call : 0;
    const { region } = graph.calls(chain[at])[place];
    seen = throughPlumbing(graph, region, seen);
    const input = seen - graph.firstInput(region);
    if (input < 0 || seen >= graph.lastInput(region)) continue;
    const operand = operandOf(graph, chain[at], place, input);
    if (operand < 0) return -1;
    seen = graph.inputs(chain[at])[operand];
  }
  return seen;
}

/** Inside a wrapper only plumbing stands beside what it wraps. */
function throughPlumbing(graph: Graph, region: RegionId, value: ValueId): ValueId {
  let seen = value;
  for (;;) {
    const maker = graph.maker(seen);
    if (maker < graph.firstNode(region) || maker >= graph.lastNode(region)) return seen;
    const inputs = graph.inputs(maker);
    if (inputs.length !== 1) return seen;
    seen = inputs[0];
  }
}

/** The result of the first of the chain that an output of the region stands for; -1: none. */
export function resultOf(
  graph: Graph,
  chain: readonly NodeId[],
  role: string,
  output: number,
): ValueId {
  const inner = chain[chain.length - 1];
  if (graph.op(inner) === "while" && role.startsWith("cond")) return -1;
  let value = graph.firstOutput(inner) + output;
  if (value >= graph.lastOutput(inner)) return -1;
  for (let at = chain.length - 2; at >= 0; at--) {
    const { region } = graph.calls(chain[at])[0];
    const place = graph.outputs(region).findIndex((back) => throughEnds(graph, back, value));
    if (place < 0) return -1;
    value = graph.firstOutput(chain[at]) + place;
  }
  return value;
}

function throughEnds(graph: Graph, back: ValueId, value: ValueId): boolean {
  return back === value || graph.behind(back) === graph.behind(value);
}

/** "body", "cond", "branch 0: sin": what a body is called; "" where there is only one. */
export function insideTitle(graph: Graph, node: NodeId, call: number): string {
  const calls = graph.calls(node);
  const { role, region } = calls[call];
  if (graph.isGroup(node)) return "";
  const branch = /^branch(?:es|_computations)?\[(\d+)\]$/.exec(role);
  const plain = branch
    ? `branch ${branch[1]}`
    : role.replace(/_?jaxpr$/, "").replace("condition", "cond");
  if (calls.length === 1) return "";
  const name = graph.regionName(region);
  return branch && graph.stage === "jaxpr" && name !== "" && !name.includes("<")
    ? `${plain}: ${name}`
    : plain || role;
}
