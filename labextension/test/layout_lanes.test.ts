import assert from "node:assert/strict";
import test from "node:test";
import { layOut } from "../src/layout/layout";
import type { LayoutBox, LayoutEdge } from "../src/layout/types";
import { badRoutes, bends, makeBox, makeEdge, overlaps, throughBoxes } from "./layout_checks";

const scopes = ["embed", "block", "ln_f", "head"];
const size = { width: 152, height: 48 };

/** The train step of the guide: forward 0-3, backward 4-7 (embed first), update 8. */
function trainStep(): { boxes: LayoutBox[]; edges: LayoutEdge[] } {
  const boxes = [
    ...scopes.map((row) => makeBox({ ...size, lane: 1, row })),
    ...scopes.map((row) => makeBox({ ...size, lane: 2, row })),
    makeBox({ ...size, lane: 3 }),
  ];
  const edges = [
    ...[0, 1, 2].map((i) => makeEdge(i, i + 1)),
    ...[7, 6, 5].map((i) => makeEdge(i, i - 1)),
    ...[0, 1, 2, 3].map((i) => makeEdge(i, i + 4, { width: i === 1 ? 4 : 1 })),
    ...[4, 5, 6, 7].map((i) => makeEdge(i, 8, { width: i === 5 ? 2.5 : 1 })),
  ];
  return { boxes, edges };
}

test("a train step: forward down, backward up, update beside what feeds it most", () => {
  const input = { ...trainStep(), lanes: true, targetWidth: 800 };
  const layout = layOut(input);
  const { x, y, routes, lanes } = layout;
  for (let i = 0; i < 4; i++) {
    assert.equal(y[i], y[i + 4], "a scope's boxes stand in one row");
    assert.equal(x[i], x[0]);
    assert.equal(x[i + 4], x[4]);
    if (i > 0) assert.ok(y[i] > y[i - 1]);
  }
  assert.ok(x[0] < x[4] && x[4] < x[8]);
  assert.equal(y[8], y[5]);
  assert.deepEqual(
    lanes.map(({ lane, x, width }) => [lane, x, width]),
    [
      [1, x[0], 152],
      [2, x[4], 152],
      [3, x[8], 152],
    ],
  );
  for (let e = 0; e < 6; e++) assert.equal(bends(routes[e]), 0, "chains are straight");
  for (let e = 3; e < 6; e++) assert.ok(routes[e][1] > routes[e][3], "backward runs up");
  for (let e = 6; e < 10; e++) {
    assert.equal(bends(routes[e]), 0);
    assert.equal(routes[e][1], routes[e][3], "residual edges run level");
  }
  const trunk = new Set([10, 12, 13].map((e) => routes[e][2]));
  assert.equal(trunk.size, 1, "what goes to one box shares its way up");
  assert.equal(bends(routes[11]), 0);
  assert.deepEqual(overlaps(input, layout), []);
  assert.deepEqual(throughBoxes(input, layout), []);
  assert.deepEqual(badRoutes(input, layout), []);
});

test("lanes stand closer together where there is little room", () => {
  const wide = layOut({ ...trainStep(), lanes: true, targetWidth: 800 });
  const narrow = layOut({ ...trainStep(), lanes: true, targetWidth: 440 });
  assert.equal(wide.x[4] - wide.x[0], 152 + 64);
  assert.equal(narrow.x[4] - narrow.x[0], 152 + 36);
});

test("boxes that only backward has stand between the rows that they connect", () => {
  const { boxes, edges } = trainStep();
  // head's gradient passes a box of its own on the way to ln_f's.
  boxes.push(makeBox({ lane: 2 }));
  edges[3] = makeEdge(7, 9);
  edges.push(makeEdge(9, 6));
  const { y } = layOut({ boxes, edges, lanes: true, targetWidth: 800 });
  assert.ok(y[6] < y[9] && y[9] < y[7]);
  for (let i = 0; i < 4; i++) assert.equal(y[i], y[i + 4]);
});

test("boxes of one lane and row stand side by side", () => {
  const { boxes, edges } = trainStep();
  boxes.push(makeBox({ lane: 1, row: "block" }));
  edges.push(makeEdge(0, 9), makeEdge(9, 2));
  const { x, y } = layOut({ boxes, edges, lanes: true, targetWidth: 800 });
  assert.equal(y[9], y[1] + 2);
  assert.ok(x[9] !== x[1]);
});

test("boxes of no lane join what they belong to", () => {
  const { boxes, edges } = trainStep();
  boxes.push(makeBox(), makeBox());
  edges.push(makeEdge(9, 0), makeEdge(8, 10));
  const { x, y } = layOut({ boxes, edges, lanes: true, targetWidth: 800 });
  assert.ok(y[9] < y[0] && x[9] < x[4], "an input is above forward");
  assert.ok(y[10] > y[8] && x[10] > x[4], "an output is below the update");
});

test("an open group in the backward lane is entered on top and left at the bottom", () => {
  const { boxes, edges } = trainStep();
  boxes[5] = { ...boxes[5], width: 400, height: 600 };
  edges[4] = makeEdge(6, 5, { toAt: 100 });
  edges[5] = makeEdge(5, 4, { fromAt: 300 });
  const input = { boxes, edges, lanes: true, targetWidth: 800 };
  const layout = layOut(input);
  const enters = layout.routes[4];
  assert.deepEqual(
    [enters[enters.length - 2], enters[enters.length - 1]],
    [layout.x[5] + 100, layout.y[5]],
  );
  assert.deepEqual([...layout.routes[5].slice(0, 2)], [layout.x[5] + 300, layout.y[5] + 600]);
  assert.deepEqual(throughBoxes(input, layout), []);
  assert.deepEqual(badRoutes(input, layout), []);
});
