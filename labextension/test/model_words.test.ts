import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { quantity, share } from "../src/model/quantity";
import { dtypeBits, typeBytes, typeText } from "../src/model/types";
import { middleCut, visible } from "../src/model/visible";

type Case = readonly [value: number, unit: string, text: string];

test("quantities are written as Python writes them", () => {
  const cases: Case[] = JSON.parse(readFileSync("../tests/golden/quantities.json", "utf8"));
  assert.ok(cases.length > 50);
  for (const [value, unit, text] of cases) assert.equal(quantity(value, unit), text);
  assert.equal(quantity(Number.POSITIVE_INFINITY, "s"), "inf s");
  assert.equal(quantity(Number.NaN), "nan");
});

test("shares are short, and what is little is not nothing", () => {
  assert.deepEqual(
    [0, 0.0001, 0.004, 0.0512, 0.31, 0.996, 1].map((part) => share(part, 1)),
    ["0 %", "< 0.1 %", "0.4 %", "5.1 %", "31 %", "100 %", "100 %"],
  );
  assert.equal(share(1, 0), "");
  assert.equal(share(Number.NaN, 1), "");
});

test("what can't be seen is spelled out", () => {
  assert.equal(visible("a b"), "a b");
  assert.equal(visible("a\nb\u001b[31m\u202e\u0007"), "a\\nb\\e[31m\\u202e\\x07");
  assert.equal(visible("\u00a0\u200b\ufeff\ud800"), "\\xa0\\u200b\\ufeff\\ud800");
  assert.equal(visible("\u{e0001}"), "\\U000e0001");
  assert.equal(visible("große ∂x 模型 🙂"), "große ∂x 模型 🙂");
  assert.equal(visible("x".repeat(200)).length, 80);
});

test("a long text loses its middle, never half a character", () => {
  assert.equal(middleCut("abcdefgh", 5), "ab…gh");
  assert.equal(middleCut("abcde", 5), "abcde");
  assert.equal(middleCut("🙂".repeat(5), 5), "🙂".repeat(5));
  assert.equal(middleCut("🙂".repeat(1000), 5), "🙂🙂…🙂🙂");
  assert.equal(middleCut(`a${"🙂".repeat(1000)}`, 4), "a…🙂🙂");
});

const ARRAY = {
  dtype: "f32",
  shape: [8, "n"],
  kind: "array",
  weak: false,
  layout: "",
  memorySpace: "",
  sharding: "",
  elements: [],
};

test("types are written and measured as in Python", () => {
  const small = { ...ARRAY, dtype: "s4", shape: [3] };
  const tuple = { ...ARRAY, dtype: "tuple", kind: "tuple", shape: [], elements: [small, small] };
  assert.equal(typeText(ARRAY), "f32[8,n]");
  assert.equal(typeText({ ...ARRAY, kind: "ref" }), "Ref{f32[8,n]}");
  assert.equal(typeText(tuple), "(s4[3], s4[3])");
  assert.equal(typeText({ ...ARRAY, dtype: "token", kind: "token", shape: [] }), "token");
  assert.ok(Number.isNaN(typeBytes(ARRAY)));
  assert.equal(typeBytes(tuple), 4);
  const bits = ["f32", "bf16", "f8e4m3fn", "bool", "c64", "key<fry>", "u2"].map(dtypeBits);
  assert.deepEqual(bits, [32, 16, 8, 8, 64, 64, 2]);
  assert.ok(Number.isNaN(dtypeBits("float0")) && Number.isNaN(dtypeBits("?")));
});
