import assert from "node:assert/strict";
import { test } from "node:test";
import { checkPayload } from "../src/model/check";
import type { Graph } from "../src/model/graph";
import { decodeReport } from "../src/model/report";
import { makeText, type TextDoc } from "../src/model/text";
import { reportOf, stageOf } from "./fixtures/model_payload";
import { GROUPS, LOOP } from "./fixtures/model_programs";

function graphOf(...stage: Parameters<typeof stageOf>): Graph {
  return decodeReport(checkPayload(reportOf([stageOf(...stage)]))).stages[0];
}

function linesOf(text: TextDoc): string[] {
  return Array.from({ length: text.lineCount }, (_, at) => {
    const { indent, tokens } = text.line(at);
    return "  ".repeat(indent) + tokens.map((token) => token.text).join("");
  });
}

test("a jaxpr reads as JAX prints it", () => {
  assert.deepEqual(linesOf(makeText(graphOf("jaxpr", LOOP))), [
    "{ lambda ; a:f32[8] b:i32[]. let",
    "    c:f32[8] = scan[length=3",
    "      jaxpr={ lambda ; d:f32[8]. let",
    "          e:f32[8] = sin d",
    "          f:f32[8] = mul[accuracy=None weak_type=True] e 2.0:f32[]",
    "        in (f,) }",
    "    ] a",
    "    g:f32[8] = cond[",
    "      branches[0]={ lambda ; h:f32[8]. let",
    "          i:f32[8] = neg h",
    "        in (i,) }",
    "      branches[1]={ lambda ; j:f32[8]. let",
    "          k:f32[8] = exp j",
    "        in (k,) }",
    "    ] b c",
    "    l:f32[8] = jit[name=no_lines",
    "      jaxpr={ lambda ; m:f32[8]. let",
    "          n:f32[8] = tanh m",
    "        in (n,) }",
    "    ] g",
    "  in (l,) }",
  ]);
});

test("groups stand where they run, and their ports are seen through", () => {
  assert.deepEqual(linesOf(makeText(graphOf("jaxpr", GROUPS))), [
    "{ lambda ; a:f32[4,768] b:bf16[2,4]. let",
    "    # block_0, 2 nodes",
    "      # attn, 1 node",
    "        c:f32[2,768] = dot_general[precision=HIGHEST preferred=None] b a",
    "      d:f32[2,768] = tanh c",
    "    e:f32[2,768] = neg d",
    "  in (e,) }",
  ]);
});

test("a region with several callers stands by itself, many inputs stand one a line", () => {
  const inputs = Array.from({ length: 7 }, (_, at) => `w.${at} f32[]`);
  const call = { op: "jit", makes: ["f32[]"], calls: [["jaxpr", "main/0.jaxpr"]] as const };
  const regions = [
    { id: "main", inputs, nodes: [call, call], gives: ["main/0:0", "main/1:0"] },
    { id: "main/0.jaxpr", name: "one", nodes: [], gives: ["1.0:f32[]"] },
  ];
  const lines = linesOf(makeText(graphOf("jaxpr", regions)));
  assert.deepEqual(lines.slice(0, 2), ["{ lambda ;", "    a:f32[]  # w.0"]);
  assert.deepEqual(lines.slice(8), [
    "  . let",
    "    h:f32[] = jit[jaxpr=one]",
    "    i:f32[] = jit[jaxpr=one]",
    "  in (h, i) }",
    "",
    "one = { lambda ; . let",
    "  in (1.0:f32[],) }",
  ]);
});

test("StableHLO reads like MLIR", () => {
  const regions = [
    {
      id: "main",
      name: "main",
      inputs: ["x f32[2,4]"],
      nodes: [
        { op: "constant", makes: ["i32[]"], params: { value: "5" } },
        { op: "add", reads: ["main<0", "main<0"], makes: ["f32[2,4]"] },
        {
          op: "while",
          reads: ["main/0:0", "main/1:0"],
          makes: ["i32[]", "f32[2,4]"],
          calls: [["body", "main/2.body"]] as const,
        },
        { op: "func.call", makes: ["u8[]"], calls: [["callee", "main/3.callee"]] as const },
        { op: "func.return", reads: ["main/2:1"] },
      ],
      gives: ["main/2:1"],
    },
    {
      id: "main/2.body",
      inputs: ["i i32[]", "c f32[2,4]"],
      nodes: [
        {
          op: "reduce",
          reads: ["main/2.body<1"],
          makes: ["bool[2]"],
          params: { dimensions: "(1,)" },
        },
        { op: "return", reads: ["main/2.body<0", "main/2.body<1"] },
      ],
      gives: ["main/2.body<0", "main/2.body<1"],
    },
    { id: "main/3.callee", name: "helper", nodes: [], gives: [] },
  ];
  assert.deepEqual(linesOf(makeText(graphOf("stablehlo", regions))), [
    "module @f {",
    "  func.func public @main(%arg0: tensor<2x4xf32>) -> tensor<2x4xf32> {",
    "    %0 = stablehlo.constant dense<5> : tensor<i32>",
    "    %1 = stablehlo.add %arg0, %arg0 : tensor<2x4xf32>",
    "    %2:2 = stablehlo.while %0, %1 : (tensor<i32>, tensor<2x4xf32>) -> (tensor<i32>, tensor<2x4xf32>)",
    "      body(%arg1: tensor<i32>, %arg2: tensor<2x4xf32>) {",
    "        %3 = stablehlo.reduce %arg2 {dimensions = [1]} : (tensor<2x4xf32>) -> tensor<2xi1>",
    "        stablehlo.return %arg1, %arg2 : tensor<i32>, tensor<2x4xf32>",
    "      }",
    "    %4 = func.call @helper() : tensor<ui8>",
    "    func.return %2#1 : tensor<2x4xf32>",
    "  }",
    "",
    "  func.func private @helper() {",
    "  }",
    "}",
  ]);
});

