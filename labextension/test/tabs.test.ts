import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { checkPayload } from "../src/model/check";
import { decodeReport } from "../src/model/report";
import type { Chart, Curve, Flame, Roofline, Tab, Timeline } from "../src/model/tabs";
import { plainMeasure } from "../src/view/graph/measure";
import { svgPen } from "../src/view/graph/painter_svg";
import { palettes } from "../src/view/palette";
import { curvePicture } from "../src/view/panes/charts/curve";
import { flamePicture } from "../src/view/panes/charts/flame";
import { type Look, type Picture, ticks } from "../src/view/panes/charts/picture";
import { rooflinePicture } from "../src/view/panes/charts/roofline";
import { timelinePicture } from "../src/view/panes/charts/timeline";
import { initialState, makeStore } from "../src/view/store";
import { reportOf, stageOf } from "./fixtures/model_payload";
import { GROUPS } from "./fixtures/model_programs";

const GOLDEN = JSON.parse(readFileSync("../tests/golden/tabs-v1.json", "utf8"));
const WIDTH = 600;

function tabs(): readonly Tab[] {
  const payload = reportOf([stageOf("jaxpr", GROUPS)], { tabs: GOLDEN });
  return decodeReport(checkPayload(structuredClone(payload))).tabs;
}

function chart<K extends Chart["kind"]>(kind: K): Extract<Chart, { kind: K }> {
  const found = tabs()
    .flatMap(({ charts }) => charts)
    .find((each) => each.kind === kind);
  return found as Extract<Chart, { kind: K }>;
}

const plain = { title: "t", stage: -1, nodeOf: () => -1 };

function drawn(picture: Picture, width = WIDTH, more: Partial<Look> = {}): string {
  const pen = svgPen("sans-serif");
  picture.draw(pen, {
    palette: palettes.light,
    measure: plainMeasure,
    width,
    active: -1,
    isSelected: () => false,
    dashed: false,
    family: () => "elementwise",
    ...more,
  });
  return pen.finish(width, picture.height(width));
}

/** The middle of an entry, found as a reader finds it. */
function placeOf(picture: Picture, entry: number): readonly [number, number] | null {
  for (let y = 1; y < picture.height(WIDTH); y += 3) {
    for (let x = 0; x < WIDTH; x += 1) if (picture.at(x, y, WIDTH) === entry) return [x, y];
  }
  return null;
}

test("tabs are read as Python wrote them", () => {
  const [profile, memory] = tabs();
  assert.deepEqual([profile.name, memory.name], ["Profile", "Memory"]);
  const { names, parents, values } = chart("flame");
  assert.deepEqual(names, ["all", "layer", "dot_general", "tanh", "(no equation)"]);
  assert.deepEqual(parents, [-1, 0, 1, 1, 0]);
  assert.equal(values[2], 0.001234);
  const timeline = chart("timeline");
  assert.deepEqual(timeline.lane, [0, 1, 1]);
  assert.ok(Math.abs(timeline.starts[2] - 125e-6) < 1e-12);
  assert.deepEqual([0, 1, 2].map(timeline.nodeOf), [-1, 1, 2]);
  assert.equal(chart("roofline").roofs[1].flops, 312e12);
  const [table] = profile.tables;
  assert.deepEqual(table.units, ["", "s", "%", ""]);
  assert.deepEqual(table.lineOf(1), { file: "train.py", line: 15 });
  assert.equal(table.lineOf(2), null);
  assert.deepEqual([0, 2, 9].map(table.nodeOf), [1, -1, -1]);
});

test("a flame graph's boxes lie in those around them", () => {
  const picture = flamePicture(chart("flame"));
  const [x, y] = placeOf(picture, 2) ?? assert.fail("not found");
  assert.equal(picture.at(x, y - 22, WIDTH), 1);
  assert.equal(picture.at(x, y - 44, WIDTH), 0);
  assert.equal(picture.at(WIDTH - 2, y, WIDTH), -1, "nothing is inside what has no equation");
  assert.match(drawn(picture), />dot_general<.*>1\.23 ms</s);
  assert.deepEqual(picture.tell(3), ["tanh", "260 µs, 13 % of all (attributed)", "all › layer"]);
  assert.match(picture.summary, /2 ms in all, attributed\. Most in dot_general \(62 %\)/);
});

