import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { checkPayload } from "../src/model/check";
import type { Graph } from "../src/model/graph";
import { decodeReport } from "../src/model/report";
import { makeText } from "../src/model/text";
import { walk } from "./fixtures/model_walk";

const GOLDEN = "../tests/golden";

/** What Python wrote, and pytest reads too. */
for (const file of readdirSync(GOLDEN).filter((name) => /^report-.*\.json$/.test(name))) {
  const report = decodeReport(checkPayload(JSON.parse(readFileSync(`${GOLDEN}/${file}`, "utf8"))));

  test(`${file}: everything can be asked`, () => walk(report));

  test(`${file}: each node and region has an id of its own, and one place in the text`, () => {
    for (const graph of report.stages) {
      const nodes = span(0, graph.nodeCount);
      assert.equal(new Set(nodes.map((node) => graph.nodeKey(node))).size, graph.nodeCount);
      for (const node of nodes) assert.equal(graph.nodeByKey(graph.nodeKey(node)), node);
      const text = makeText(graph);
      for (const node of nodes) assert.equal(text.line(text.lineOf(node)).node, node);
    }
  });

  test(`${file}: an edge is made before it is read, and ports lead to what isn't one`, () => {
    for (const graph of report.stages) {
      for (const node of span(0, graph.nodeCount)) {
        for (const value of graph.inputs(node)) {
          assert.ok(graph.users(value).includes(node));
          assert.ok(!isPort(graph, graph.behind(value)));
        }
      }
    }
  });

  test(`${file}: what lines cost is no more than the whole`, () => {
    for (const [stage, graph] of report.stages.entries()) {
      for (const overlay of graph.overlays) {
        for (const source of report.sources.keys()) {
          const heat = [...report.heatOf(stage, overlay, source).values()];
          const sum = heat.reduce((all, each) => all + each, 0);
          assert.ok(sum <= overlay.total * (1 + 1e-9), `${sum} of ${overlay.total}`);
        }
      }
    }
  });
}

function isPort(graph: Graph, value: number): boolean {
  const maker = graph.maker(value);
  return maker >= 0 && graph.isGroup(maker);
}

function span(first: number, last: number): number[] {
  return Array.from({ length: last - first }, (_, at) => first + at);
}
