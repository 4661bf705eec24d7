import assert from "node:assert/strict";
import test from "node:test";
import { layOut } from "../src/layout/layout";
import type { LayoutEdge, LayoutInput } from "../src/layout/types";
import {
  badRoutes,
  bends,
  chains,
  makeBox,
  makeEdge,
  overlaps,
  randomNumbers,
  throughBoxes,
} from "./layout_checks";

function level(boxes: number, edges: readonly (readonly [number, number])[]): LayoutInput {
  return {
    boxes: Array.from({ length: boxes }, () => makeBox()),
    edges: edges.map(([from, to]) => makeEdge(from, to)),
    lanes: false,
    targetWidth: 800,
  };
}

function assertSound(input: LayoutInput, what = ""): void {
  const layout = layOut(input);
  assert.ok(layout.width >= 0 && layout.height >= 0, what);
  assert.ok(layout.x.every(Number.isFinite) && layout.y.every(Number.isFinite), what);
  assert.deepEqual(overlaps(input, layout).slice(0, 3), [], what);
  assert.deepEqual(throughBoxes(input, layout).slice(0, 3), [], what);
  assert.deepEqual(badRoutes(input, layout).slice(0, 3), [], what);
  input.boxes.forEach((box, i) => {
    assert.ok(layout.x[i] >= 0 && layout.x[i] + box.width <= layout.width + 0.01, what);
    assert.ok(layout.y[i] >= 0 && layout.y[i] + box.height <= layout.height + 0.01, what);
  });
}

const chain = (length: number) =>
  level(
    length,
    Array.from({ length: length - 1 }, (_, i) => [i, i + 1] as const),
  );

test("nothing, and one box, have a layout", () => {
  const empty = layOut(level(0, []));
  assert.deepEqual([empty.width, empty.height], [0, 0]);
  const one = layOut(level(1, []));
  assert.deepEqual([one.width, one.height, one.x[0], one.y[0]], [120, 44, 0, 0]);
});

test("a chain is one straight column", () => {
  const layout = layOut(chain(5));
  assert.deepEqual([...layout.x], [0, 0, 0, 0, 0]);
  assert.deepEqual([...layout.y], [0, 64, 128, 192, 256]);
  for (const route of layout.routes) assert.equal(bends(route), 0);
});

test("boxes of different widths in a chain have one axis", () => {
  const input = chain(4);
  const widths = [72, 200, 120, 96];
  const boxes = input.boxes.map((box, i) => ({ ...box, width: widths[i] }));
  const layout = layOut({ ...input, boxes });
  const middles = boxes.map((box, i) => layout.x[i] + box.width / 2);
  assert.deepEqual(new Set(middles).size, 1);
});

test("a diamond is symmetric", () => {
  const edges = [
    [0, 1],
    [0, 2],
    [1, 3],
    [2, 3],
  ] as const;
  const { x } = layOut(level(4, edges));
  assert.equal(x[0], x[3]);
  assert.equal(x[1] + x[2], 2 * x[0]);
  assert.equal(x[2] - x[1], 136);
});

test("a residual edge runs beside the boxes that it passes, with the value's trunk", () => {
  const edges = [
    [0, 1],
    [1, 2],
    [2, 3],
    [0, 3],
  ] as const;
  const layout = layOut(level(4, edges));
  assert.deepEqual([...layout.x], [0, 0, 0, 0]);
  assert.ok(Math.max(...layout.routes[3].filter((_, i) => i % 2 === 0)) > 120);
});

test("a high chain is wrapped into columns, each from top to bottom", () => {
  const input = chain(40);
  const layout = layOut(input);
  assert.ok(layout.width / layout.height > 1 / 3 && layout.width / layout.height < 3);
  assertSound(input);
  const { part, of } = chains(input, layout);
  assert.ok(part >= 0.9 * of);
  for (let i = 0; i < 39; i++) {
    const right = layout.x[i + 1] > layout.x[i];
    assert.ok(right ? layout.y[i + 1] === 0 : layout.y[i + 1] > layout.y[i]);
  }
});

test("many small components stand in a grid", () => {
  const pairs = Array.from({ length: 150 }, (_, i) => [2 * i, 2 * i + 1] as const);
  const layout = layOut(level(300, pairs));
  assert.ok(layout.width / layout.height > 1 / 3 && layout.width / layout.height < 3);
  assertSound(level(300, pairs));
});

test("ports stand on the level's top and bottom edge", () => {
  const boxes = [
    makeBox({ port: "in", height: 20 }),
    makeBox({ port: "in", height: 20 }),
    makeBox(),
    makeBox(),
    makeBox({ port: "out", height: 20 }),
    makeBox({ height: 400 }),
  ];
  const edges = [makeEdge(0, 2), makeEdge(1, 3), makeEdge(2, 3), makeEdge(3, 4), makeEdge(4, 0)];
  const input = { boxes, edges, lanes: false, targetWidth: 800 };
  const layout = layOut(input);
  assert.deepEqual([layout.y[0], layout.y[1]], [0, 0]);
  assert.equal(layout.y[4] + 20, layout.height);
  assertSound(input);
});

test("a loop's carry runs back beside the column", () => {
  const edges = [makeEdge(0, 1), makeEdge(1, 2), makeEdge(2, 0, { back: true })];
  const layout = layOut({ ...level(3, []), edges });
  assert.deepEqual([...layout.x], [0, 0, 0]);
  const carry = layout.routes[2];
  assert.equal(bends(carry), 2);
  assert.ok(Math.max(...carry.filter((_, i) => i % 2 === 0)) > 120);
});

