import assert from "node:assert/strict";
import { test } from "node:test";
import { Form, type Item } from "../src/model/level";
import { draw } from "../src/view/graph/draw";
import { toSVG } from "../src/view/graph/export";
import { type Marks, noMarks } from "../src/view/graph/marks";
import { cutMiddle, faces, plainMeasure } from "../src/view/graph/measure";
import type { Pen } from "../src/view/graph/pen";
import { type Heat, stepOf } from "../src/view/heat";
import { palettes, plainFonts } from "../src/view/palette";
import { counting, edge, inside, item, level, levelsOf } from "./scene_fakes";

interface Word {
  readonly text: string;
  readonly size: number;
}

/** A pen that only remembers. */
function recorder() {
  const words: Word[] = [];
  const strokes: { color: string; dash: string }[] = [];
  const fills: string[] = [];
  const nothing = () => {};
  const pen: Pen = {
    begin: nothing,
    moveTo: nothing,
    lineTo: nothing,
    quadTo: nothing,
    close: nothing,
    rect: nothing,
    round: nothing,
    fill: (color) => void fills.push(color),
    stroke: (color, _, dash = []) => void strokes.push({ color, dash: dash.join(" ") }),
    text: (text, _, __, style) => void words.push({ text, size: style.size }),
    alpha: nothing,
  };
  return { pen, words, strokes, fills };
}

const share = (part: number): Heat => ({
  kind: "known",
  value: part,
  share: part,
  step: stepOf(part),
});

function drawn(
  items: readonly Item[],
  more: { zoom?: number; open?: string[]; heat?: Heat | null; marks?: Partial<Marks> } = {},
) {
  const edges = items.slice(1).map((_, at) => edge(at, at + 1, { label: `edge ${at}` }));
  const scene = counting(levelsOf(level("r", items, edges))).make(new Set(more.open));
  const record = recorder();
  const told = draw(record.pen, {
    scene,
    view: { x: -20, y: -20, zoom: more.zoom ?? 1, width: 800, height: 600 },
    palette: palettes.light,
    measure: plainMeasure,
    marks: { ...noMarks, ...more.marks },
    heat: () => more.heat ?? null,
    arriving: null,
  });
  return { ...record, told, texts: record.words.map(({ text }) => text) };
}

const group = item("g", {
  kind: "group",
  title: "attn",
  subtitle: "24 ops · f32[8]",
  inside: inside(level("i", [item("c", { title: "inner" })], [])),
});
const plain = item("a", { title: "dot_general", subtitle: "f32[8,768]", family: "contraction" });

test("text is left out with distance, never set under 11 px", () => {
  assert.deepEqual(drawn([plain, group]).texts, [
    "dot_general",
    "attn",
    "f32[8,768]",
    "24 ops · f32[8]",
  ]);
  assert.deepEqual(drawn([plain, group], { zoom: 0.7 }).texts, ["dot_general", "attn"]);
  assert.deepEqual(drawn([plain, group], { zoom: 0.4 }).texts, ["attn"]);
  assert.deepEqual(drawn([plain, group], { zoom: 0.1 }).texts, []);
  for (const zoom of [0.05, 0.3, 0.6, 0.84, 0.86, 1, 2])
    for (const { size } of drawn([plain, group], { zoom, open: ["g"] }).words)
      assert.ok(size >= 11);
});

test("the share of boxes with a title is told", () => {
  assert.equal(drawn([plain, group]).told.labelled, 1);
  assert.equal(drawn([plain, group], { zoom: 0.4 }).told.labelled, 0.5);
});

test("forms differ without colour: dashed, dotted", () => {
  const dashes = (forms: number) => drawn([item("a", { forms })]).strokes.map(({ dash }) => dash);
  assert.ok(dashes(Form.fusion).includes("4 3"));
  assert.ok(dashes(Form.unknown).includes("1 3"));
  assert.ok(dashes(0).every((dash) => dash === ""));
});

test("heat is a bar near by and a fill from far", () => {
  const heat = share(0.4);
  const color = palettes.light.heat[6];
  assert.ok(drawn([plain], { heat }).fills.includes(color));
  assert.ok(drawn([plain], { heat, zoom: 0.3 }).fills.includes(color));
  const unknown: Heat = { kind: "unknown", value: Number.NaN, share: 0, step: 0 };
  assert.ok(!drawn([plain], { heat: unknown }).fills.includes(palettes.light.heat[0]));
});

test("edges of what is selected are lit and labelled", () => {
  const marks = { selected: new Set([0]) };
  const { texts, strokes } = drawn([plain, group], { marks });
  assert.ok(texts.includes("edge 0"));
  assert.ok(strokes.some(({ color }) => color === palettes.light.accent));
  assert.ok(!drawn([plain, group]).texts.includes("edge 0"));
});

test("long names lose their middle", () => {
  const short = cutMiddle("dynamic_update_slice_17", 90, faces.title, plainMeasure);
  assert.match(short, /^dynam.*….*17$/);
  assert.ok(plainMeasure(short, faces.title) <= 90);
  assert.equal(cutMiddle("tanh", 90, faces.title, plainMeasure), "tanh");
  assert.equal(cutMiddle("tanh", 12, faces.title, plainMeasure), "");
});

test("SVG is text, never markup, in one theme and without definitions", () => {
  const bad = item("bad", { title: `<script>&"'\u202e\u0007`, subtitle: "]]><x" });
  const scene = counting(levelsOf(level("r", [bad, group], [edge(0, 1)]))).make(new Set(["g"]));
  const picture = {
    scene,
    marks: noMarks,
    measure: plainMeasure,
    fonts: { ...plainFonts, ui: `"a" <b>` },
    heat: () => share(0.2),
  };
  const svg = toSVG(picture, "light");
  assert.ok(svg.includes("&lt;script&gt;&amp;&quot;&#39;\\u202e\\x07"));
  assert.doesNotMatch(svg, /<script|<x|<b>|<defs|style=|url\(/);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: their absence is what is tested
  assert.doesNotMatch(svg, /[\u0000-\u0008\u000b-\u001f\u202e]/);
  assert.ok(svg.includes(palettes.light.text) && !svg.includes(palettes.dark.text));
  assert.ok(toSVG(picture, "dark").includes(palettes.dark.text));
  assert.doesNotMatch(svg, /NaN|undefined|Infinity/);
});
