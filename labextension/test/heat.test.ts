import assert from "node:assert/strict";
import { test } from "node:test";
import type { Overlay } from "../src/model/graph";
import { heatOf, stepOf } from "../src/view/heat";

const overlay = (values: Record<number, number | string>, source = "modelled"): Overlay => ({
  name: "FLOPs",
  unit: "FLOP",
  source,
  value: (node) => values[node],
  inAll: (node) => values[node],
  total: 1000,
});

test("seven steps, a bound belongs to the step above it", () => {
  const shares = [0, 0.0009, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1];
  assert.deepEqual(shares.map(stepOf), [0, 0, 1, 2, 3, 4, 5, 6, 6]);
});

test("what isn't known is not zero", () => {
  assert.equal(heatOf(overlay({ 1: 0 }), [1]).kind, "zero");
  assert.equal(heatOf(overlay({}), [1]).kind, "unknown");
  assert.equal(heatOf(overlay({ 1: "several" }), [1]).kind, "unknown");
});

test("a box shows the sum of what is known of its nodes", () => {
  const heat = heatOf(overlay({ 1: 100, 2: 250 }), [1, 2, 3]);
  assert.deepEqual(heat, { kind: "known", value: 350, share: 0.35, step: 6 });
});

test("attributed times are told from measured ones", () => {
  assert.equal(heatOf(overlay({ 1: 5 }, "attributed"), [1]).kind, "attributed");
});
