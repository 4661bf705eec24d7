/** StableHLO in a form near MLIR's own. */

import type { ArrayType, Constant, Graph, NodeId, RegionId, ValueId } from "./graph";
import type { LineContext } from "./text";
import { writeGroup } from "./text_jaxpr";
import { Part } from "./text_lines";
import { constantText, plainParams, span, type Words } from "./text_words";
import { typeText } from "./types";

export function writeStablehlo({ graph, words, part, of, call }: LineContext): void {
  switch (part) {
    case Part.node:
    case Part.nodeOpen:
      writeOperation(graph, words, of);
      break;
    case Part.group:
      writeGroup(graph, words, of, "//");
      break;
    case Part.bodyOpen: {
      writeHead(graph, words, of, call);
      const inputs = [...span(graph.firstInput(of), graph.lastInput(of))];
      if (call < 0 || inputs.length) {
        words.mark("(");
        words.all(inputs, ", ", (value) => writeTyped(graph, words, value));
        words.mark(")");
      }
      writeResults(graph, words, of, call);
      break;
    }
    case Part.bodyHead:
      writeHead(graph, words, of, call);
      words.mark("(");
      break;
    case Part.bodyInput:
      writeTyped(graph, words, of);
      words.mark(",");
      if (graph.valueName(of)) words.named("comment", `  // ${graph.valueName(of)}`);
      break;
    case Part.bodyHeadEnd:
      words.mark(")");
      writeResults(graph, words, of, call);
      break;
    case Part.moduleOpen:
      words.put("op", "module").mark(" ").named("name", `@${graph.name}`).mark(" {");
      break;
    case Part.bodyClose:
    case Part.moduleClose:
      words.mark("}");
      break;
  }
}

function writeHead(graph: Graph, words: Words, region: RegionId, call: number): void {
  if (call >= 0) {
    words.named("param", graph.calls(graph.callers(region)[0])[call].role);
  } else {
    words.put("op", "func.func").mark(region === graph.entry ? " public " : " private ");
    words.label(region, "@");
  }
}

function writeResults(graph: Graph, words: Words, region: RegionId, call: number): void {
  const outputs = graph.outputs(region);
  if (call < 0 && outputs.length) {
    words.mark(" -> ");
    writeTypes(graph, words, outputs);
  }
  words.mark(" {");
}

function writeOperation(graph: Graph, words: Words, node: NodeId): void {
  const results = [...span(graph.firstOutput(node), graph.lastOutput(node))];
  if (results.length) {
    const count = results.length > 1 ? `:${results.length}` : "";
    words.value(results[0], `%${words.table.number[results[0]]}${count}`).mark(" = ");
  }
  const op = graph.op(node);
  words.op(node, op.includes(".") ? op : `stablehlo.${op}`);
  const callees = graph.calls(node).filter((call) => words.table.standalone[call.region]);
  for (const { region } of callees) words.mark(" ").label(region, "@");
  let params = plainParams(graph, node);
  const value = params.find(([key]) => key === "value");
  if (op === "constant" && value) {
    words.mark(" dense<").put("literal", constantText(value[1])).mark(">");
    params = params.filter((param) => param !== value);
  }
  const inputs = graph.inputs(node);
  words.mark(callees.length ? "(" : inputs.length ? " " : "");
  words.all(inputs, ", ", (input) => writeOperand(graph, words, input));
  words.mark(callees.length ? ")" : "");
  if (params.length) {
    words.mark(" {");
    words.all(params, ", ", ([key, constant]) => {
      words.named("param", key).mark(" = ").put("literal", attributeText(constant));
    });
    words.mark("}");
  }
  writeSignature(graph, words, inputs, results);
}

/** `: tensor<f32>` where all types are one, else `: (tensor<f32>) -> tensor<i1>`. */
function writeSignature(
  graph: Graph,
  words: Words,
  inputs: ArrayLike<ValueId> & Iterable<ValueId>,
  results: readonly ValueId[],
): void {
  const all = new Set([...inputs, ...results].map((value) => tensorText(graph.valueType(value))));
  if (!all.size) return;
  words.mark(" : ");
  if (all.size === 1 && results.length === 1) words.named("type", [...all][0]);
  else if (!results.length) {
    words.all(inputs, ", ", (input) => words.named("type", tensorText(graph.valueType(input))));
  } else {
    words.mark("(");
    words.all(inputs, ", ", (input) => words.named("type", tensorText(graph.valueType(input))));
    words.mark(") -> ");
    writeTypes(graph, words, results);
  }
}

function writeTypes(graph: Graph, words: Words, values: ArrayLike<ValueId> & Iterable<ValueId>) {
  words.mark(values.length === 1 ? "" : "(");
  words.all(values, ", ", (value) => words.named("type", tensorText(graph.valueType(value))));
  words.mark(values.length === 1 ? "" : ")");
}

function writeOperand(graph: Graph, words: Words, value: ValueId): void {
  const behind = graph.behind(value);
  words.value(behind, nameOf(graph, words, behind));
}

function writeTyped(graph: Graph, words: Words, value: ValueId): void {
  words.value(value, nameOf(graph, words, value)).mark(": ");
  words.named("type", tensorText(graph.valueType(value)));
}

function nameOf(graph: Graph, words: Words, value: ValueId): string {
  const number = words.table.number[value];
  if (number < 0) return `%${graph.valueKey(value)}`;
  const maker = graph.maker(value);
  if (maker < 0) return `%arg${number}`;
  const first = graph.firstOutput(maker);
  return graph.lastOutput(maker) - first > 1 ? `%${number}#${value - first}` : `%${number}`;
}

/** `(0, 1)` is `[0, 1]` in MLIR. */
function attributeText(value: Constant): string {
  const text = constantText(value);
  const numbers = /^\(([-\d, ]*?),?\)$/.exec(text);
  return numbers ? `[${numbers[1]}]` : text;
}

const DTYPES: Readonly<Record<string, string>> = {
  bool: "i1",
  pred: "i1",
  c64: "complex<f32>",
  c128: "complex<f64>",
};

/** `tensor<8x1024xf32>`. */
function tensorText(type: ArrayType): string {
  if (type.kind !== "array") return typeText(type);
  const dtype = DTYPES[type.dtype] ?? type.dtype.replace(/^u(?=\d)/, "ui").replace(/^s(?=\d)/, "i");
  return `tensor<${[...type.shape, dtype].join("x")}>`;
}