test("HLO reads like XLA's dumps", () => {
  const regions = [
    {
      id: "main",
      name: "main.3",
      inputs: ["x f32[8]"],
      nodes: [
        {
          op: "parameter",
          reads: ["main<0"],
          makes: ["f32[8]"],
          names: ["x.1"],
          params: { parameter_number: 0, op_name: "jit(f)" },
        },
        {
          op: "fusion",
          reads: ["main/0:0"],
          makes: ["f32[8]"],
          names: ["fusion"],
          params: { kind: "kLoop", schedule_index: 4, fusion: { called: "fusion" } },
          calls: [["fusion", "main/1.fusion"]] as const,
        },
      ],
      gives: ["main/1:0"],
    },
    {
      id: "main/1.fusion",
      name: "fused",
      inputs: ["p f32[8]"],
      nodes: [
        {
          op: "broadcast",
          reads: ["main/1.fusion<0"],
          makes: ["f32[8]"],
          names: ["b.2"],
          params: { dimensions: "(0, 1)", flag: true },
        },
      ],
      gives: ["main/1.fusion/0:0"],
    },
  ];
  assert.deepEqual(linesOf(makeText(graphOf("hlo", regions))), [
    "HloModule f",
    "",
    "ENTRY %main.3 (x: f32[8]) -> f32[8] {",
    "  %x.1 = f32[8] parameter(0)",
    "  ROOT %fusion = f32[8] fusion(%x.1), kind=kLoop, calls=%fused",
    "}",
    "",
    "%fused (p: f32[8]) -> f32[8] {",
    "  ROOT %b.2 = f32[8] broadcast(%p), dimensions={0,1}, flag=true",
    "}",
  ]);
});

test("lines know their nodes and values, and bodies fold", () => {
  const graph = graphOf("jaxpr", LOOP);
  const text = makeText(graph);
  for (let node = 0; node < graph.nodeCount; node++) {
    assert.equal(text.line(text.lineOf(node)).node, node);
  }
  const scan = text.line(text.lineOf(0));
  assert.ok(scan.folds);
  assert.equal(scan.end, text.lastOf(1));
  assert.equal(linesOf(text)[scan.end], "    ] a");
  assert.equal(text.line(scan.end).node, 0);
  const sin = text.line(text.lineOf(graph.nodeByKey("main/0.jaxpr/0")));
  assert.ok(!sin.folds);
  const names = sin.tokens.filter((token) => token.kind === "name");
  assert.deepEqual(
    names.map((token) => graph.valueKey(token.value!)),
    ["main/0.jaxpr/0:0", "main/0.jaxpr<0"],
  );
  const grouped = graphOf("jaxpr", GROUPS);
  const group = makeText(grouped);
  const head = group.line(1);
  assert.deepEqual(
    [head.node, head.folds, head.end],
    [grouped.nodeByKey("main/[block_0]"), true, 4],
  );
});

test("hostile names are spelled out, and long ones cut", () => {
  const evil = "<img src=x>\u202e\n";
  const nodes = [
    {
      op: evil,
      makes: ["f32[]"],
      params: { [evil]: { text: "y".repeat(3000), cut: 9000 }, big: { int: "9".repeat(20) } },
    },
  ];
  for (const stage of ["jaxpr", "stablehlo", "hlo"] as const) {
    const lines = linesOf(makeText(graphOf(stage, [{ id: "main", name: evil, nodes }])));
    const all = lines.join("|");
    assert.ok(!/[\u202e\n]/.test(all) && all.includes("\\u202e\\n"), all);
    assert.ok(all.includes("99999999999999999999"));
    assert.ok(lines.every((line) => line.length < 600));
  }
});
