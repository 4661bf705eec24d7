import assert from "node:assert/strict";
import { test } from "node:test";
import { Form } from "../src/model/level";
import { firstLook, kept, zoomedAbout } from "../src/view/graph/camera";
import { boxAt, boxesOf, type Scene, wireAt } from "../src/view/graph/flatten";
import { allKeys, firstOpen } from "../src/view/graph/opening";
import { headerAt, look } from "../src/view/graph/sight";
import { alongEdge, nextBox } from "../src/view/graph/walk";
import { counting, edge, inside, item, level, levelsOf } from "./scene_fakes";

/* root:  a -> g -> z        g:  [in] -> b -> h        h:  c */
const h = level("h", [item("c", { nodes: [4] })], []);
const g = level(
  "g",
  [
    item("in", { port: "in", title: "x" }),
    item("b", { nodes: [2], subtitle: "f32[8]" }),
    item("h", { kind: "group", nodes: [3], inside: inside(h) }),
  ],
  [edge(0, 1), edge(1, 2)],
);
const root = level(
  "root",
  [
    item("a", { nodes: [0] }),
    item("g", { kind: "group", nodes: [1], inside: inside(g) }),
    item("z", { nodes: [5] }),
  ],
  [edge(0, 1, { values: [7] }), edge(1, 2), edge(0, 2, { rest: false })],
);
const levels = levelsOf(root);
const portFor = (_: unknown, within: { key: string }, value: number) =>
  within.key === "g" && value === 7 ? 0 : -1;

const titles = (scene: Scene) => scene.items.map(({ key }) => key).join(" ");

test("closed boxes are 28 or 44 high and 72 to 200 wide in steps of 8", () => {
  const wide = item("w", { title: "dynamic_update_slice_in_dim_of_a_cache", subtitle: "f32[]" });
  const scene = counting(levelsOf(level("r", [item("a"), wide], []))).make(new Set());
  assert.deepEqual([...scene.w], [72, 200]);
  assert.deepEqual([...scene.h], [28, 44]);
});

test("three cards of a stack count in its box", () => {
  const stack = item("s", { title: "block ×12", count: 12 });
  const scene = counting(levelsOf(level("r", [item("s"), stack], []))).make(new Set());
  assert.equal(scene.h[1], scene.h[0] + 6);
});

test("boxes inside an open group follow it and lie in it", () => {
  const scene = counting(levels).make(new Set(["g", "h"]));
  assert.equal(titles(scene), "a g in b h c z");
  assert.deepEqual([...scene.parent], [-1, -1, 1, 1, 1, 4, -1]);
  assert.deepEqual([...scene.end], [1, 6, 3, 4, 6, 6, 7]);
  for (let box = 0; box < scene.count; box++) {
    const around = scene.parent[box];
    if (around < 0) continue;
    assert.ok(scene.x[box] >= scene.x[around]);
    assert.ok(scene.y[box] >= scene.y[around] + 24);
    assert.ok(scene.x[box] + scene.w[box] <= scene.x[around] + scene.w[around]);
    assert.ok(scene.y[box] + scene.h[box] <= scene.y[around] + scene.h[around]);
  }
});

test("opening a group lays out it and what it is in, nothing else", () => {
  const { make, counted } = counting(levels);
  make(new Set(["g"]));
  assert.equal(counted.layouts, 2);
  make(new Set(["g", "h"]));
  assert.equal(counted.layouts, 5);
  make(new Set(["g", "h"]));
  assert.equal(counted.layouts, 5);
});

test("branches stand beside each other under their titles", () => {
  const [yes, no] = [level("yes", [item("y")], []), level("no", [item("n")], [])];
  const columns = [...inside(yes, "branch 0"), ...inside(no, "branch 1")];
  const cond = item("cond", { forms: Form.branch, inside: columns });
  const scene = counting(levelsOf(level("r", [cond], []))).make(new Set(["cond"]));
  assert.deepEqual(
    scene.panes.map(({ title }) => title),
    ["", "branch 0", "branch 1"],
  );
  assert.equal(scene.y[1], scene.y[2]);
  assert.ok(scene.x[2] >= scene.x[1] + scene.w[1] + 16);
});

test("an edge into an open group runs on to its port", () => {
  const scene = counting(levels, portFor).make(new Set(["g"]));
  const { route } = scene.panes[0].laid.wires[0];
  const port = scene.boxOf("in");
  assert.equal(route.at(-1), scene.y[port]);
  assert.equal(route.at(-2), scene.x[port] + scene.w[port] / 2);
});

