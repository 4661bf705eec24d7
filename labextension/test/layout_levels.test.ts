// Layout over a fixed set of levels from real programs: train steps, scans, effects, calls.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import test from "node:test";
import * as dagre from "@dagrejs/dagre";
import { layOut } from "../src/layout/layout";
import type { LayoutInput } from "../src/layout/types";
import {
  badRoutes,
  chains,
  coverage,
  crossingPairs,
  crossingPlaces,
  makeBox,
  makeEdge,
  mistakable,
  overlaps,
  throughBoxes,
} from "./layout_checks";

interface Stored {
  readonly lanes: boolean;
  /** Nothing in it can be opened. */
  readonly leaves: boolean;
  /** Width, height, lane, row, port. */
  readonly boxes: readonly [number, number, 0 | 1 | 2 | 3, string, "in" | "out" | ""][];
  /** From, to, line width, whether it runs back. */
  readonly edges: readonly [number, number, number, number][];
}

const stored: Record<string, Stored> = JSON.parse(
  readFileSync("test/fixtures/levels.json", "utf8"),
);

const levels = Object.entries(stored).map(([name, { lanes, leaves, boxes, edges }]) => {
  const input: LayoutInput = {
    boxes: boxes.map(([width, height, lane, row, port]) =>
      makeBox({ width, height, lane, row, port: port === "" ? null : port }),
    ),
    edges: edges.map(([from, to, width, back]) => makeEdge(from, to, { width, back: back === 1 })),
    lanes,
    targetWidth: 800,
  };
  return { name, leaves, input, layout: layOut(input) };
});

test("no box overlaps another, no edge runs through a box, all edges end on their boxes", () => {
  for (const { name, input, layout } of levels) {
    assert.deepEqual(overlaps(input, layout), [], name);
    assert.deepEqual(throughBoxes(input, layout), [], name);
    assert.deepEqual(badRoutes(input, layout), [], name);
  }
});

test("no edge can be taken for another", () => {
  for (const { name, input, layout } of levels) {
    assert.deepEqual(mistakable(input, layout), [], name);
  }
});

test("chain edges are straight and upright: 90 % at least", (t) => {
  const sum = { part: 0, of: 0 };
  for (const { input, layout } of levels) {
    const { part, of } = chains(input, layout);
    sum.part += part;
    sum.of += of;
  }
  t.diagnostic(`chain edges upright: ${percent(sum.part / sum.of)} of ${sum.of}`);
  assert.ok(sum.part >= 0.9 * sum.of);
});

test("between groups at most 1.5 edges a box are drawn", (t) => {
  let [boxes, edges] = [0, 0];
  for (const { leaves, input } of levels) {
    if (leaves) continue;
    boxes += input.boxes.length;
    edges += input.edges.length;
  }
  t.diagnostic(`drawn edges a box between groups: ${(edges / boxes).toFixed(2)}`);
  assert.ok(edges <= 1.5 * boxes);
});

test("levels have a form that can be looked at", (t) => {
  const large = levels.filter(({ input }) => input.boxes.length >= 8);
  const forms = large.map(({ layout }) => layout.width / layout.height);
  const good = forms.filter((form) => form > 1 / 3 && form < 3).length / forms.length;
  const covered = large.map(({ input, layout }) => coverage(input, layout)).sort((a, b) => a - b);
  const median = covered[covered.length >> 1];
  t.diagnostic(`levels of 8 boxes and more: ${large.length}`);
  t.diagnostic(`between 1/3 and 3: ${percent(good)}; boxes cover ${percent(median)} (median)`);
  assert.ok(good >= 0.75);
  assert.ok(median >= 0.2);
});

test("no more crossings than dagre's on average, on levels up to 150 boxes", (t) => {
  // Straight lines between the middles of boxes are the measure that favours neither: what is
  // drawn differs, for our lines share trunks and run level and upright.
  const sums = {
    "straight lines between boxes": [0, 0],
    "drawn lines, places": [0, 0],
    "drawn lines, pairs of edges": [0, 0],
  };
  const add = (measure: keyof typeof sums, ours: number, theirs: number) => {
    sums[measure][0] += ours;
    sums[measure][1] += theirs;
  };
  let seen = 0;
  for (const { input, layout } of levels) {
    if (input.lanes || input.boxes.length > 150) continue;
    seen++;
    const { edges, boxes } = input;
    const theirs = byDagre(input);
    const middle = (b: number) => [
      layout.x[b] + boxes[b].width / 2,
      layout.y[b] + boxes[b].height / 2,
    ];
    const straight = (middle: (box: number) => number[]) =>
      edges.map(({ from, to }) => [...middle(from), ...middle(to)]);
    add(
      "straight lines between boxes",
      crossingPairs(edges, straight(middle)),
      crossingPairs(edges, straight(theirs.middle)),
    );
    add("drawn lines, places", crossingPlaces(layout.routes), crossingPlaces(theirs.lines));
    add(
      "drawn lines, pairs of edges",
      crossingPairs(edges, layout.routes),
      crossingPairs(edges, theirs.lines),
    );
  }
  for (const [measure, [ours, theirs]] of Object.entries(sums)) {
    t.diagnostic(`crossings of ${seen} levels, ${measure}: ${ours}, dagre ${theirs}`);
  }
  const [ours, theirs] = sums["straight lines between boxes"];
  assert.ok(ours <= theirs);
});

test("layout is quick", (t) => {
  const started = performance.now();
  for (const { input } of levels) layOut(input);
  const each = (performance.now() - started) / levels.length;
  t.diagnostic(`${each.toFixed(2)} ms a level`);
  assert.ok(each < 20);
});

/** Where dagre puts boxes and lines, at our distances. */
function byDagre({ boxes, edges }: LayoutInput) {
  const graph = new dagre.graphlib.Graph({ multigraph: true });
  graph.setGraph({ nodesep: 16, ranksep: 32 });
  boxes.forEach(({ width, height }, i) => {
    graph.setNode(`${i}`, { width, height });
  });
  const ends = edges.map(({ from, to, back }) => (back ? [to, from] : [from, to]).map(String));
  ends.forEach(([from, to], e) => {
    graph.setEdge(from, to, {}, `${e}`);
  });
  dagre.layout(graph);
  const lines = ends.map(([from, to], e) => {
    const { points } = graph.edge({ v: from, w: to, name: `${e}` });
    return points.flatMap(({ x, y }: { x: number; y: number }) => [x, y]);
  });
  const middle = (box: number) => {
    const { x, y } = graph.node(`${box}`);
    return [x, y];
  };
  return { lines, middle };
}

const percent = (part: number) => `${(100 * part).toFixed(1)} %`;
