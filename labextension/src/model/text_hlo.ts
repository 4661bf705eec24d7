/** HLO in the form of XLA's dumps. */

import type { ArrayType, Constant, Graph, NodeId, RegionId, ValueId } from "./graph";
import type { LineContext } from "./text";
import { writeGroup } from "./text_jaxpr";
import { Part } from "./text_lines";
import { constantText, plainParams, span, type Words } from "./text_words";
import { typeText } from "./types";

export function writeHlo({ graph, words, part, of }: LineContext): void {
  switch (part) {
    case Part.node:
      writeInstruction(graph, words, of);
      break;
    case Part.group:
      writeGroup(graph, words, of, "//");
      break;
    case Part.bodyOpen: {
      writeHead(graph, words, of);
      const inputs = span(graph.firstInput(of), graph.lastInput(of));
      words.all(inputs, ", ", (value) => writeTyped(graph, words, value));
      writeResults(graph, words, of);
      break;
    }
    case Part.bodyHead:
      writeHead(graph, words, of);
      break;
    case Part.bodyInput:
      writeTyped(graph, words, of);
      words.mark(",");
      break;
    case Part.bodyHeadEnd:
      writeResults(graph, words, of);
      break;
    case Part.bodyClose:
      words.mark("}");
      break;
    case Part.moduleOpen:
      words.put("op", "HloModule").mark(" ").named("name", graph.name);
      for (const [key, value] of graph.facts) writeParam(words, key, value);
      break;
  }
}

function writeHead(graph: Graph, words: Words, region: RegionId): void {
  if (region === graph.entry) words.put("op", "ENTRY").mark(" ");
  words.label(region, "%").mark(" (");
}

function writeResults(graph: Graph, words: Words, region: RegionId): void {
  words.mark(") -> ");
  words.all(graph.outputs(region), ", ", (value) => {
    words.named("type", typeOf(graph, value));
  });
  words.mark(" {");
}

function writeTyped(graph: Graph, words: Words, value: ValueId): void {
  words.value(value, graph.valueName(value)).mark(": ").named("type", typeOf(graph, value));
}

/** Kept for the tools: where an instruction stands in the schedule, and its name in JAX. */
const METADATA = new Set(["schedule_index", "op_name"]);

function writeInstruction(graph: Graph, words: Words, node: NodeId): void {
  const first = graph.firstOutput(node);
  const last = graph.lastOutput(node);
  if (isRoot(graph, node)) words.put("op", "ROOT").mark(" ");
  if (first < last) {
    words.value(first, nameOf(graph, first)).mark(" = ");
    words.named("type", typeOf(graph, first)).mark(" ");
  }
  const op = graph.op(node);
  let params = plainParams(graph, node).filter(([key]) => !METADATA.has(key));
  words.op(node, op).mark("(");
  const inParentheses = op === "parameter" ? "parameter_number" : op === "constant" ? "value" : "";
  const told = params.find(([key]) => key === inParentheses);
  if (told) {
    words.put("literal", constantText(told[1]));
    params = params.filter((param) => param !== told);
  } else if (op !== "parameter") {
    words.all(graph.inputs(node), ", ", (value) => {
      const behind = graph.behind(value);
      words.value(behind, nameOf(graph, behind));
    });
  }
  words.mark(")");
  for (const [key, value] of params) writeParam(words, key, value);
  for (const { role, region } of graph.calls(node)) {
    words
      .mark(", ")
      .named("param", role === "fusion" ? "calls" : role)
      .mark("=");
    words.label(region, "%");
  }
}

function writeParam(words: Words, key: string, value: Constant): void {
  words.mark(", ").named("param", key).mark("=").put("literal", attributeText(value));
}

/** The instruction whose result its computation gives back. */
function isRoot(graph: Graph, node: NodeId): boolean {
  const first = graph.firstOutput(node);
  if (graph.role(first) === "literal" || first >= graph.lastOutput(node)) return false;
  let region = graph.regionOf(node);
  for (;;) {
    const callers = graph.callers(region);
    if (callers.length !== 1 || !graph.isGroup(callers[0])) break;
    region = graph.regionOf(callers[0]);
  }
  return graph.outputs(region).some((value) => graph.behind(value) === first);
}

function nameOf(graph: Graph, value: ValueId): string {
  return `%${graph.valueName(value) || graph.valueKey(value)}`;
}

function typeOf(graph: Graph, value: ValueId): string {
  return withLayout(graph.valueType(value));
}

function withLayout(type: ArrayType): string {
  if (type.kind === "tuple") return `(${type.elements.map(withLayout).join(", ")})`;
  return typeText(type) + type.layout;
}

/** `(0, 1)` is `{0,1}` in XLA. */
function attributeText(value: Constant): string {
  const text = constantText(value);
  const numbers = /^\(([-\d, ]*?),?\)$/.exec(text);
  return numbers ? `{${numbers[1].replaceAll(" ", "")}}` : text;
}
