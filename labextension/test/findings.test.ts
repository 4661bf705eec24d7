/** What transforms hide: ghosts in levels, badges on boxes, the tab that lists it. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { SIDE_EFFECTS, withFindings } from "../src/model/findings";
import type { Finding, Graph, Report } from "../src/model/graph";
import { Form, type Ghost, type Level } from "../src/model/level";
import { makeLevels, portFor } from "../src/model/levels";
import { badgeAt, badgePlace, badgesOf, ghostsOf } from "../src/view/graph/findings";
import type { Scene } from "../src/view/graph/flatten";
import { plainMeasure } from "../src/view/graph/measure";
import { sceneMaker } from "../src/view/graph/scene";
import { graphOf, MadeRegion } from "./program";
import { column } from "./scene_fakes";

const FILTERS = { plumbing: false, scopes: true, transforms: false, ghosts: true };

/** x > sin > [net: tanh > neg] > cos */
function program(): Graph {
  const main = new MadeRegion("main");
  const sine = main.op("sin", [main.input("f32[8]", "x")]);
  const [value] = main.scope("net", [sine], (body, [port]) => [
    body.op("neg", [body.op("tanh", [port])]),
  ]);
  main.outputs = [main.op("cos", [value])];
  return graphOf(main);
}

const nodeOf = (graph: Graph, op: string): number => {
  for (let node = 0; node < graph.nodeCount; node++) if (graph.op(node) === op) return node;
  throw new Error(`no ${op}`);
};

const ghost = (node: number, title: string, finding = 0, after = false): Ghost => ({
  ...{ node, after, title, finding },
  subtitle: "once, while tracing",
});

const drawn = (level: Level): string[] =>
  level.edges.map(({ from, to }) => `${level.items[from].title} > ${level.items[to].title}`);

const dotted = (level: Level): string[] =>
  drawn({ ...level, edges: level.edges.filter(({ kind }) => kind === "control") });

test("ghosts lead to the box before which they happened, one after the other", () => {
  const graph = program();
  const cos = nodeOf(graph, "cos");
  const ghosts = [ghost(cos, "a", 0), ghost(cos, "b", 1), ghost(cos, "c", 2, true)];
  const { root } = makeLevels(graph, FILTERS, undefined, ghosts);
  assert.deepEqual(dotted(root).sort(), ["a > b", "b > cos", "cos > c"]);
  const made = root.items.filter(({ kind }) => kind === "ghost");
  assert.deepEqual(made.map(({ finding }) => finding).sort(), [0, 1, 2]);
  assert.ok(made.every(({ forms, nodes }) => forms === Form.ghost && nodes.length === 0));
});

test("what happened in a group stands in it", () => {
  const graph = program();
  const levels = makeLevels(graph, FILTERS, undefined, [ghost(nodeOf(graph, "neg"), "a")]);
  assert.deepEqual(dotted(levels.root), []);
  const [{ level }] = levels.root.items.find(({ title }) => title === "net")!.inside;
  assert.deepEqual(dotted(level), ["a > neg"]);
});

test("without ghosts a level is what it was", () => {
  const graph = program();
  const plain = makeLevels(graph, FILTERS).root;
  const elsewhere = makeLevels(graph, FILTERS, undefined, [ghost(nodeOf(graph, "neg"), "a")]).root;
  assert.deepEqual(drawn(plain), drawn(elsewhere));
});

function finding(more: Partial<Finding>): Finding {
  return {
    ...{ hazard: "h", harm: "surprise", headline: "", what: "", remedy: "", when: "trace" },
    ...{ howOften: 1, evidence: [], lines: [], stage: 0, nodes: [], ghost: null },
    ...more,
  } as Finding;
}

const reportOf = (...findings: Finding[]): Report =>
  ({
    findings,
    sources: [{ file: "f", text: "\n  print(x)\n", title: "", cellId: "", lineOffset: 0 }],
  }) as Partial<Report> as Report;

function sceneOf(graph: Graph, report: Report, open: readonly string[] = []): Scene {
  const levels = makeLevels(graph, FILTERS, undefined, ghostsOf(report, 0));
  const options = { levels, layOut: column, portFor, measure: plainMeasure, width: 960 };
  return sceneMaker(options)(new Set(open));
}

const told = (report: Report, scene: Scene): Record<string, string> =>
  Object.fromEntries(
    [...badgesOf(report, 0, scene)].map(([box, { harm, findings }]) => [
      scene.items[box].title,
      `${harm} ${findings.join()}`,
    ]),
  );

test("a badge tells the worst of a box, and of what is closed in it", () => {
  const graph = program();
  const [tanh, neg, cos] = ["tanh", "neg", "cos"].map((op) => nodeOf(graph, op));
  const report = reportOf(
    finding({ harm: "slow", nodes: [tanh] }),
    finding({ harm: "wrong result", nodes: [neg] }),
    finding({ nodes: [cos] }),
    finding({ stage: 1, nodes: [cos] }),
  );
  const closed = sceneOf(graph, report);
  assert.deepEqual(told(report, closed), { net: "wrong result 1,0", cos: "surprise 2" });
  const net = closed.items.find(({ title }) => title === "net")!.key;
  const open = told(report, sceneOf(graph, report, [net]));
  assert.deepEqual(open, { tanh: "slow 0", neg: "wrong result 1", cos: "surprise 2" });
});

test("a badge is hit at its box's corner, at any zoom", () => {
  const graph = program();
  const report = reportOf(
    finding({ nodes: [nodeOf(graph, "cos")] }),
    finding({ harm: "slow", nodes: [nodeOf(graph, "cos")] }),
  );
  const scene = sceneOf(graph, report);
  const [box] = badgesOf(report, 0, scene).keys();
  for (const zoom of [0.5, 1, 2]) {
    const camera = { x: 3, y: 5, zoom };
    const { x, y } = badgePlace(scene, { ...camera, width: 0, height: 0 }, box);
    assert.equal(badgeAt(report, 0, scene, camera, x + 5, y - 5), 1);
    assert.equal(badgeAt(report, 0, scene, camera, x + 15, y), undefined);
  }
});

test("a ghost that is closed in a group gives it a badge; one that is drawn needs none", () => {
  const graph = program();
  const lines = [{ source: 0, file: "f", line: 2, function: "f" }];
  const ghost = { node: nodeOf(graph, "neg"), after: false };
  const report = reportOf(finding({ lines, ghost, howOften: 3 }));
  const closed = sceneOf(graph, report);
  assert.deepEqual(told(report, closed), { net: "surprise 0" });
  const open = sceneOf(graph, report, [closed.items.find(({ title }) => title === "net")!.key]);
  assert.deepEqual(told(report, open), {});
  const made = open.items.find(({ kind }) => kind === "ghost");
  assert.deepEqual([made?.title, made?.subtitle], ["print(x)", "3 times, while tracing"]);
});

test("a report with findings has a tab for them, and has it once", () => {
  const tab = { name: SIDE_EFFECTS, figures: ["1"], notes: [], charts: [], tables: [] };
  assert.deepEqual(withFindings([], []), []);
  assert.deepEqual(withFindings([tab], [finding({})]), [tab]);
  assert.deepEqual(
    withFindings([], [finding({})]).map(({ name }) => name),
    [SIDE_EFFECTS],
  );
});
