import assert from "node:assert/strict";
import { test } from "node:test";
import type { Graph, NodeId } from "../src/model/graph";
import type { Filters, Item, Level, Levels } from "../src/model/level";
import { makeLevels, portFor } from "../src/model/levels";
import { graphOf, literal, MadeRegion, type MadeValue } from "./program";

/** What must hold for every level of every program. */

const ALL: readonly Filters[] = [
  { plumbing: false, scopes: true, transforms: false },
  { plumbing: true, scopes: true, transforms: true },
  { plumbing: false, scopes: false, transforms: false },
];

function everyLevel(levels: Levels): Level[] {
  const found: Level[] = [levels.root];
  for (const level of found) {
    for (const item of level.items) for (const { level: inner } of item.inside) found.push(inner);
  }
  return found;
}

/** A level's edges at rest, less what is said to go back, have a topological order. */
function assertAcyclic(level: Level): void {
  const waiting = level.items.map(() => 0);
  const forward = level.edges.filter((edge) => edge.kind !== "again" && edge.kind !== "back");
  for (const edge of forward) waiting[edge.to]++;
  const work = level.items.flatMap((_, place) => (waiting[place] === 0 ? [place] : []));
  let done = 0;
  for (const place of work) {
    done++;
    for (const edge of forward) {
      if (edge.from === place && --waiting[edge.to] === 0) work.push(edge.to);
    }
  }
  assert.equal(done, level.items.length, `${level.key} has a cycle`);
}

function assertSound(graph: Graph, levels: Levels): void {
  const keys = new Set<string>();
  for (const level of everyLevel(levels)) {
    assertAcyclic(level);
    assert.ok(level.items.length <= 150, `${level.key} has ${level.items.length} items`);
    const home = new Map<NodeId, number>();
    level.items.forEach((item, place) => {
      assert.ok(!keys.has(item.key), `two items are ${item.key}`);
      keys.add(item.key);
      assert.notEqual(item.title, "", item.key);
      assertChips(level, item);
      for (const node of item.nodes) {
        assert.ok(!home.has(node), `${graph.nodeKey(node)} is in two items`);
        home.set(node, place);
        assert.equal(level.itemOf(node), place);
      }
    });
    level.edges.forEach((edge, place) => {
      assert.ok(edge.from >= 0 && edge.from < level.items.length);
      assert.ok(edge.to >= 0 && edge.to < level.items.length);
      if (!edge.rest) assertSaid(level, place);
    });
    assert.ok(level.edges.filter((edge) => edge.largest).length <= 1);
  }
}

function assertChips(level: Level, item: Item): void {
  for (const chip of item.chips) {
    assert.notEqual(chip.text, "");
    for (const place of chip.edges) {
      assert.ok(!level.edges[place].rest, "a chip stands for an edge that is drawn");
    }
  }
}

/** An edge that isn't drawn is in a chip of one of its ends. */
function assertSaid(level: Level, place: number): void {
  const { from, to } = level.edges[place];
  const said = [from, to].some((end) =>
    level.items[end].chips.some((chip) => chip.edges.includes(place)),
  );
  assert.ok(said, `${level.key}: nothing tells of the edge ${from} -> ${to}`);
}

/** Opening along the way leads to the node. */
function assertFound(graph: Graph, levels: Levels): void {
  for (let node = 0; node < graph.nodeCount; node++) {
    let level: readonly Level[] = [levels.root];
    const way = levels.wayTo(node);
    // Plumbing from nowhere to nowhere stands with no box.
    assert.ok(way.length > 0 || graph.plumbing(node) > 0, `no way to ${graph.nodeKey(node)}`);
    for (const key of way) {
      const item: Item | undefined = level
        .flatMap((one) => one.items)
        .find((other) => other.key === key);
      assert.ok(item, `${key} isn't in ${level.map((one) => one.key)}`);
      level = item.inside.map((inside) => inside.level);
    }
  }
}