test("edges keep to the places that are given on wide boxes", () => {
  const boxes = [makeBox({ width: 400 }), makeBox(), makeBox(), makeBox({ width: 400 })];
  const edges = [
    makeEdge(0, 2, { fromAt: 60 }),
    makeEdge(0, 1, { fromAt: 340 }),
    makeEdge(1, 3, { toAt: 350 }),
    makeEdge(2, 3, { toAt: 40 }),
  ];
  const input = { boxes, edges, lanes: false, targetWidth: 800 };
  const { x, routes } = layOut(input);
  assert.equal(routes[0][0], x[0] + 60);
  assert.equal(routes[2][routes[2].length - 2], x[3] + 350);
  assert.ok(x[2] < x[1], "the order follows the places");
  assertSound(input);
});

test("the same level always looks the same", () => {
  const input = randomLevel(5, 60, 90);
  assert.deepEqual(layOut(input), layOut(input));
});

function randomLevel(seed: number, boxes: number, edges: number): LayoutInput {
  const random = randomNumbers(seed);
  const upTo = (most: number) => Math.floor(random() * most);
  return {
    boxes: Array.from({ length: boxes }, () =>
      makeBox({ width: 72 + 8 * upTo(17), height: upTo(3) > 0 ? 44 : 28 }),
    ),
    edges: Array.from({ length: boxes < 2 ? 0 : edges }, () => {
      const to = 1 + upTo(boxes - 1);
      return makeEdge(Math.max(0, to - 1 - upTo(Math.min(to, 12))), to);
    }),
    lanes: false,
    targetWidth: 800,
  };
}

test("random acyclic levels are sound; edges to the next rank have at most two bends", () => {
  const sum = { part: 0, of: 0 };
  for (let seed = 1; seed <= 60; seed++) {
    const input = randomLevel(seed, 2 + (seed % 50), Math.floor((2 + (seed % 50)) * 1.4));
    assertSound(input, `seed ${seed}`);
    const layout = layOut(input);
    const { part, of } = chains(input, layout);
    sum.part += part;
    sum.of += of;
    input.edges.forEach((edge, e) => {
      const apart = layout.y[edge.to] - layout.y[edge.from] - input.boxes[edge.from].height;
      if (apart > 0 && apart <= 32) assert.ok(bends(layout.routes[e]) <= 2, `seed ${seed}`);
    });
  }
  assert.ok(sum.part >= 0.9 * sum.of, `${sum.part} of ${sum.of} chain edges are straight`);
});

/** Anything that types allow, and some that they don't. */
function wildLevel(seed: number): LayoutInput {
  const random = randomNumbers(seed);
  const upTo = (most: number) => Math.floor(random() * most);
  const count = upTo(30);
  const edges: LayoutEdge[] = Array.from({ length: count === 0 ? 0 : upTo(60) }, () =>
    makeEdge(upTo(count), upTo(count), {
      back: upTo(6) === 0,
      fromAt: upTo(4) === 0 ? upTo(120) : null,
      toAt: upTo(4) === 0 ? upTo(120) : null,
      width: [1, 1.5, 2.5, 4][upTo(4)],
    }),
  );
  return {
    boxes: Array.from({ length: count }, () =>
      makeBox({
        width: upTo(8) === 0 ? 120 + upTo(2000) : 120,
        height: upTo(8) === 0 ? 1 + upTo(3000) : 44,
        lane: upTo(4) as 0 | 1 | 2 | 3,
        row: ["", "a", "b", "c", "d"][upTo(5)],
        port: upTo(8) === 0 ? (["in", "out"] as const)[upTo(2)] : null,
      }),
    ),
    edges,
    lanes: upTo(2) === 0,
    targetWidth: [0, 320, 800, 4000, NaN][upTo(5)],
  };
}

test("wild levels are sound: cycles, loops, parallel edges, ports, lanes, huge boxes", () => {
  for (let seed = 1; seed <= 400; seed++) assertSound(wildLevel(seed), `seed ${seed}`);
});

test("sizes and ends that make no sense do no harm", () => {
  const boxes = [makeBox({ width: NaN }), makeBox({ height: -5 }), makeBox({ width: 1e300 })];
  const edges = [
    makeEdge(0, 7),
    makeEdge(-1, 1),
    makeEdge(0.5, 1),
    makeEdge(0, 1, { fromAt: NaN }),
  ];
  const layout = layOut({ boxes, edges, lanes: false, targetWidth: -1 });
  assert.ok(layout.x.every(Number.isFinite) && layout.y.every(Number.isFinite));
  assert.ok(Number.isFinite(layout.width) && Number.isFinite(layout.height));
  assert.equal(layout.routes.length, 4);
});

test("levels too large for a picture become a grid", () => {
  const random = randomNumbers(3);
  const count = 5000;
  const edges = Array.from({ length: 8000 }, () =>
    makeEdge(Math.floor(random() * count), Math.floor(random() * count)),
  ).filter(({ from, to }) => from !== to);
  const input = { ...level(count, []), edges };
  const started = performance.now();
  const layout = layOut(input);
  assert.ok(performance.now() - started < 2000);
  assert.deepEqual(overlaps(input, layout), []);
  const some = edges.map((_, e) => e).filter((e) => e % 200 === 0);
  const fewer = { ...input, edges: some.map((e) => edges[e]) };
  const drawn = { ...layout, routes: some.map((e) => layout.routes[e]) };
  assert.deepEqual(throughBoxes(fewer, drawn), []);
  assert.deepEqual(badRoutes(fewer, drawn), []);
});

test("many edges end in time", () => {
  const input = randomLevel(11, 500, 3000);
  const started = performance.now();
  layOut(input);
  assert.ok(performance.now() - started < 2000);
});
