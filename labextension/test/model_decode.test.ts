import assert from "node:assert/strict";
import { test } from "node:test";
import { gzipSync } from "node:zlib";
import { checkPayload } from "../src/model/check";
import type { Graph } from "../src/model/graph";
import { inflate } from "../src/model/inflate";
import { PayloadError } from "../src/model/payload_error";
import { decodeReport } from "../src/model/report";
import { reportOf, stageOf } from "./fixtures/model_payload";
import { GROUPS, GROUPS_FLOPS, LOOP, LOOP_FLOPS } from "./fixtures/model_programs";

function graphOf(...stage: Parameters<typeof stageOf>): Graph {
  return decodeReport(checkPayload(reportOf([stageOf(...stage)]))).stages[0];
}

test("a gzip in base64 is inflated, to a limit", async () => {
  const data = gzipSync(JSON.stringify({ text: "ä".repeat(1000) })).toString("base64");
  assert.deepEqual(await inflate(data), { text: "ä".repeat(1000) });
  await assert.rejects(inflate(data, 1000), /too large/);
  await assert.rejects(inflate(data.slice(0, 40)), PayloadError);
  await assert.rejects(inflate("%%%"), /not in base64/);
  await assert.rejects(inflate(gzipSync("{").toString("base64")), /no JSON/);
  await assert.rejects(inflate(btoa("no gzip")), /no gzip/);
});

test("a bomb stops at the limit", async () => {
  const bomb = gzipSync(Buffer.alloc(50_000_000)).toString("base64");
  await assert.rejects(inflate(bomb, 1_000_000), /too large/);
});

test("nodes, values and regions have their ids, types and neighbours", () => {
  const graph = graphOf("jaxpr", LOOP);
  const keys = Array.from({ length: graph.nodeCount }, (_, node) => graph.nodeKey(node));
  assert.deepEqual(keys.slice(0, 5), [
    "main/0",
    "main/1",
    "main/2",
    "main/0.jaxpr/0",
    "main/0.jaxpr/1",
  ]);
  for (const [node, key] of keys.entries()) assert.equal(graph.nodeByKey(key), node);
  for (const key of ["main/9", "main/", "main", "main/00", ""]) {
    assert.equal(graph.nodeByKey(key), -1);
  }
  const mul = graph.nodeByKey("main/0.jaxpr/1");
  assert.equal(graph.op(mul), "mul");
  const [left, right] = graph.inputs(mul);
  assert.equal(graph.maker(left), mul - 1);
  assert.deepEqual(graph.users(left), [mul]);
  assert.equal(graph.valueKey(left), "main/0.jaxpr/0:0");
  assert.equal(graph.valueKey(right), "main/0.jaxpr/1=1");
  assert.equal(graph.literal(right), "2.0");
  assert.equal(graph.typeText(left), "f32[8]");
  assert.equal(graph.bytes(left), 32);
  const body = graph.calls(0)[0].region;
  assert.equal(graph.regionKey(body), "main/0.jaxpr");
  assert.equal(graph.regionName(body), "step");
  assert.deepEqual(graph.callers(body), [0]);
  assert.deepEqual([...graph.outputs(body)], [graph.firstOutput(mul)]);
  assert.deepEqual(graph.param(0, "jaxpr"), { region: "main/0.jaxpr" });
  assert.equal(graph.param(0, "length"), 3);
  assert.equal(graph.size(0), 2);
  assert.equal(graph.size(mul), 1);
  assert.equal(graph.frames(mul)[1].line, 4);
});

test("groups have directions, sizes and sums, and ports lead through their walls", () => {
  const graph = graphOf("jaxpr", GROUPS, { FLOPs: GROUPS_FLOPS });
  const block = graph.nodeByKey("main/[block_0]");
  const dot = graph.nodeByKey("main/0");
  const neg = graph.nodeByKey("main/2");
  assert.ok(graph.isGroup(block) && !graph.isGroup(dot));
  assert.equal(graph.family(block), "group");
  assert.equal(graph.family(dot), "contraction");
  assert.equal(graph.family(neg), "unknown");
  assert.equal(graph.size(block), 2);
  assert.equal(graph.nodeName(block), "block_0");
  assert.equal(graph.direction(neg), "backward");
  assert.equal(graph.direction(block), "forward");
  assert.equal(graph.behind(graph.inputs(dot)[1]), graph.firstInput(graph.entry));
  assert.equal(graph.behind(graph.inputs(neg)[0]), graph.firstOutput(graph.nodeByKey("main/1")));
  const [flops] = graph.overlays;
  assert.equal(flops.value(block), 110);
  assert.equal(flops.value(dot), 100);
  assert.equal(flops.total, 111);
});

