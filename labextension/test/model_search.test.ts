import assert from "node:assert/strict";
import { test } from "node:test";
import { checkPayload } from "../src/model/check";
import { decodeReport } from "../src/model/report";
import { prepareSearch, searchAll, suggest } from "../src/model/search";
import { parseQuery, shapeTest } from "../src/model/search_query";
import { RegexError } from "../src/model/search_worker";
import { reportOf, stageOf } from "./fixtures/model_payload";
import { GROUPS, LOOP } from "./fixtures/model_programs";

const report = decodeReport(
  checkPayload(reportOf([stageOf("jaxpr", GROUPS), stageOf("jaxpr", LOOP)])),
);

async function here(texts: readonly string[], pattern: string): Promise<Uint8Array> {
  return Uint8Array.from(texts, (text) => (new RegExp(pattern, "iu").test(text) ? 1 : 0));
}

async function found(query: string): Promise<string[]> {
  const { hits, error } = await searchAll(report, query, here);
  assert.equal(error, "");
  return hits.flatMap((nodes, stage) =>
    nodes.map((node) => report.stages[stage].nodeKey(node).replace("main/", "")),
  );
}

test("bare words are looked for in ops, scopes, names, types and params", async () => {
  assert.deepEqual(await found("DOT"), ["0"]);
  assert.deepEqual(await found("dot_general highest"), ["0"]);
  assert.deepEqual(await found("dot_general nothing"), []);
  assert.deepEqual(await found("params['w']"), ["[block_0]", "[block_0]/[attn]", "0"]);
  assert.deepEqual(await found("no_lines"), ["2"]);
  assert.deepEqual(await found("f32[2,768] -scope"), ["2", "1", "0"]);
  assert.deepEqual(await found(""), []);
  assert.deepEqual(await found("  - "), []);
});

test("a link finds its node, in its stage", async () => {
  assert.deepEqual(await found("id:main/[block_0]/[attn]"), ["[block_0]/[attn]"]);
  assert.deepEqual(await found(" jaxpr:main/0.jaxpr/1 "), ["0.jaxpr/1"]);
  assert.deepEqual(await found("hlo:main/0.jaxpr/1"), []);
  assert.deepEqual(await found("jaxpr:main/[block 0]"), [], "a scope's name may have spaces");
  assert.deepEqual(await found("id:main/7"), []);
});

test("fields", async () => {
  assert.deepEqual(await found("op:tan"), ["1", "2.jaxpr/0"]);
  assert.deepEqual(await found("op:dot"), ["0"]);
  assert.deepEqual(await found("in:attn"), ["[block_0]/[attn]", "0"]);
  assert.deepEqual(await found("in:block_0/attn -op:scope"), ["0"]);
  assert.deepEqual(await found("in:block"), ["[block_0]", "[block_0]/[attn]", "1", "0"]);
  assert.deepEqual(await found("param:precision=high"), ["0"]);
  assert.deepEqual(await found("param:precision=none"), []);
  assert.deepEqual(await found("param:preferred=None"), ["0"]);
  assert.deepEqual(await found("effect:debug"), ["2"]);
  assert.deepEqual(await found("effect:"), ["2"]);
  assert.deepEqual(await found("name:params -op:scope"), ["0"]);
  assert.deepEqual(await found("user:tanh op:dot"), ["0"], "through the group's wall");
  assert.deepEqual(await found("dtype:f32 op:sin"), ["0.jaxpr/0"]);
  assert.deepEqual(await found("dtype:bf16"), []);
  assert.deepEqual(await found("shape:f32[*,768] -op:scope"), ["2", "1", "0"]);
  assert.deepEqual(await found("line:4"), ["0", "0.jaxpr/1"]);
  assert.deepEqual(await found("line:train.py:3-4 -op:dot"), ["0.jaxpr/0", "0.jaxpr/1"]);
  assert.deepEqual(await found("line:5-999999999"), [
    "1",
    "2",
    "1.branches[0]/0",
    "1.branches[1]/0",
  ]);
});