/** A program of random ops, scopes, loops and calls. */
function randomProgram(seed: number): MadeRegion {
  let state = seed * 2654435761;
  const random = (below: number) => {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0;
    return (state >>> 8) % below;
  };
  const ops = ["add", "mul", "tanh", "dot_general", "reduce_sum"];
  const write = (region: MadeRegion, values: MadeValue[], depth: number): MadeValue[] => {
    const known = [...values, literal("2.0")];
    if (depth > 0) known.push(region.op("add", values)); // no port that nobody reads
    const pick = () => known[Math.max(0, known.length - 1 - random(Math.min(known.length, 9)))];
    const count = 2 + random(depth > 1 ? 8 : 40);
    const back = random(4) === 0;
    for (let at = 0; at < count; at++) {
      const inputs = [pick(), pick()];
      const transforms = back && at > count / 2 ? ["transpose"] : [];
      const kind = random(10);
      if (kind < 6 || depth > 3) {
        const plumbing = random(8) === 0 ? 1 : 0;
        const effects = random(12) === 0 ? ["Debug"] : [];
        known.push(
          region.op(ops[random(ops.length)], inputs, "f32[8]", {
            plumbing: effects.length > 0 ? 0 : plumbing,
            effects,
            transforms,
            kin: 1 + random(5),
            frames: [`f${random(3)}:${random(30)}`, "main:1"],
          }),
        );
      } else if (kind < 9) {
        const direction = transforms.length > 0 ? "backward" : "forward";
        const scope = `${["block", "layer", "head"][random(3)]}_${at}`;
        known.push(
          ...region.scope(scope, inputs, (inner, given) => write(inner, given, depth + 1), {
            direction,
            kin: 10 + random(2),
          }),
        );
      } else {
        const node = region.call("scan", inputs, (inner, given) => write(inner, given, depth + 1), {
          params: { length: 3 },
        });
        known.push(...node.outputs);
      }
    }
    return known.slice(-2).filter((value) => value.role !== "literal");
  };
  const main = new MadeRegion("main");
  const inputs = Array.from({ length: 1 + random(12) }, (_, at) => main.input("f32[8]", `x${at}`));
  main.outputs = write(main, inputs, 0);
  return main;
}

test("levels of random programs are sound, and every node is found in them", () => {
  for (let seed = 1; seed <= 5; seed++) {
    const graph = graphOf(randomProgram(seed));
    for (const filters of ALL) {
      const levels = makeLevels(graph, filters);
      assertSound(graph, levels);
      assertFound(graph, levels);
    }
  }
});

test("every node of a region is in one item, or hidden and counted", () => {
  for (let seed = 61; seed <= 90; seed++) {
    const graph = graphOf(randomProgram(seed));
    const { root } = makeLevels(graph, ALL[0]);
    const nodes = root.items.flatMap((item) => [...item.nodes]);
    const last = graph.lastNode(graph.entry);
    let drawn = 0;
    for (let node = graph.firstNode(graph.entry); node < last; node++) {
      if (nodes.includes(node)) drawn++;
    }
    assert.ok(last - graph.firstNode(graph.entry) - drawn <= root.hidden);
  }
});

test("edges of a closed box and ports of the opened one are of the same values", () => {
  for (let seed = 1; seed <= 12; seed++) {
    const graph = graphOf(randomProgram(seed));
    const levels = makeLevels(graph, ALL[0]);
    for (const level of everyLevel(levels)) {
      level.edges.forEach((edge) => {
        if (edge.kind !== "data") return;
        for (const end of [edge.from, edge.to]) {
          const item = level.items[end];
          if (item.inside.length !== 1) continue;
          const inner = item.inside[0].level;
          const side = end === edge.from ? "out" : "in";
          const ports = edge.values.map((value) => portFor(levels, inner, value));
          const met = ports.filter((place) => place >= 0);
          for (const place of met) assert.equal(inner.items[place].port, side);
          assert.ok(met.length > 0, `${inner.key} has no port for an edge of ${level.key}`);
        }
      });
    }
  }
});

test("a program of thousands of equations opens as a few dozens of boxes", () => {
  const main = new MadeRegion("main");
  let x = main.input("f32[8]", "x");
  for (let at = 0; at < 5000; at++) {
    x = main.op(["add", "mul", "sin"][at % 3], [x, literal(String(at))]);
  }
  main.outputs = [x];
  const graph = graphOf(main);
  const levels = makeLevels(graph, ALL[0]);
  assert.ok(levels.root.items.length <= 60);
  assertSound(graph, levels);
  const way = levels.wayTo(4321);
  assert.equal(way.at(-1), graph.nodeKey(4321));
});

test("keys are the same when the program is read again", () => {
  const keys = () =>
    everyLevel(makeLevels(graphOf(randomProgram(7)), ALL[0])).flatMap((level) =>
      level.items.map((item) => item.key),
    );
  assert.deepEqual(keys(), keys());
});
