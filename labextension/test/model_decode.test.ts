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

test("what a serial is counted from is the last value of that name", () => {
  const names = ["fusion.3", "add", "fusion.7", "add.1", "fusion"];
  const nodes = names.map((name) => ({ op: "add", makes: ["f32[]"], names: [name] }));
  const graph = graphOf("hlo", [{ id: "main", nodes }]);
  assert.deepEqual(
    names.map((_, node) => graph.nodeName(node)),
    names,
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
    from: [1, 2, 0, 1], // 1, 3, 3, 4
    to: [2, -1, -1, -1], // 2, 1, 0, 0
    kind: [0, 0, 1, 0],
    kinds: ["tagged", "fused"],
    gone: [0, 0],
    fates: ["dead"],
    note: "",
  });
  const payload = reportOf([jaxpr, flat("stablehlo"), flat("hlo")], {
    links: [links(1), links(2)],
  });
  const report = decodeReport(checkPayload(payload));
  assert.deepEqual(report.counterparts(0, [1], 2), [2]);
  assert.deepEqual(report.counterparts(0, [0], 1), [1, 0]);
  assert.deepEqual(report.counterparts(2, [1], 0), [3]);
  assert.deepEqual(report.counterparts(1, [1], 2), [1, 0]);
  assert.equal(report.lineage(0, 2)?.kind(3, 0), "fused");
  assert.equal(report.lineage(0, 2)?.fate(0), "dead");
  assert.equal(report.lineage(1, 2), null);
});
