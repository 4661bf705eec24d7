/** jaxprs as JAX prints them. */

import type { Call, Constant, Graph, NodeId, RegionId, ValueId } from "./graph";
import type { LineContext } from "./text";
import { Part } from "./text_lines";
import { constantText, plainParams, span, type Words } from "./text_words";

export function writeJaxpr({ graph, words, part, of, call }: LineContext): void {
  switch (part) {
    case Part.node:
    case Part.nodeOpen:
      writeEquation(graph, words, of);
      break;
    case Part.nodeClose:
      words.mark("]");
      writeOperands(graph, words, of);
      break;
    case Part.group:
      writeGroup(graph, words, of, "#");
      break;
    case Part.bodyOpen: {
      writeLambda(graph, words, of, call);
      const inputs = [...span(graph.firstInput(of), graph.lastInput(of))];
      const constants = inputs.filter((value) => graph.role(value) === "const");
      const rest = inputs.filter((value) => graph.role(value) !== "const");
      for (const value of constants) writeTyped(graph, words.mark(" "), value);
      words.mark(" ; ");
      words.all(rest, " ", (value) => writeTyped(graph, words, value));
      words.mark(".").put("op", " let");
      break;
    }
    case Part.bodyHead:
      writeLambda(graph, words, of, call);
      words.mark(" ;");
      break;
    case Part.bodyInput:
      writeTyped(graph, words, of);
      if (graph.valueName(of)) words.named("comment", `  # ${graph.valueName(of)}`);
      break;
    case Part.bodyHeadEnd:
      words.mark(". ").put("op", "let");
      break;
    case Part.bodyClose: {
      const outputs = graph.outputs(of);
      words.put("op", "in").mark(" (");
      words.all(outputs, ", ", (value) => writeOperand(graph, words, value));
      words.mark(outputs.length === 1 ? ",) }" : ") }");
      break;
    }
  }
}

/** `# block_3 backward, 196 nodes`: the head of a group. */
export function writeGroup(graph: Graph, words: Words, node: NodeId, mark: string): void {
  const direction = graph.direction(node);
  const how = direction === "forward" ? "" : ` ${direction}`;
  const size = graph.size(node);
  words.named("comment", `${mark} ${graph.nodeName(node)}${how}`);
  words.put("comment", `, ${size.toLocaleString("en")} ${size === 1 ? "node" : "nodes"}`);
}

function writeLambda(graph: Graph, words: Words, region: RegionId, call: number): void {
  if (call >= 0) {
    const { role } = graph.calls(graph.callers(region)[0])[call];
    words.named("param", role).mark("=");
  } else if (region !== graph.entry) words.label(region).mark(" = ");
  words.mark("{ ").put("op", "lambda");
}

function writeEquation(graph: Graph, words: Words, node: NodeId): void {
  for (const value of span(graph.firstOutput(node), graph.lastOutput(node))) {
    writeTyped(graph, words, value);
    words.mark(" ");
  }
  if (words.tokens.length) words.mark("= ");
  words.op(node, graph.op(node));
  const params = shownParams(graph, node);
  const calls = graph.calls(node);
  const inside = calls.filter((call) => !words.table.standalone[call.region]);
  if (params.length || calls.length) words.mark("[");
  words.all([...params, ...calls.filter((call) => !inside.includes(call))], " ", (each) => {
    writeParam(words, each);
  });
  if (inside.length) return;
  if (params.length || calls.length) words.mark("]");
  writeOperands(graph, words, node);
}

function writeParam(words: Words, param: readonly [string, Constant] | Call): void {
  if ("role" in param) {
    words.named("param", param.role).mark("=").label(param.region);
  } else words.named("param", param[0]).mark("=").put("literal", pythonText(param[1]));
}

/** As Python writes it. */
function pythonText(value: Constant): string {
  if (value === null) return "None";
  return typeof value === "boolean" ? (value ? "True" : "False") : constantText(value);
}

const UNSAID = /^[(),\s]*((UnspecifiedValue|None|False|Mesh\(\)|Inline\.AUTO|Traceback)[(),\s]*)*$/;

/** Of a `jit` JAX prints only what was set. */
function shownParams(graph: Graph, node: NodeId): readonly (readonly [string, Constant])[] {
  const params = plainParams(graph, node);
  if (!/^p?jit$/.test(graph.op(node))) return params;
  return params.filter(([, value]) => !UNSAID.test(pythonText(value)));
}

function writeOperands(graph: Graph, words: Words, node: NodeId): void {
  for (const value of graph.inputs(node)) writeOperand(graph, words.mark(" "), value);
}

function writeOperand(graph: Graph, words: Words, value: ValueId): void {
  if (graph.role(value) === "literal") {
    words.named("literal", graph.literal(value)).mark(":").named("type", graph.typeText(value));
  } else {
    const behind = graph.behind(value);
    words.value(behind, nameOf(words, behind));
  }
}

function writeTyped(graph: Graph, words: Words, value: ValueId): void {
  const name = graph.role(value) === "unused" ? "_" : nameOf(words, value);
  words.value(value, name).mark(":").named("type", graph.typeText(value));
}

/** a, b, ..., z, ba, bb, ...: JAX's own way of counting. */
function letters(number: number): string {
  let text = "";
  do {
    text = String.fromCharCode(97 + (number % 26)) + text;
    number = Math.floor(number / 26);
  } while (number > 0);
  return text;
}

function nameOf(words: Words, value: ValueId): string {
  const number = words.table.number[value];
  return number < 0 ? words.graph.valueKey(value) : letters(number);
}
