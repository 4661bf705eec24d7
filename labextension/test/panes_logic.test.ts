import assert from "node:assert/strict";
import { test } from "node:test";
import type { Level } from "../src/model/level";
import type { State } from "../src/view/contracts";
import { makeFolding } from "../src/view/panes/folding";
import { findByLetters, outlineRows } from "../src/view/panes/outline-rows";
import { spokenRow } from "../src/view/panes/outline-words";
import { paramWords } from "../src/view/panes/param-words";
import { countText } from "../src/view/panes/search-hits";
import { sortRows, type TableRow } from "../src/view/panes/table-rows";
import { item, level } from "./scene_fakes";

// A text of ten lines: 1 opens up to 8, and within it 3 up to 5.
const lastOf = (line: number) => ({ 1: 8, 3: 5 })[line] ?? line;

test("folded lines hide what they open, and nothing else", () => {
  const folding = makeFolding(10, lastOf);
  assert.equal(folding.count, 10);
  folding.fold(3, true);
  assert.deepEqual([folding.count, folding.lineAt(4), folding.rowOf(6)], [8, 6, 4]);
  folding.fold(1, true);
  assert.equal(folding.count, 3);
  assert.equal(folding.rowOf(5), 1, "a hidden line stands where the fold does");
  folding.fold(0, true);
  assert.equal(folding.isFolded(0), false, "a line that opens nothing can't be folded");
});

test("revealing a line unfolds what is around it, and only that", () => {
  const folding = makeFolding(10, lastOf);
  folding.foldAll(true);
  assert.equal(folding.count, 3);
  assert.equal(folding.reveal(6), true);
  assert.deepEqual([folding.isFolded(1), folding.isFolded(3)], [false, true]);
  assert.equal(folding.reveal(4), true);
  assert.equal(folding.lineAt(folding.rowOf(4)), 4);
  assert.equal(folding.reveal(4), false);
});

test("a line's parent is the nearest fold around it", () => {
  const folding = makeFolding(10, lastOf);
  assert.deepEqual([4, 6, 3, 9].map(folding.parentOf), [3, 1, 1, -1]);
});

const scan = item("scan", {
  inside: [{ title: "body", level: level("scan/body", [item("mul")], []) }],
});
const cond = item("cond", {
  inside: [
    { title: "branch 0", level: level("cond/0", [item("sin")], []) },
    { title: "branch 1", level: level("cond/1", [item("cos")], []) },
  ],
});
const root = level("", [item("add"), scan, cond], []);

test("the outline lists what is open, with its place among its siblings", () => {
  const rows = outlineRows(root, new Set(["scan", "cond"]));
  assert.deepEqual(
    rows.map((row) => [row.title, row.level, row.position, row.setSize, row.expanded]),
    [
      ["add", 1, 1, 3, null],
      ["scan", 1, 2, 3, true],
      ["mul", 2, 1, 1, null],
      ["cond", 1, 3, 3, true],
      ["branch 0", 2, 1, 2, true],
      ["sin", 3, 1, 1, null],
      ["branch 1", 2, 2, 2, true],
      ["cos", 3, 1, 1, null],
    ],
  );
  assert.deepEqual(
    rows.map((row) => row.parent),
    [-1, -1, 1, -1, 3, 4, 3, 6],
  );
});

test("what is closed isn't even made", () => {
  const inside = {
    title: "",
    get level(): Level {
      throw new Error("made though closed");
    },
  };
  assert.equal(
    outlineRows(level("", [item("group", { inside: [inside] })], []), new Set()).length,
    1,
  );
});

test("letters find the next row that begins with them, and go around", () => {
  const rows = outlineRows(root, new Set());
  assert.equal(findByLetters(rows, 1, "S"), 1);
  assert.equal(findByLetters(rows, 2, "s"), 1);
  assert.equal(findByLetters(rows, 0, "co"), 2);
  assert.equal(findByLetters(rows, 0, "x"), -1);
});

test("a stack is spoken as a reader would say it", () => {
  const inside = [{ title: "", level: level("block", [], []) }];
  const more = { title: "block ×12", count: 12, size: 6096, nodes: [0], kind: "stack" } as const;
  const [row] = outlineRows(level("", [item("block", { ...more, inside })], []), new Set());
  const value = () => 31;
  const told = { name: "FLOPs", unit: "FLOP", source: "modelled", total: 100 };
  const overlay = { ...told, value, inAll: value };
  assert.equal(spokenRow(row, overlay), "block, 12 times, 508 operations each, 31 % of FLOPs");
  const unknown = { ...overlay, inAll: () => undefined };
  assert.match(spokenRow(row, unknown), /FLOPs not known$/);
});

test("params are written as in Python, and marks in words", () => {
  const words = [null, true, 3, "sum", { int: "18446744073709551616" }, { float: "nan" }];
  assert.deepEqual(
    words.map((value) => paramWords(value).text),
    ["None", "True", "3", "sum", "18446744073709551616", "nan"],
  );
  assert.deepEqual(paramWords({ region: "main/3:body" }), {
    text: "main/3:body",
    region: "main/3:body",
  });
  assert.deepEqual(paramWords({ text: "abc", cut: 9000 }), { text: "abc", cutFrom: 9000 });
});

test("lines of a param stay lines, what can't be seen is spelled out", () => {
  assert.equal(paramWords("a\u202eb\nc\u0007").text, "a\\u202eb\nc\\x07");
});

function row(title: string, ...cells: TableRow["cells"]): TableRow {
  return { title, type: "", where: "", nodes: [], cells, partial: [] };
}

test("what isn't known comes last, whichever way a column is sorted", () => {
  const rows = [row("a", undefined), row("b", 1), row("c", 30), row("d", 0)];
  const keys = (down: boolean) => sortRows(rows, { column: 0, down }).map(({ title }) => title);
  assert.deepEqual(keys(true), ["c", "b", "d", "a"]);
  assert.deepEqual(keys(false), ["d", "b", "c", "a"]);
});

test("titles sort by their numbers, and equals stay in the program's order", () => {
  const rows = [row("fusion.10", 1), row("fusion.9", 1), row("add", 1)];
  const byTitle = sortRows(rows, { column: -2, down: false });
  assert.deepEqual(
    byTitle.map(({ title }) => title),
    ["add", "fusion.9", "fusion.10"],
  );
  assert.deepEqual(sortRows(rows, { column: 0, down: true }), rows);
});

test("hits are counted here and in the other stages", () => {
  const state = (at: number, hits: number[][]) =>
    ({ stage: 0, hits, search: { query: "dot", at } }) as unknown as State;
  const labels = ["jaxpr", "HLO"];
  assert.equal(countText(state(2, [[1, 2, 3], [4]]), labels), "3 of 3 · HLO 1");
  assert.equal(countText(state(-1, [[1], []]), labels), "1 hit");
  assert.equal(countText(state(-1, [[], [5, 6]]), labels), "no hits · HLO 2");
});