test("a box that is looked into fills the width, and its parents lead back", () => {
  const picture = flamePicture(chart("flame"));
  assert.equal(picture.into?.(2), false, "a leaf has nothing inside");
  assert.equal(picture.into?.(1), true);
  assert.deepEqual(picture.trail?.(), [0, 1]);
  assert.equal(picture.at(WIDTH - 2, 24, WIDTH), 1);
  assert.doesNotMatch(drawn(picture), /no equation/);
  picture.reveal?.(4);
  assert.deepEqual(picture.trail?.(), [], "what is out of sight is brought into it");
  picture.into?.(1);
  assert.equal(picture.into?.(0), true, "the only box at the top is all of it");
  assert.deepEqual(picture.trail?.(), []);
});

test("keys walk a flame graph", () => {
  const { next } = flamePicture(chart("flame"));
  const walk = (from: number, ...keys: string[]) => keys.reduce(next, from);
  assert.equal(walk(-1, "ArrowDown"), 0);
  assert.equal(walk(0, "ArrowDown", "ArrowDown"), 2, "to the largest");
  assert.equal(walk(2, "ArrowRight"), 3);
  assert.equal(walk(3, "ArrowRight"), 3);
  assert.equal(walk(3, "ArrowUp", "ArrowUp", "ArrowUp"), 0);
});

test("numbers that are none and parts larger than the whole break no flame graph", () => {
  const flame: Flame = {
    ...plain,
    ...{ kind: "flame", unit: "s", source: "measured" },
    names: ["a", "b", "c", "d"],
    parents: [-1, 0, 0, -1],
    values: [1, 3, -4, Number.NaN],
  };
  const picture = flamePicture(flame);
  assert.equal(picture.at(WIDTH - 1, 30, WIDTH), 1, "no wider than the box around it");
  assert.doesNotMatch(drawn(picture), /NaN|Infinity/);
  picture.into?.(0);
  assert.deepEqual(picture.trail?.(), [-1, 0], "several at the top have one step more");
});

test("a timeline's lanes, zoom and pan", () => {
  const picture = timelinePicture(chart("timeline"));
  const [x, y] = placeOf(picture, 1) ?? assert.fail("not found");
  assert.match(picture.tell(1).join(), /^dot_general,120 µs from 2 µs,CPU 0$/);
  assert.ok((placeOf(picture, 0)?.[1] ?? y) < y, "lanes stand in their order");
  assert.equal(picture.zoom?.(4, 0), true);
  assert.equal(picture.at(4 * (x + 30), y, WIDTH), 1);
  assert.equal(picture.pan?.(10), true, "to the end, and no further");
  assert.equal(picture.pan?.(1), false);
  picture.reveal?.(2);
  assert.ok(placeOf(picture, 2), "what is walked to comes into sight");
  assert.equal(picture.zoom?.(0, 0.5), true, "all of it again");
  assert.equal(picture.zoom?.(0.5, 0.5), false);
  assert.equal(picture.next(1, "ArrowRight"), 2);
  assert.equal(picture.next(2, "ArrowUp"), 0);
  assert.equal(picture.next(0, "ArrowDown"), 2, "to what ran nearest to its middle");
  assert.equal(picture.next(0, "ArrowUp"), 0);
});

test("what runs within something else stands below it, and close marks count from the first", () => {
  const timeline: Timeline = {
    ...plain,
    ...{ kind: "timeline", lanes: ["host"], lane: [0, 0, 0] },
    ...{ names: ["outer", "inner", "next"], starts: [0, 0.25, 1], seconds: [1, 0.5, 1] },
  };
  const picture = timelinePicture(timeline);
  const rows = [0, 1, 2].map((at) => placeOf(picture, at)?.[1] ?? 0);
  assert.equal(rows[0], rows[2]);
  assert.ok(rows[1] > rows[0]);
  for (let times = 0; times < 14; times++) picture.zoom?.(2, 0.9);
  assert.match(drawn(picture), />1\.\d+ s<.*>\+\d+ µs</s);
});

test("10,000 spans are drawn as no more than there are pixels for", () => {
  const count = 10_000;
  const all = Array.from({ length: count }, (_, at) => at);
  const timeline: Timeline = {
    ...plain,
    ...{ kind: "timeline", lanes: ["a", "b"], lane: all.map((at) => at % 2) },
    names: all.map((at) => `fusion.${at}`),
    starts: all.map((at) => at * 1e-6),
    seconds: all.map(() => 9e-7),
  };
  const text = drawn(timelinePicture(timeline));
  // In two lanes, each filled and given an edge.
  assert.ok((text.match(/M/g) ?? []).length < 4 * WIDTH + 100);
});

