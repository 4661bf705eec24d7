import assert from "node:assert/strict";
import { test } from "node:test";
import { type Graph, Plumbing } from "../src/model/graph";
import { type Filters, Form, type Item, Lane, type Level } from "../src/model/level";
import { makeLevels, portFor } from "../src/model/levels";
import { graphOf, literal, MadeRegion, type MadeValue } from "./program";

/** What a reader is shown, rule by rule. */

const PLAIN: Filters = { plumbing: false, scopes: true, transforms: false };

const rootOf = (graph: Graph, filters: Partial<Filters> = {}): Level =>
  makeLevels(graph, { ...PLAIN, ...filters }).root;

const titles = (level: Level): string[] => level.items.map((item) => item.title);

function item(level: Level, title: string): Item {
  const found = level.items.find((one) => one.title === title);
  assert.ok(found, `${title} isn't among ${titles(level)}`);
  return found;
}

/** Edges as "a > b", those at rest only. */
const drawn = (level: Level): string[] =>
  level.edges
    .filter((edge) => edge.rest)
    .map((edge) => `${level.items[edge.from].title} > ${level.items[edge.to].title}`);

const chips = (one: Item): string[] => one.chips.map((chip) => chip.text);

/** `count` groups `block_0`, `block_1`, ... one after the other. */
function blocks(
  main: MadeRegion,
  x: MadeValue,
  count: number,
  kin = (_at: number) => 7,
): MadeValue {
  let value = x;
  for (let at = 0; at < count; at++) {
    [value] = main.scope(
      `block_${at}`,
      [value],
      (body, [port]) => [body.op("tanh", [body.op("dot_general", [port, port])])],
      { kin: kin(at) },
    );
  }
  return value;
}

test("alike groups in a row are one stack, which opens to its members", () => {
  const main = new MadeRegion("main");
  main.outputs = [main.op("exp", [blocks(main, main.input("f32[8]", "x"), 12)])];
  const graph = graphOf(main);
  const levels = makeLevels(graph, PLAIN);
  assert.deepEqual(titles(levels.root), ["x", "block ×12", "exp", "output"]);
  assert.deepEqual(drawn(levels.root), ["x > block ×12", "block ×12 > exp", "exp > output"]);
  const stack = item(levels.root, "block ×12");
  assert.equal(stack.kind, "stack");
  assert.equal(stack.count, 12);
  assert.equal(stack.subtitle, "2 ops each");
  assert.equal(stack.key, "main/[block_0]×");
  const inner = stack.inside[0].level;
  assert.equal(inner.items.length, 14);
  assert.equal(inner.items[0].port, "in");
  assert.equal(inner.items[13].port, "out");
  assert.equal(drawn(inner).length, 13);
  assert.deepEqual(levels.wayTo(graph.nodeByKey("main/[block_3]/1")), [
    "main/[block_0]×",
    "main/[block_3]",
    "main/[block_3]/1",
  ]);
});

test("small differences and small ops between don't part a stack; kinds do", () => {
  const apart = new MadeRegion("main");
  apart.outputs = [blocks(apart, apart.input("f32[8]", "x"), 6, (at) => (at === 0 ? 1 : 7))];
  assert.deepEqual(titles(rootOf(graphOf(apart))), ["x", "block ×6", "output"]);

  const stages = new MadeRegion("main");
  stages.outputs = [blocks(stages, stages.input("f32[8]", "x"), 6, (at) => (at < 3 ? 1 : 2))];
  assert.deepEqual(titles(rootOf(graphOf(stages))), ["x", "block ×3", "block ×3", "output"]);

  const joined = new MadeRegion("main");
  let x = joined.input("f32[8]", "x");
  for (let at = 0; at < 4; at++) {
    const [y] = joined.scope(`block_${at}`, [x], (body, [port]) => [body.op("sin", [port])]);
    x = joined.op("add", [x, y]);
  }
  joined.outputs = [joined.op("exp", [x])];
  assert.deepEqual(titles(rootOf(graphOf(joined))), ["x", "block ×4", "add", "exp", "output"]);
});