test("a body is in the scopes of what calls it", async () => {
  const nodes = [{ op: "scan", scopes: ["loop"], calls: [["jaxpr", "b"]] as const }];
  const body = { id: "b", nodes: [{ op: "sin" }] };
  const one = decodeReport(checkPayload(reportOf([stageOf("jaxpr", [{ id: "a", nodes }, body])])));
  assert.deepEqual((await searchAll(one, "in:loop")).hits, [[0, 1]]);
});

test("quotes and regular expressions", async () => {
  assert.deepEqual(await found('"weak_type=true"'), ["0.jaxpr/1"]);
  assert.deepEqual(await found("op:/^(sin|exp)$/"), ["0.jaxpr/0", "1.branches[1]/0"]);
  assert.deepEqual(await found("/^dot.gen/ -/^zz/"), ["0"]);
  assert.match(
    (await searchAll(report, "/(/", here)).error,
    /^This is no regular expression: .*\.$/,
  );
  assert.match((await searchAll(report, "line:x", here)).error, /^line: takes a number/);
  assert.match((await searchAll(report, "x".repeat(2000), here)).error, /at most/);
  const slow = () => Promise.reject(new RegexError("Too long."));
  assert.deepEqual(await searchAll(report, "/a/", slow), { hits: [[], []], error: "Too long." });
});

test("without workers a regular expression gets a sentence", async () => {
  const { error } = await searchAll(report, "/a/");
  assert.equal(error, "Regular expressions can't be used here: this page forbids workers.");
});

test("queries are parsed, however broken", () => {
  assert.deepEqual(parseQuery('-op:dot "a b" in:"x y" foo:bar').terms, [
    { field: "op", negated: true, text: "dot", isRegex: false },
    { field: "any", negated: false, text: "a b", isRegex: false },
    { field: "in", negated: false, text: "x y", isRegex: false },
    { field: "any", negated: false, text: "foo:bar", isRegex: false },
  ]);
  for (const query of ['"', '"open', "-", "op:", "/", "/open", "--", 'op:"', "a/b/c", "🙂"]) {
    const { error } = parseQuery(query);
    assert.equal(error, "", query);
  }
  assert.equal(parseQuery("block_0/attn/x").terms[0].isRegex, false);
});

test("shapes", () => {
  const fits = (pattern: string, dtype: string, ...shape: (number | string)[]) =>
    shapeTest(pattern)(dtype, shape);
  assert.ok(fits("f32[*,768]", "f32", 4, 768));
  assert.ok(!fits("f32[*,768]", "f32", 768));
  assert.ok(!fits("f32[*,768]", "bf16", 4, 768));
  assert.ok(fits("[8,...]", "f32", 8) && fits("[8,...]", "f32", 8, 1, 2));
  assert.ok(fits("...,768", "f32", 1, 2, 768) && !fits("...,768", "f32", 768, 1));
  assert.ok(fits("8,1024", "f32", 8, 1024) && fits("8x1024", "f32", 8, 1024));
  assert.ok(fits("f32[]", "f32") && !fits("f32[]", "f32", 1));
  assert.ok(fits("*f*[n]", "bf16", "n"));
  assert.ok(fits("f32[8,", "f32", 8, 3) && fits("f32[8", "f32", 8, 3), "while it is typed");
  assert.ok(!shapeTest(`[${"...,".repeat(200)}1]`)("f32", Array(30).fill(2)), "in no time");
});

test("ops, scopes and fields are suggested", () => {
  for (const _ of prepareSearch(report));
  const texts = (query: string) => suggest(report, query).map(({ text }) => text);
  assert.deepEqual(texts("ta"), ["op:tanh"]);
  assert.equal(texts("d")[0], "op:dot_general");
  assert.deepEqual(texts("x in:at"), ["x in:attn"]);
  assert.deepEqual(texts("-op:dot"), ["-op:dot_general"]);
  assert.deepEqual(texts("sha"), ["shape:"]);
  assert.deepEqual(texts(""), []);
  assert.deepEqual(texts("tanh "), []);
  assert.equal(suggest(report, "tan")[0].note, "op, 2 nodes");
});
