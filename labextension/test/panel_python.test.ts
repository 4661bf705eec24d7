import assert from "node:assert/strict";
import { test } from "node:test";
import { tokenize } from "../src/view/shell/python";

const kinds = (text: string) =>
  tokenize(text.split("\n")).map((line) =>
    line.filter((token) => token.kind).map(({ kind, text: word }) => `${kind}:${word}`),
  );

test("keywords, strings, comments and numbers are told apart", () => {
  assert.deepEqual(kinds(`return x + 1.5 if ok else rb'a"b'  # why`), [
    [
      "keyword:return",
      "number:1.5",
      "keyword:if",
      "keyword:else",
      `string:rb'a"b'`,
      "comment:# why",
    ],
  ]);
});

test("strings in triple quotes run on over lines", () => {
  assert.deepEqual(kinds('x = """one\ntwo # no\nthree""" + y'), [
    ['string:"""one'],
    ["string:two # no"],
    ['string:three"""'],
  ]);
});

test("a quote that is never closed ends with its line", () => {
  assert.deepEqual(kinds("x = 'open\nif y:"), [["string:'open"], ["keyword:if"]]);
});

test("escaped quotes don't close", () => {
  assert.deepEqual(kinds(String.raw`"a\"b" or 1`), [
    [String.raw`string:"a\"b"`, "keyword:or", "number:1"],
  ]);
});

test("match is a keyword at the head of a statement only", () => {
  assert.deepEqual(kinds("match x:\nmatch = 3\nre.match(y)"), [
    ["keyword:match"],
    ["number:3"],
    [],
  ]);
});

test("nothing is lost, whatever the line", () => {
  const lines = ["", "\t$ ¡ 名前 = \\", "f'{x!r}' \"", "0x1F_ff .5e3 @ ->", '"""'];
  assert.deepEqual(
    tokenize(lines).map((line) => line.map((token) => token.text).join("")),
    lines,
  );
});