test("names' numbers go on from name to name, in the order of their regions' names", () => {
  const make = (name: string) => ({ op: "add", makes: ["f32[]"], names: [name] });
  const stage = stageOf("hlo", [
    { id: "main", name: "main", nodes: ["fusion.", "add", "fusion."].map(make) },
    { id: "b", name: "fused.", nodes: ["add.", "fusion."].map(make) },
    { id: "a", name: "fused.", nodes: ["add.", "fusion"].map(make) },
  ]);
  stage.regions.serial = [9, -1]; // fused.9, fused.8
  stage.values.serial = [3, 2, 4, 5, 1]; // of main, a, b
  const [graph] = decodeReport(checkPayload(reportOf([stage]))).stages;
  assert.deepEqual(
    [0, 1, 2].map((region) => graph.regionName(region)),
    ["main", "fused.9", "fused.8"],
  );
  assert.deepEqual(
    [0, 1, 2, 3, 4, 5, 6].map((node) => graph.nodeName(node)),
    ["fusion.3", "add", "fusion.5", "add.9", "fusion.6", "add.4", "fusion"],
  );
});

test("ids follow from where things stand, and what is told comes first", () => {
  const group = { op: "scope", calls: [["scope", "g"]] as const, id: "x" };
  const stage = stageOf("jaxpr", [
    { id: "main", nodes: [group, { op: "scan", calls: [["body", "h"]] as const }] },
    { id: "g", nodes: [{ op: "sin", reads: ["1.0:f32[]"] }, { op: "cos" }] },
    { id: "h", nodes: [{ op: "tan", reads: ["2.0:f32[]", "3.0:f32[]"] }], gives: ["4.0:f32[]"] },
  ]);
  const main = stage.regions.ids[1];
  stage.regions.ids = [0, main];
  stage.nodes.titles = [0, stage.strings.push("[attn]") - 1];
  stage.nodes.ids = [];
  stage.nodes.number = [0, 2, -2, 0, 0];
  const [graph] = decodeReport(checkPayload(reportOf([stage]))).stages;
  const nodes = ["main/[attn]", "main/2", "main/1", "main/2", "main/2.body/0"];
  assert.deepEqual(
    [0, 1, 2].map((region) => graph.regionKey(region)),
    ["main", "main/[attn]", "main/2.body"],
  );
  assert.deepEqual(
    nodes.map((_, node) => graph.nodeKey(node)),
    nodes,
  );
  assert.equal(graph.nodeByKey("main/2.body/0"), 4);
  assert.equal(graph.nodeByKey("main/[attn]"), 0);
  const literals = ["main/1=0", "main/2.body/0=0", "main/2.body/0=1", "main/2.body=0"];
  assert.deepEqual(
    literals.map((_, at) => graph.valueKey(at)),
    literals,
  );
});

test("a line has its leaves, and heat counts each once, loops with their trips", () => {
  const stage = stageOf("jaxpr", LOOP, { FLOPs: LOOP_FLOPS });
  const report = decodeReport(checkPayload(reportOf([stage])));
  const [graph] = report.stages;
  const keysAt = (line: number) => report.nodesAt(0, 0, line).map((node) => graph.nodeKey(node));
  assert.deepEqual(keysAt(3), ["main/0.jaxpr/0"]);
  assert.deepEqual(keysAt(4), ["main/0.jaxpr/1"]);
  assert.deepEqual(keysAt(10), [], "a scan is not at its own line: its body is at its lines");
  assert.deepEqual(keysAt(13), ["main/2"], "a call whose inside has no lines speaks for it");
  assert.deepEqual(report.linesOf(0, [0, graph.nodeByKey("main/0.jaxpr/1")]), [
    { source: 0, line: 10 },
    { source: 0, line: 4 },
  ]);
  const heat = report.heatOf(0, graph.overlays[0], 0);
  assert.deepEqual(Object.fromEntries(heat), { 3: 21, 4: 9, 7: 40, 13: 5 });
  const sum = [...heat.values()].reduce((all, each) => all + each, 0);
  assert.equal(sum, graph.overlays[0].total);
});

test("counterparts go along lineage, groups with their members, and through the jaxpr", () => {
  const jaxpr = stageOf("jaxpr", GROUPS);
  const flat = (stage: "stablehlo" | "hlo") =>
    stageOf(stage, [
      { id: "main", nodes: ["dot", "tanh", "neg"].map((op) => ({ op, makes: ["f32[]"] })) },
    ]);
  // The places of main/2, main/1 and main/0 in the jaxpr's columns are 1, 3 and 4.
  const links = (after: number) => ({
    before: 0,
    after,
    kinds: [
      { kind: "tagged", from: [1, 2, 1], counts: [1, 1, 1], to: [2, -1, -1] }, // 1, 3, 4: 2, 1, 0
      { kind: "fused", from: [3], counts: [1], to: [0] },
    ],
    gone: [0, 0],
    fates: ["dead"],
    note: "",
  });
  const payload = reportOf([jaxpr, flat("stablehlo"), flat("hlo")], {
    links: [links(1), links(2)],
  });
  const report = decodeReport(checkPayload(payload));
  assert.deepEqual(report.counterparts(0, [1], 2), [2]);
  assert.deepEqual(report.counterparts(0, [0], 1), [0, 1]);
  assert.deepEqual(report.counterparts(2, [1], 0), [3]);
  assert.deepEqual(report.counterparts(1, [1], 2), [0, 1]);
  assert.equal(report.lineage(0, 2)?.kind(3, 0), "fused");
  assert.equal(report.lineage(0, 2)?.fate(0), "dead");
  assert.equal(report.lineage(1, 2), null);
});