test("a roofline leaves out what has no speed, and says so", () => {
  const golden = chart("roofline");
  const roofline: Roofline = {
    ...golden,
    names: ["dot", "tanh", "lost"],
    intensities: [1.3, 0.25, Number.POSITIVE_INFINITY],
    speeds: [1.1e10, 4e9, 1],
    seconds: [1e-4, 7e-6, 1],
  };
  const picture = rooflinePicture(roofline);
  assert.match(picture.summary, /^2 operations, 1 more without a speed, below this CPU: 45 GFLOP/);
  const text = drawn(picture);
  assert.match(text, />45 GFLOP\/s</);
  assert.match(text, /stroke-dasharray="5 4"/, "what others published is dashed");
  assert.doesNotMatch(text, /NaN|Infinity/);
  assert.equal(placeOf(picture, 2), null);
  assert.ok(placeOf(picture, 0));
  assert.equal(picture.next(1, "ArrowRight"), 0, "to the next intensity");
  assert.equal(picture.next(0, "ArrowDown"), 1, "to the next time");
  assert.deepEqual(picture.table.entries, [2, 0, 1], "the table has it");
  drawn(rooflinePicture({ ...golden, roofs: [], names: [], seconds: [] }));
});

test("a curve keeps its peak where many steps share a pixel", () => {
  const values = Array.from({ length: 5_000 }, (_, at) => (at === 3_333 ? 1_000 : at / 100));
  const curve: Curve = { ...chart("curve"), values };
  const picture = curvePicture(curve, (step) => (step === 3_333 ? "dot.7" : ""));
  assert.match(picture.summary, /^Peak 1 kB at instruction 3,334 of 5,000, dot\.7 \(read\)\.$/);
  assert.match(drawn(picture), />peak 1 kB</);
  assert.equal(picture.next(-1, "ArrowRight"), 3_333);
  assert.equal(picture.next(3_333, "ArrowLeft"), 3_332);
  assert.equal(picture.next(0, "End"), 4_999);
  const [x, y] = placeOf(picture, 2_500) ?? [300, 100];
  assert.ok(Math.abs(picture.at(x, y, WIDTH) - 2_500) < 20);
  for (const few of [[], [Number.NaN], [0, 0]]) {
    const text = drawn(curvePicture({ ...curve, values: few }, () => ""));
    assert.doesNotMatch(text, /NaN|Infinity/);
  }
});

test("hostile names are spelled out and escaped", () => {
  const name = '<script>\u202e"&';
  const flame: Flame = { ...chart("flame"), names: Array(5).fill(name) };
  const text = drawn(flamePicture(flame));
  assert.doesNotMatch(text, /<script|\u202e/);
  assert.match(text, /&lt;script&gt;/);
  assert.doesNotMatch(flamePicture(flame).tell(1).join(), /\u202e/);
});

test("ticks are round, and no more than asked for", () => {
  assert.deepEqual(ticks(0, 10, 5), [0, 2, 4, 6, 8, 10]);
  assert.deepEqual(ticks(3, 3, 5), [3]);
  assert.ok(ticks(1e-9, 7.3e-3, 6).length <= 7);
});

test("choosing a stage, or how to see it, leaves a tab; selecting doesn't", () => {
  const payload = reportOf([stageOf("jaxpr", GROUPS)], { tabs: GOLDEN });
  const report = decodeReport(checkPayload(structuredClone(payload)));
  const store = makeStore(report, initialState(report, "light"), () => {});
  assert.equal(store.state.tab, null);
  store.set({ tab: 1 });
  store.select({ stage: 0, nodes: [1] });
  assert.equal(store.state.tab, 1);
  store.set({ stage: 0 });
  assert.equal(store.state.tab, null);
  store.set({ tab: 0 });
  store.set({ mode: "graph" });
  assert.equal(store.state.tab, null);
  const words = { name: "Profile", figures: ["2 ms"], notes: [], charts: [], tables: [] };
  const bare = decodeReport(checkPayload(reportOf([], { tabs: [words] })));
  assert.equal(initialState(bare, "light").tab, 0, "where there is nothing else to see");
});
