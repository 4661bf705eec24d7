import assert from "node:assert/strict";
import { test } from "node:test";
import type { Graph, Report } from "../src/model/graph";
import { changes } from "../src/view/shell/changes";

/** A graph of regions, each the ops of its nodes in order; `>name` is a group with this key. */
function report(regions: Record<string, string[]>): Report {
  const keys = Object.keys(regions);
  const ops = keys.flatMap((key) => regions[key]);
  const starts = [0];
  for (const key of keys) starts.push(starts[starts.length - 1] + regions[key].length);
  const graph = {
    stage: "jaxpr",
    label: "jaxpr",
    regionCount: keys.length,
    regionKey: (region: number) => keys[region],
    firstNode: (region: number) => starts[region],
    lastNode: (region: number) => starts[region + 1],
    op: (node: number) => ops[node],
    isGroup: (node: number) => ops[node].startsWith(">"),
    nodeKey: (node: number) => ops[node],
    inputs: () => new Int32Array(),
    firstOutput: () => 0,
    lastOutput: () => 0,
    typeText: () => "",
  } as unknown as Graph;
  return { stages: [graph] } as unknown as Report;
}

test("nothing changed", () => {
  const one = report({ main: ["sin", ">block", "cos"], block: ["dot"] });
  assert.deepEqual(changes(one, one), [[]]);
});

test("an equation that was put in is the only one that changed", () => {
  const before = report({ main: ["sin", "cos", "dot", "add"] });
  const after = report({ main: ["sin", "mul", "cos", "dot", "add"] });
  assert.deepEqual(changes(before, after), [[1]]);
  assert.deepEqual(changes(after, before), [[]]);
});

test("changes apart from each other leave alone what is between them", () => {
  const before = report({ main: ["a", "b", "c", "d", "e", "f"] });
  const after = report({ main: ["a", "x", "c", "d", "y", "e", "g"] });
  assert.deepEqual(changes(before, after), [[1, 4, 6]]);
});

test("a new group is new with all in it; a change in a group is no change of the group", () => {
  const before = report({ main: [">one"], one: ["sin"] });
  const after = report({ main: [">one", ">two"], one: ["cos"], two: ["dot", "add"] });
  assert.deepEqual(changes(before, after), [[1, 2, 3, 4]]);
});

test("long programs are compared at their ends", () => {
  const long = (middle: string) => [
    "first",
    ...Array.from({ length: 2_000 }, (_, n) => `${middle}${n % 7}`),
    "last",
  ];
  const [changed] = changes(report({ main: long("a") }), report({ main: long("b") }));
  assert.equal(changed.length, 2_000);
});

test("a stage that was not there before has no changes", () => {
  assert.deepEqual(changes({ stages: [] } as unknown as Report, report({ main: ["a"] })), [[]]);
});