test("what stands in the way parts a stack, and the level keeps no cycle", () => {
  const main = new MadeRegion("main");
  let x = main.input("f32[8]", "x");
  for (let at = 0; at < 6; at++) {
    [x] = main.scope(`block_${at}`, [x], (body, [port]) => [body.op("sin", [port])]);
    if (at === 2) {
      [x] = main.scope("pool", [x], (body, [port]) => {
        let y = port;
        for (let step = 0; step < 12; step++) y = body.op("max", [y, port]);
        return [y];
      });
    }
  }
  main.outputs = [x];
  assert.deepEqual(titles(rootOf(graphOf(main))), ["x", "block ×3", "pool", "block ×3", "output"]);
});

test("the same ops beside each other are one box, whatever their shapes", () => {
  const main = new MadeRegion("main");
  const rate = main.op("cos", [main.input("f32[]", "step")], "f32[]");
  for (let at = 0; at < 20; at++) {
    const type = `f32[${at + 1}]`;
    const frames = { frames: ["update:7", "step:3"] };
    const scaled = main.op("mul", [main.input(type, `g[${at}]`), rate], type, frames);
    const moved = main.op("sub", [main.input(type, `p[${at}]`), scaled], type, frames);
    main.outputs.push(main.op("round", [moved], type, frames));
  }
  const graph = graphOf(main);
  const root = rootOf(graph);
  assert.deepEqual(titles(root), ["step", "g", "p", "cos", "update ×20", "20 outputs"]);
  const box = item(root, "update ×20");
  assert.equal(box.kind, "component");
  assert.equal(box.subtitle, "3 ops each");
  const parts = box.inside[0].level;
  assert.equal(parts.items.filter((part) => part.kind === "component").length, 20);
  const part = parts.items.find((one) => one.kind === "component");
  assert.deepEqual(part?.inside[0].level.items.map((one) => one.kind).slice(-4), [
    "node",
    "node",
    "node",
    "output",
  ]);
});

test("few inputs are pills, those of a large argument one; more are chips", () => {
  const main = new MadeRegion("main");
  const x = main.input("f32[8]", "x");
  const weights = Array.from({ length: 6 }, (_, at) => main.input("f32[8]", `params['w${at}']`));
  const sum = main.op("concatenate", [x, ...weights]);
  main.outputs = [sum];
  const few = rootOf(graphOf(main));
  assert.deepEqual(titles(few), ["x", "params", "concatenate", "output"]);
  assert.equal(few.items[1].subtitle, "6 values, 192 B");

  const busy = new MadeRegion("main");
  const y = busy.input("f32[8]", "y");
  let value = y;
  for (let at = 0; at < 5; at++) value = busy.op("mul", [value, y]);
  busy.outputs = [value];
  const many = rootOf(graphOf(busy));
  assert.ok(!titles(many).includes("y"));
  assert.deepEqual(chips(many.items[4]), ["y"]);
});

test("numbers and what is captured are told on the ops", () => {
  const main = new MadeRegion("main");
  const table = main.input("f32[8]", "table", "const");
  main.outputs = [main.op("mul", [main.op("add", [table, literal("0.5")]), literal("0.5")])];
  const root = rootOf(graphOf(main));
  assert.deepEqual(chips(item(root, "mul")), ["0.5"]);
  assert.equal(item(root, "table").forms, Form.input | Form.captured);
});

test("inputs whose memory is given away are told, as each stage says it", () => {
  const aliases = [["{0}", "(1, {}, may-alias)"]];
  for (const fact of [
    ["donated", [1]],
    ["input_output_alias", aliases],
  ] as const) {
    const main = new MadeRegion("main");
    main.outputs = [main.op("add", [main.input("f32[8]", "x"), main.input("f32[8]", "state")])];
    const root = rootOf(graphOf(main, "hlo", [fact]));
    assert.equal(item(root, "state").forms, Form.input | Form.donated);
    assert.equal(item(root, "x").forms, Form.input);
  }
});

test("a value that many read is a chip on its readers, drawn when asked for", () => {
  const main = new MadeRegion("main");
  const key = main.op("random_seed", [main.input("u32[]", "seed")], "key[]");
  main.outputs = Array.from({ length: 9 }, (_, at) =>
    main.op(`op${at}`, [key, main.input("f32[8]", `x${at}`)]),
  );
  const root = rootOf(graphOf(main));
  const reader = item(root, "op3");
  const ref = reader.chips.find((chip) => chip.kind === "ref");
  assert.equal(ref?.text, "random_seed");
  assert.equal(root.edges[ref?.edges[0] ?? -1].rest, false);
  assert.ok(chips(item(root, "random_seed")).includes("+9"));
});

