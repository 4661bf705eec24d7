import assert from "node:assert/strict";
import { test } from "node:test";
import type { Graph, Report } from "../src/model/graph";
import { recall, remember, restore, snapshot } from "../src/view/shell/memory";
import { initialState } from "../src/view/store";

function report(keys: string[], title = "step", cellId = "c1"): Report {
  const graph = {
    nodeKey: (node: number) => keys[node],
    nodeByKey: (key: string) => keys.indexOf(key),
    overlays: [{ name: "FLOPs", total: 1 }],
  } as unknown as Graph;
  const source = { cellId, file: "", text: "" };
  const heatOf = () => new Map<number, number>();
  return { title, first: 0, stages: [graph], sources: [source], heatOf } as unknown as Report;
}

const now = report(["a", "b", "c"]);
const state = {
  ...initialState(now, "light"),
  mode: "text" as const,
  selection: { stage: 0, nodes: [1, 2] },
  only: { stage: 0, nodes: [0] },
  poses: [{ open: ["block"], camera: { x: 1, y: 2, zoom: 0.5 } }],
  overlay: "",
  height: 400,
};

test("a snapshot is JSON and gives the state back", () => {
  const kept = JSON.parse(JSON.stringify(snapshot(now, state)));
  const { history, hits, hover, hoverLine, line, full, theme, ...rest } = state;
  assert.deepEqual({ ...rest, ...restore(now, kept) }, rest);
});

test("nodes are found again by key, and let go where there are none", () => {
  const later = report(["new", "c", "a"]);
  const back = restore(later, snapshot(now, state));
  assert.deepEqual(back.selection, { stage: 0, nodes: [1] });
  assert.deepEqual(back.only, { stage: 0, nodes: [2] });
  assert.equal(restore(report(["x"]), snapshot(now, state)).selection, null);
});

test("stages, sources and overlays that are gone are not restored", () => {
  const bare = { ...now, stages: [], sources: [] } as unknown as Report;
  const kept = { ...snapshot(now, state), overlay: "FLOPs", split: 0 };
  const back = restore(bare, kept);
  assert.ok(!("stage" in back) && !("split" in back) && !("source" in back));
  assert.ok(!("overlay" in back));
});

test("outputs are told apart by title and cell, and the oldest are forgotten", () => {
  remember(now, state);
  assert.equal(recall(report(["other"]))?.state, state);
  assert.equal(recall(report([], "other")), undefined);
  assert.equal(recall(report([], "step", "c2")), undefined);
  for (let n = 0; n < 16; n++) remember(report([], `f${n}`), state);
  assert.equal(recall(now), undefined);
});