test("points find the innermost box, and edges between boxes", () => {
  const scene = counting(levels).make(new Set(["g"]));
  const b = scene.boxOf("b");
  assert.equal(boxAt(scene, scene.x[b] + 1, scene.y[b] + 1), b);
  assert.equal(boxAt(scene, -5, -5), -1);
  const end = scene.panes[0].laid.wires[0].route;
  const found = wireAt(scene, end[0] + 2, end[1] + 5, 6);
  assert.equal(found?.wire.edge, 0);
});

test("a node in a closed group is marked on the group", () => {
  const callers = (region: number) => (region === 0 ? [] : [region === 1 ? 1 : 3]);
  const regionOf = (node: number) => (node === 4 ? 2 : node === 2 || node === 3 ? 1 : 0);
  const scene = counting(levelsOf(root, { callers, regionOf })).make(new Set());
  assert.deepEqual([...boxesOf(scene, [4])], [scene.boxOf("g")]);
  const open = counting(levelsOf(root, { callers, regionOf })).make(new Set(["g"]));
  assert.deepEqual([...boxesOf(open, [4, 2])], [open.boxOf("h"), open.boxOf("b")]);
});

test("only what is in sight is looked at; a header stays as long as its group", () => {
  const scene = counting(levels).make(new Set(["g", "h"]));
  const view = { x: 0, y: scene.y[scene.boxOf("h")] + 26, zoom: 1, width: 400, height: 40 };
  const { closed, opens, headers } = look(scene, view);
  assert.deepEqual(
    closed.map((box) => scene.items[box].key),
    ["c"],
  );
  assert.deepEqual(
    opens.map((box) => scene.items[box].key),
    ["g", "h"],
  );
  assert.deepEqual(
    headers.map(({ y, pinned }) => [y, pinned]),
    [
      [0, true],
      [24, true],
    ],
  );
  assert.equal(headerAt(headers, 40, 10)?.box, scene.boxOf("g"));
});

test("at first about twelve boxes are open", () => {
  const small = level(
    "s",
    ["1", "2", "3"].map((key) => item(`s${key}`)),
    [],
  );
  const big = level(
    "b",
    Array.from({ length: 60 }, (_, at) => item(`b${at}`)),
    [],
  );
  const both = level(
    "r",
    [
      item("small", { inside: inside(small) }),
      item("big", { inside: inside(big) }),
      item("x"),
      item("y"),
    ],
    [],
  );
  assert.deepEqual(firstOpen(levelsOf(both), null), ["small"]);
  assert.deepEqual(firstOpen(levelsOf(level("r", [both.items[1]], [])), null), ["big"]);
  assert.deepEqual(firstOpen(levels, 2), ["g", "h"]);
  assert.deepEqual(firstOpen(levels, 0), []);
});

test("opening all ends where a picture would be too large", () => {
  assert.deepEqual(allKeys(root, 100), { keys: ["g", "h"], all: true });
  assert.deepEqual(allKeys(root, 4), { keys: ["g"], all: false });
});

test("the keyboard goes down into a group, and along edges", () => {
  const scene = counting(levels).make(new Set(["g"]));
  const at = (key: string) => scene.boxOf(key);
  assert.equal(nextBox(scene, at("a"), "down"), at("g"));
  assert.equal(nextBox(scene, at("g"), "down"), at("in"));
  assert.equal(nextBox(scene, at("in"), "down"), at("b"));
  assert.equal(nextBox(scene, at("z"), "down"), -1);
  assert.equal(alongEdge(scene, at("b"), "operand", -1), at("in"));
  assert.equal(alongEdge(scene, at("in"), "operand", -1), at("g"));
  assert.equal(alongEdge(scene, at("a"), "user", at("g")), at("z"));
});

test("the first look is at 1, or fits where that is legible", () => {
  const scene = counting(levels).make(new Set());
  assert.equal(firstLook(scene, { width: 600, height: 400 }).zoom, 1);
  const tight = firstLook(scene, { width: 600, height: (scene.height + 40) * 0.9 });
  assert.ok(Math.abs(tight.zoom - 0.9) < 1e-9);
  const low = firstLook(scene, { width: 600, height: 60 });
  assert.deepEqual([low.zoom, low.y], [1, -20]);
});

test("zooming keeps the point under the pointer, and the picture in sight", () => {
  const camera = { x: 10, y: 20, zoom: 1 };
  const near = zoomedAbout(camera, 1.5, 100, 60);
  assert.ok(Math.abs(near.x + 100 / near.zoom - 110) < 1e-9);
  assert.equal(zoomedAbout(camera, 100, 0, 0).zoom, 2);
  assert.equal(zoomedAbout(camera, 0.0001, 0, 0).zoom, 0.05);
  const scene = counting(levels).make(new Set());
  const lost = kept({ x: 9999, y: -9999, zoom: 1 }, scene, { width: 300, height: 200 });
  assert.equal(lost.x, scene.width - 64);
  assert.equal(lost.y, 64 - 200);
});