test("plumbing is folded, counted, and shown where it is all there is", () => {
  const main = new MadeRegion("main");
  const x = main.op("sin", [main.input("f32[8]", "x")]);
  const same = main.op("convert_element_type", [x], "bf16[8]", { plumbing: Plumbing.passes });
  const one = main.op("broadcast_in_dim", [literal("1.0")], "bf16[8]", {
    plumbing: Plumbing.constant,
  });
  main.outputs = [main.op("add", [same, one], "bf16[8]")];
  const graph = graphOf(main);
  const root = rootOf(graph);
  assert.deepEqual(titles(root), ["x", "sin", "add", "output"]);
  assert.deepEqual(drawn(root), ["x > sin", "sin > add", "add > output"]);
  assert.deepEqual(chips(item(root, "add")), ["1.0"]);
  assert.equal(root.hidden, 2);
  assert.equal(root.items[root.itemOf(1)].title, "add");
  assert.equal(rootOf(graph, { plumbing: true }).items.length, 6);

  const cast = new MadeRegion("main");
  const options = { plumbing: Plumbing.passes };
  cast.outputs = [cast.op("convert", [cast.input("f32[8]", "x")], "bf16[8]", options)];
  assert.deepEqual(titles(rootOf(graphOf(cast))), ["x", "convert", "output"]);
});

test("a call of one node is that node", () => {
  const main = new MadeRegion("main");
  const x = main.input("f32[8]", "x");
  const call = main.call("jit", [x], (body, [port]) => [body.op("clamp", [port, literal("1")])], {
    plumbing: Plumbing.wrapper,
  });
  main.outputs = [...call.outputs];
  const graph = graphOf(main);
  const levels = makeLevels(graph, PLAIN);
  const box = item(levels.root, "clamp");
  assert.deepEqual(box.inside, []);
  assert.deepEqual(levels.wayTo(graph.nodeByKey("main/0.jaxpr/0")), ["main/0"]);
  assert.equal(item(rootOf(graph, { plumbing: true }), "f").inside.length, 1);
});

test("forward, backward and update stand in lanes, the same scope in the same row", () => {
  const main = new MadeRegion("main");
  const back = { direction: "backward" };
  const step = (body: MadeRegion, ports: MadeValue[]) => [body.op("dot_general", ports)];
  const x = main.input("f32[8]", "x");
  const [a] = main.scope("embed", [x], step);
  const [b] = main.scope("head", [a], step);
  const loss = main.op("log", [b], "f32[]");
  const [db] = main.scope("head", [b], step, back);
  const [da] = main.scope("embed", [a, db], step, back);
  main.outputs = [main.op("sub", [x, da]), loss];
  const root = rootOf(graphOf(main));
  assert.ok(root.lanes);
  const places = root.items.map((one) => [one.title, one.lane, one.row]);
  assert.deepEqual(places, [
    ["x", Lane.forward, ""],
    ["embed", Lane.forward, "embed"],
    ["head", Lane.forward, "head"],
    ["log", Lane.forward, ""],
    ["head", Lane.backward, "head"],
    ["embed", Lane.backward, "embed"],
    ["sub", Lane.update, ""],
    ["output", Lane.update, ""],
    ["output", Lane.forward, ""],
  ]);
  assert.ok(!rootOf(graphOf(main), { scopes: false }).lanes, "no op says backward by itself");
});

test("between many groups only edges that no path replaces are drawn", () => {
  const main = new MadeRegion("main");
  const known = [main.input("f32[8]", "x")];
  for (const name of ["a", "b", "c", "d", "e", "f"]) {
    const all = [...known];
    const [value] = main.scope(name, all, (body, ports) => [body.op("concatenate", ports)]);
    known.push(value);
  }
  main.outputs = known.slice(-1);
  const root = rootOf(graphOf(main));
  const between = drawn(root).filter((edge) => /^[a-f] > [a-f]$/.test(edge));
  assert.deepEqual(between, ["a > b", "b > c", "c > d", "d > e", "e > f"]);
  assert.ok(chips(item(root, "f")).some((text) => /^\+\d+$/.test(text)));
});

