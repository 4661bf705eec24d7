/** What boxes are called. */

import { type Graph, type NodeId, Plumbing, type RegionId, type ValueId } from "../graph";
import { quantity } from "../quantity";

export const countText = (name: string, count: number): string => `${name} ×${count}`;

/** "1 op", "3,192 ops". */
export const sizeText = (size: number): string => (size === 1 ? "1 op" : `${quantity(size)} ops`);

/** "1.9 GB"; "" where the size isn't known. */
export const bytesText = (bytes: number): string =>
  Number.isFinite(bytes) ? quantity(bytes, "B") : "";

const CALLS =
  /^(p?jit|(func\.|closed_|core_|xla_)?call|custom_[jv](jp|vjp)_call(_jaxpr)?|remat2?|checkpoint)$/;
const PLAIN_CALLS = /^(p?jit|(func\.|closed_|core_|xla_)?call)$/;

/** True for a call that is told in its subtitle: its title is the function's name. */
export const isSpecialCall = (op: string): boolean => CALLS.test(op) && !PLAIN_CALLS.test(op);

/** What a called function is called; the op where nothing says, or it is no call. */
export function callName(graph: Graph, node: NodeId): string {
  const op = graph.op(node);
  const called = graph.calls(node)[0];
  if (!CALLS.test(op) || graph.stage === "hlo" || called === undefined) return op;
  const param = graph.param(node, "name");
  const name = typeof param === "string" && param !== "" ? param : graph.regionName(called.region);
  return name === "" || name.includes("<") ? op : name;
}

/** True for what only says where values enter or leave a region. */
export const isEnd = (graph: Graph, node: NodeId): boolean =>
  graph.plumbing(node) === Plumbing.end || graph.op(node) === "parameter";

/** The nodes of a region that are not only its ends. */
export function working(graph: Graph, region: RegionId): NodeId[] {
  const found: NodeId[] = [];
  for (let node = graph.firstNode(region); node < graph.lastNode(region); node++) {
    if (!isEnd(graph, node)) found.push(node);
  }
  return found;
}

const REDUCERS = new Set(["to_apply", "select", "scatter", "update_computation", "comparator"]);

/** The one node that a call stands for: what a wrapper wraps. Null for others. */
export function wrapped(graph: Graph, node: NodeId): NodeId | null {
  const calls = graph.calls(node);
  if (calls.length !== 1 || graph.plumbing(node) !== Plumbing.wrapper) return null;
  const inside = working(graph, calls[0].region);
  return inside.length === 1 ? inside[0] : null;
}

/** True for what a reader takes as part of its op: a reducer's `add`. */
export function isPartOfOp(graph: Graph, node: NodeId, role: string, region: RegionId): boolean {
  const reducer =
    REDUCERS.has(role) || (role === "body" && /reduce|scatter|sort/.test(graph.op(node)));
  if (!reducer) return false;
  const inside = working(graph, region);
  return inside.length <= 1 && inside.every((inner) => graph.calls(inner).length === 0);
}

const CONTRACTIONS = /^(dot|dot_general|convolution|conv_general_dilated|custom-call|cholesky)$/;
const QUIET = new Set(["broadcast", "reshape", "transpose", "copy", "convert", "bitcast", "slice"]);

/** What a fused computation does: contractions first, then what it ends with. */
function fusionTitle(graph: Graph, region: RegionId): string {
  const ops = new Set<string>();
  const inside = working(graph, region);
  const works = inside.filter((node) => graph.plumbing(node) === Plumbing.none);
  for (const node of works.length > 0 ? works : inside) ops.add(graph.op(node));
  const names = [...ops].reverse();
  if (names.length === 0) return "fusion";
  const weight = (op: string) => (CONTRACTIONS.test(op) ? 0 : QUIET.has(op) ? 2 : 1);
  names.sort((a, b) => weight(a) - weight(b));
  const rest = names.length - 2;
  return names.slice(0, 2).join(" + ") + (rest > 0 ? ` + ${rest}` : "");
}

/** `dot_general`, `scan ×24`, `attn`, `jit`'s function: the title of one node. */
export function nodeTitle(graph: Graph, node: NodeId): string {
  const op = graph.op(node);
  if (graph.isGroup(node)) return scopeName(graph, node);
  const trips = graph.trips(node);
  if (trips !== null) return countText(op, trips);
  const calls = graph.calls(node);
  if (op === "fusion" && calls.length > 0) return fusionTitle(graph, calls[0].region);
  if (op === "custom_call" || op === "custom-call") return customTarget(graph, node) || op;
  return calls.length === 0 ? op : callName(graph, node);
}

export function scopeName(graph: Graph, node: NodeId): string {
  const scope = graph.param(node, "scope");
  return typeof scope === "string" ? scope : graph.nodeName(node) || graph.nodeKey(node);
}

function customTarget(graph: Graph, node: NodeId): string {
  const target = graph.param(node, "call_target_name") ?? graph.param(node, "custom_call_target");
  return typeof target === "string" ? target : "";
}

export const isLoop = (op: string): boolean => /^(stablehlo\.)?(scan|while|for)$/.test(op);
export const isBranch = (op: string): boolean => /^(cond|case|if|conditional|switch)$/.test(op);

/** The largest of a node's results, -1 if it has none. */
export function mainResult(graph: Graph, node: NodeId): ValueId {
  let main = -1;
  let most = -1;
  for (let value = graph.firstOutput(node); value < graph.lastOutput(node); value++) {
    const bytes = graph.bytes(value);
    if (main < 0 || bytes > most) {
      main = value;
      most = Number.isFinite(bytes) ? bytes : 0;
    }
  }
  return main;
}

/** `f32[8,1024,768]`, with "+2" for two more results. */
export function resultText(graph: Graph, node: NodeId): string {
  const main = mainResult(graph, node);
  if (main < 0) return "";
  const more = graph.lastOutput(node) - graph.firstOutput(node) - 1;
  return typeText(graph, main) + (more > 0 ? ` +${more}` : "");
}

/** A type in a few letters: long tuples are only counted. */
export function typeText(graph: Graph, value: ValueId): string {
  const type = graph.valueType(value);
  if (type.kind !== "tuple" || type.elements.length === 0) return graph.typeText(value);
  const text = graph.typeText(value);
  return text.length <= 24 ? text : `tuple of ${type.elements.length}`;
}

/** What values are called together: one's type, else "3 values, 1.9 GB". */
export function valuesText(graph: Graph, values: readonly ValueId[], noun = "value"): string {
  if (values.length === 1) return typeText(graph, values[0]);
  const size = bytesOf(graph, values);
  return `${quantity(values.length)} ${noun}s${size && `, ${size}`}`;
}

/** The bytes of values, together. */
export function bytesOf(graph: Graph, values: readonly ValueId[]): string {
  return bytesText(values.reduce((sum, value) => sum + graph.bytes(value), 0));
}

/** True for a literal, or what a hidden constant makes. */
export function isConstant(graph: Graph, value: ValueId): boolean {
  const maker = graph.maker(value);
  if (maker < 0) return graph.role(value) === "literal";
  return graph.plumbing(maker) === Plumbing.constant && graph.inputs(maker).length === 0;
}

/** A constant in a few letters. */
export function constantText(graph: Graph, value: ValueId): string {
  const maker = graph.maker(value);
  const written =
    maker < 0
      ? graph.literal(value)
      : (graph.param(maker, "value") ?? graph.param(maker, "literal"));
  const text =
    typeof written === "string" || typeof written === "number" || typeof written === "boolean"
      ? String(written)
      : "";
  return text !== "" && text.length <= 16 ? text : graph.typeText(value);
}
