import assert from "node:assert/strict";
import { test } from "node:test";
import { cellLine, sourceLine } from "../src/lab/lines";
import type { Source } from "../src/model/graph";

const text = "x = f(a)\ny = g(x)\n";
const cells = [
  { id: "one", text: "import jax" },
  { id: "two", text: `%%jaxtrace --stage hlo\n${text}` },
];
const source: Source = { file: "/tmp/cell.py", text, title: "cell", cellId: "two", lineOffset: 1 };

test("a line is found in its cell, under the magic", () => {
  const wanted = { file: "", cellId: "two", text, line: 2 };
  assert.deepEqual(cellLine(cells, wanted), { place: 1, line: 3 });
});

test("without the cell's id its text tells it", () => {
  const wanted = { file: "", cellId: "gone", text, line: 1 };
  assert.deepEqual(cellLine(cells, wanted), { place: 1, line: 2 });
});

test("in an edited cell the like line that is nearest is meant", () => {
  const edited = [{ id: "two", text: "%%jaxtrace\ny = g(x)\n\nx = h(a)\n  y = g(x)\n" }];
  const wanted = { file: "", cellId: "two", text, line: 2 };
  assert.deepEqual(cellLine(edited, wanted), { place: 0, line: 2 });
  assert.equal(cellLine(edited, { ...wanted, line: 1 })?.line, 1);
});

test("a source that is nowhere has no line", () => {
  assert.equal(cellLine(cells, { file: "", cellId: "", text: "z = 1", line: 1 }), null);
  assert.equal(cellLine(cells, { file: "", cellId: "", text: "", line: 1 }), null);
});

test("the caret's line is one of the source", () => {
  const caret = { cellId: "two", text: cells[1].text };
  assert.deepEqual(sourceLine([source], { ...caret, line: 3 }), { place: 0, line: 2 });
  assert.equal(sourceLine([source], { ...caret, line: 1 }), null);
  assert.equal(sourceLine([source], { ...caret, cellId: "one", line: 3 }), null);
});