test("a loop's body has its variables as ports, joined to the next turn", () => {
  const main = new MadeRegion("main");
  const inputs = [main.input("f32[4]", "c"), main.input("f32[24,4]", "xs")];
  const scan = main.call(
    "scan",
    inputs,
    (body, [carry]) => [body.op("tanh", [body.op("add", [carry, body.inputs[1]])])],
    { trips: 24, params: { num_carry: 1, num_consts: 0 } },
  );
  main.outputs = [...scan.outputs];
  const root = rootOf(graphOf(main));
  const box = item(root, "scan ×24");
  assert.ok(box.forms & Form.loop);
  const body = box.inside[0].level;
  assert.deepEqual(titles(body), ["c", "xs", "add", "tanh", "c"]);
  assert.deepEqual(
    body.edges.filter((edge) => edge.kind === "again").map((edge) => [edge.from, edge.to]),
    [[4, 0]],
  );
});

test("effects keep their order in sight; branches open beside each other", () => {
  const main = new MadeRegion("main");
  const x = main.input("f32[8]", "x");
  for (const text of ["a", "b"]) {
    main.node("debug_print", [x], "", { effects: ["Debug"], params: { fmt: text } });
  }
  const cond = main.node("cond", [main.op("gt", [main.input("i32[]", "n")], "i32[]"), x], "f32[8]");
  for (const [at, op] of ["sin", "cos"].entries()) {
    const body = new MadeRegion(`main/3.branches[${at}]`, op);
    body.outputs = [body.op(op, [body.input("f32[8]", "x")])];
    cond.calls.push({ role: `branches[${at}]`, region: body });
  }
  main.outputs = [...cond.outputs];
  const levels = makeLevels(graphOf(main), PLAIN);
  const { root } = levels;
  const order = root.edges.filter((edge) => edge.kind === "effect");
  assert.deepEqual(
    order.map((edge) => [root.items[edge.from].title, root.items[edge.to].title]),
    [["debug_print", "debug_print"]],
  );
  assert.ok(item(root, "debug_print").forms & Form.effect);
  const box = item(root, "cond");
  assert.deepEqual(
    box.inside.map((inside) => inside.title),
    ["branch 0: sin", "branch 1: cos"],
  );
  assert.equal(portFor(levels, box.inside[1].level, x.id), 0);
});

test("dissolved scopes leave their members in the level", () => {
  const main = new MadeRegion("main");
  main.outputs = [main.op("exp", [blocks(main, main.input("f32[8]", "x"), 2)])];
  const graph = graphOf(main);
  const root = rootOf(graph, { scopes: false });
  assert.deepEqual(titles(root), [
    "x",
    "dot_general",
    "tanh",
    "dot_general",
    "tanh",
    "exp",
    "output",
  ]);
  assert.equal(drawn(root).length, 6);
});

test("transforms are written when asked for, and directions where no lane says them", () => {
  const main = new MadeRegion("main");
  const [y] = main.scope("attn", [main.input("f32[8]", "x")], (body, [x]) => [
    body.op("sin", [x], "f32[8]", { transforms: ["jvp"] }),
  ]);
  const [z] = main.scope("attn", [y], (body, [x]) => [body.op("cos", [x])], {
    direction: "recomputed",
  });
  main.outputs = [z];
  const all = rootOf(graphOf(main), { transforms: true });
  assert.deepEqual(titles(all), ["x", "attn", "attn recomputed", "output"]);
  const inside = item(all, "attn").inside[0].level;
  assert.equal(item(inside, "sin").subtitle, "f32[8] · jvp");
});

test("only around some nodes: they and their neighbours, others gone", () => {
  const main = new MadeRegion("main");
  let x = main.input("f32[8]", "x");
  for (const op of ["sin", "cos", "tan", "exp", "log"]) x = main.op(op, [x]);
  main.outputs = [x];
  const graph = graphOf(main);
  const { root } = makeLevels(graph, PLAIN, [2]);
  assert.deepEqual(titles(root), ["cos", "tan", "exp"]);
});
