import assert from "node:assert/strict";
import { test } from "node:test";
import type { Report } from "../src/model/graph";
import type { State } from "../src/view/contracts";
import { initialState, makeStore, same, travel } from "../src/view/store";

const overlay = (name: string, total: number) => ({ name, unit: "", source: "", total });
const report = {
  first: 1,
  sources: [],
  stages: [{ overlays: [] }, { overlays: [overlay("name", 0), overlay("flops", 3)] }],
} as unknown as Report;

function store() {
  const said: string[] = [];
  return { said, store: makeStore(report, initialState(report, "light"), (t) => said.push(t)) };
}

test("it starts at the report's first stage with an overlay that has numbers", () => {
  const state = initialState(report, "dark");
  assert.equal(state.stage, 1);
  assert.equal(state.overlay, "flops");
  assert.equal(state.poses.length, 2);
});

test("setting what is equal tells nobody", () => {
  const { store: s } = store();
  let heard = 0;
  s.on(["selection", "filters"], () => heard++);
  s.set({ selection: { stage: 0, nodes: [1] } });
  s.set({ selection: { stage: 0, nodes: [1] } });
  s.set({ filters: { ...s.state.filters }, mode: "text" });
  assert.equal(heard, 1);
});

test("a listener that sets again does not mix up what others hear", () => {
  const { store: s } = store();
  const seen: (readonly [State["mode"], State["mode"]])[] = [];
  s.on(["mode"], (state) => state.mode === "text" && s.set({ mode: "table" }));
  s.on(["mode"], (state, before) => seen.push([before.mode, state.mode]));
  s.set({ mode: "text" });
  assert.deepEqual(seen, [
    ["graph", "table"],
    ["text", "table"],
  ]);
});

test("who stopped listening hears nothing", () => {
  const { store: s } = store();
  let heard = 0;
  const stop = s.on(["stage"], () => heard++);
  s.set({ stage: 0 });
  stop();
  s.set({ stage: 1 });
  assert.equal(heard, 1);
});

test("selections can be walked back and forward", () => {
  const { store: s } = store();
  const picks = [0, 1, 2].map((n) => ({ stage: n % 2, nodes: [n] }));
  for (const pick of picks) s.select(pick);
  assert.ok(travel(s, -1));
  assert.deepEqual(s.state.selection, picks[1]);
  assert.equal(s.state.stage, 1);
  assert.ok(travel(s, -1));
  assert.ok(!travel(s, -1));
  assert.ok(travel(s, 1));
  assert.deepEqual(s.state.selection, picks[1]);
  s.select({ stage: 0, nodes: [9] });
  assert.ok(!travel(s, 1));
});

test("selecting nodes lets go of the line", () => {
  const { store: s } = store();
  s.set({ line: { source: 0, line: 3 } });
  s.select({ stage: 0, nodes: [1] });
  assert.equal(s.state.line, null);
});

test("announcements reach who says them", () => {
  const { store: s, said } = store();
  s.announce("3 hits");
  assert.deepEqual(said, ["3 hits"]);
});

test("plain data compares by value", () => {
  assert.ok(same({ a: [1, { b: null }] }, { a: [1, { b: null }] }));
  assert.ok(!same({ a: 1 }, { a: 1, b: 2 }));
  assert.ok(!same([1], { 0: 1 }));
  assert.ok(!same(null, {}));
  assert.ok(same(Number.NaN, Number.NaN));
});
