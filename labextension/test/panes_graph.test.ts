import assert from "node:assert/strict";
import { test } from "node:test";
import { checkPayload } from "../src/model/check";
import type { Report } from "../src/model/graph";
import { decodeReport } from "../src/model/report";
import { heatOf } from "../src/view/heat";
import { countOps, sentenceOf, titleOf, titleOfMany, workers } from "../src/view/panes/describe";
import { leafCosts } from "../src/view/panes/leaf-costs";
import { readersOf } from "../src/view/panes/readers";
import { makeTableRows } from "../src/view/panes/table-rows";
import { nameInText } from "../src/view/panes/text-of";
import { reportOf, stageOf } from "./fixtures/model_payload";
import { GROUPS, GROUPS_FLOPS, LOOP, LOOP_FLOPS } from "./fixtures/model_programs";

function read(...stage: Parameters<typeof stageOf>): Report {
  const made = stageOf(...stage);
  const strings = [...made.strings, "control flow"];
  const control = ["scan", "cond", "jit"].map((op) => strings.indexOf(op)).filter((at) => at >= 0);
  const families = [...made.families, ...control.flatMap((op) => [op, strings.length - 1])];
  return decodeReport(checkPayload(reportOf([{ ...made, strings, families }])));
}

const loop = read("jaxpr", LOOP, { FLOPs: LOOP_FLOPS });
const groups = read("jaxpr", GROUPS, { FLOPs: GROUPS_FLOPS });

test("each cost is told once: by what is in a loop, times its steps", () => {
  const [graph] = loop.stages;
  const costs = leafCosts(graph);
  const told = costs.nodes.map((node) => [graph.op(node), ...costs.cells(node)]);
  assert.deepEqual(told, [
    ["sin", 21],
    ["mul", 9],
    ["exp", 40],
    ["tanh", 5],
  ]);
  assert.equal(graph.overlays[0].total, 75);
});

test("a box in a loop shows what all its runs cost, as the table and the source do", () => {
  const [graph] = loop.stages;
  const [flops] = graph.overlays;
  const shareOf = (key: string) => heatOf(flops, [graph.nodeByKey(key)]).share;
  assert.equal(shareOf("main/0"), 30 / 75);
  assert.equal(shareOf("main/0.jaxpr/0"), 21 / 75);
  assert.equal(shareOf("main/1.branches[1]/0"), 40 / 75);
  assert.equal(shareOf("main/1.branches[0]/0"), 8 / 75, "as if this branch were taken");
});

test("rows are operations, or sums by op or by line", () => {
  const rowsBy = makeTableRows(groups, 0);
  const told = (by: "operation" | "op" | "line") =>
    rowsBy(by).map(({ title, where, cells }) => [title, where, ...cells]);
  assert.deepEqual(told("operation"), [
    ["dot_general", "train.py:4", 100],
    ["tanh", "train.py:5", 10],
    ["neg", "", 1],
  ]);
  assert.deepEqual(told("line"), [
    ["train.py:4", "", 100],
    ["train.py:5", "", 10],
    ["no line known", "", 1],
  ]);
  assert.equal(rowsBy("op").length, 3);
});

test("a sum of which a part isn't known says so", () => {
  const rowsBy = makeTableRows(read("jaxpr", GROUPS, { FLOPs: { "main/2": 1 } }), 0);
  const rows = new Map(rowsBy("operation").map((row) => [row.title, row]));
  assert.deepEqual(rows.get("tanh")?.cells, [undefined]);
  assert.deepEqual(rows.get("tanh")?.partial, [false]);
});

test("what reads a value is found through the borders of scopes", () => {
  const [graph] = groups.stages;
  const [dot, tanh, neg] = ["main/0", "main/1", "main/2"].map((key) => graph.nodeByKey(key));
  const readers = (node: number) => readersOf(graph, graph.firstOutput(node), graph.regionOf(node));
  assert.deepEqual(readers(dot), { nodes: [tanh], results: [] });
  assert.deepEqual(readers(tanh), { nodes: [neg], results: [] });
  assert.deepEqual(readers(neg), { nodes: [], results: [graph.entry] });
});

test("nodes are called what readers call them", () => {
  const [graph] = groups.stages;
  const block = graph.nodeByKey("main/[block_0]");
  assert.equal(titleOf(graph, block), "block_0");
  assert.equal(sentenceOf(graph, block), "A scope of 2 operations.");
  assert.match(sentenceOf(graph, graph.nodeByKey("main/2")), /, in the backward pass\.$/);
  const [scan] = loop.stages;
  assert.match(sentenceOf(scan, 0), /^Runs a body of 2 operations, 3 times\.$/);
  assert.equal(titleOfMany(graph, [block, 1]), "2 operations");
});

test("operations in a scope are counted by op, most frequent first", () => {
  const [graph] = loop.stages;
  assert.deepEqual(countOps(graph, [0]), [
    ["mul", 1],
    ["scan", 1],
    ["sin", 1],
  ]);
  assert.deepEqual(workers(graph, [0]), [0]);
});

test("values without a name have that of the text", () => {
  const [graph] = loop.stages;
  const mul = graph.nodeByKey("main/0.jaxpr/1");
  const [sin] = graph.inputs(mul);
  assert.equal(nameInText(graph, mul, sin), "e");
  assert.equal(nameInText(graph, mul, graph.firstOutput(mul)), "f");
});
