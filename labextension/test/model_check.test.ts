import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import type { ReportPayload } from "../src/generated/payload";
import { checkPayload } from "../src/model/check";
import { PayloadError } from "../src/model/payload_error";
import { decodeReport } from "../src/model/report";
import { reportOf, stageOf } from "./fixtures/model_payload";
import { GROUPS, GROUPS_FLOPS, LOOP, LOOP_FLOPS } from "./fixtures/model_programs";
import { walk } from "./fixtures/model_walk";

const ALL = reportOf(
  [
    stageOf("jaxpr", GROUPS, { FLOPs: GROUPS_FLOPS }),
    stageOf("stablehlo", LOOP, { FLOPs: LOOP_FLOPS }),
    stageOf("hlo", LOOP, { FLOPs: LOOP_FLOPS }),
  ],
  {
    links: [
      {
        before: 0,
        after: 1,
        kinds: [{ kind: "tagged", from: [1, 2], counts: [1, 1], to: [2, -1] }],
        gone: [0, 0],
        fates: ["dead"],
        note: "",
      },
    ],
    findings: [
      {
        hazard: "h",
        harm: "slow",
        headline: "h",
        what: "w",
        remedy: "r",
        when: "trace",
        how_often: 2,
        evidence: ["e"],
        lines: [{ file: "train.py", line: 3, function: "f" }],
        stage: 0,
        nodes: [1],
      },
    ],
    tables: [
      {
        title: "t",
        columns: ["a", "n"],
        units: [],
        rows: [["b", 1]],
        stage: 0,
        nodes: [1],
        frames: [[0, 14, 1, 0, 0, 0]],
        strings: ["train.py", "f"],
      },
    ],
    tabs: JSON.parse(readFileSync("../tests/golden/tabs-v1.json", "utf8")),
    ladder: [{ text: "f", stage: 0 }],
  },
);

type Tree = { [key: string]: unknown };

function changed(change: (payload: ReportPayload) => void): unknown {
  const payload = structuredClone(ALL);
  change(payload);
  return payload;
}

test("other formats and versions are told apart", () => {
  assert.doesNotThrow(() => checkPayload(structuredClone(ALL)));
  for (const raw of [null, 1, "x", [], {}, { format: "other" }]) {
    assert.throws(() => checkPayload(raw), /^PayloadError: This is no report of jaxlab\.$/);
  }
  const version = (number: unknown) => ({ ...ALL, version: number });
  assert.throws(() => checkPayload(version(2)), {
    message: /^A newer jaxlab made this report: update jaxlab/,
    remedy: /^pip install /,
  });
  assert.throws(
    () => checkPayload(version(0)),
    /An older jaxlab made this report: run its cell again/,
  );
  assert.throws(() => checkPayload(version("x")), PayloadError);
});

test("what is wrong is named", () => {
  const cases: [RegExp, (payload: ReportPayload) => void][] = [
    [/stages\[0\]\.nodes\.op holds 9999/, (p) => (p.stages[0].nodes.op[0] = 9999)],
    [/stages\[0\]\.nodes\.stack has/, (p) => p.stages[0].nodes.stack.pop()],
    [/stages\[1\]\.nodes\.operands/, (p) => (p.stages[1].nodes.operands[0] = -100)],
    [/regions\.outputs are out/, (p) => (p.stages[0].regions.outputs[0][0] = 500)],
    [/links\[0\]\.to/, (p) => (p.links[0].kinds[0].to[0] = 99)],
    [/links\[0\]\.before/, (p) => (p.links[0].before = 7)],
    [/ports don't fit/, (p) => p.stages[0].regions.outputs[1].push(1)],
    [/findings\[0\]\.ghost/, (p) => (p.findings[0].ghost = [999, 0])],
    [/findings\[0\]\.ghost/, (p) => (p.findings[0].ghost = [0, 2])],
    [/findings\[0\]\.ghost is no pair/, (p) => (p.findings[0].ghost = [0, 1, 1])],
    [/tables\[0\]\.nodes/, (p) => (p.tables[0].nodes[0] = 999)],
    [/tabs\[0\]\.charts\.stage/, (p) => (p.tabs[0].charts[0].stage = 9)],
    [/tabs\[0\]\.charts\.nodes don't fit/, (p) => p.tabs[0].charts[0].nodes.pop()],
    [/tabs\[1\]\.charts\.kind is none of/, (p) => Object.assign(p.tabs[1].charts[0], { kind: 1 })],
    [/first/, (p) => (p.first = 3)],
    [/no whole number/, (p) => (p.stages[0].nodes.kin[0] = 0.5)],
  ];
  for (const [message, change] of cases) {
    assert.throws(
      () => checkPayload(changed(change)),
      (error) => error instanceof PayloadError && message.test(error.message),
      String(message),
    );
  }
});

test("regions that call themselves, and depths that recursion can't follow, are refused", () => {
  const round = [{ id: "main", nodes: [{ op: "jit", calls: [["jaxpr", "main"]] as const }] }];
  assert.throws(() => checkPayload(reportOf([stageOf("jaxpr", round)])), /calls itself/);
  const nested = (depth: number) =>
    Array.from({ length: depth }, (_, at) => ({
      id: `r${at}`,
      nodes: at + 1 < depth ? [{ op: "jit", calls: [["jaxpr", `r${at + 1}`]] as const }] : [],
    }));
  const deep = checkPayload(reportOf([stageOf("jaxpr", nested(250))]));
  assert.doesNotThrow(() => walk(decodeReport(deep)));
  assert.throws(() => checkPayload(reportOf([stageOf("jaxpr", nested(400))])), /too deeply/);
  const tuples = changed(({ stages: [{ types }] }) => {
    const kind = types.kind[0];
    for (let at = types.dtype.length; at < 60; at++) {
      for (const key of ["dtype", "layout", "memory_space", "sharding"] as const) {
        types[key].push(0);
      }
      types.kind.push(kind);
      types.weak.push(0);
      types.shape.push([]);
      types.elements.push([at - 1, at - 1]);
    }
  });
  assert.throws(() => checkPayload(tuples), /tuple too large/);
  let constant: unknown = 1;
  for (let depth = 0; depth < 10_000; depth++) constant = [constant];
  const inParams = changed((payload) => payload.stages[0].constants.push(constant));
  assert.throws(() => checkPayload(inParams), /nested too deeply/);
});

test("whatever is broken gives a PayloadError, or a report that can be looked at", () => {
  const random = randomFrom(7);
  const junk = [null, -1, 1e9, 1e300, 0.5, "x", "1", [], {}, true, 2 ** 31, [[1]], -(2 ** 40), 3];
  let refused = 0;
  const rounds = 3000;
  for (let round = 0; round < rounds; round++) {
    const payload = structuredClone(ALL) as unknown as Tree;
    for (let times = 0; times <= random() * 2; times++) damage(payload, random, junk);
    try {
      walk(decodeReport(checkPayload(payload)));
    } catch (error) {
      if (!(error instanceof PayloadError)) throw error;
      assert.match(error.message, /^[^\n]+\.$/);
      refused++;
    }
  }
  assert.ok(refused > rounds / 2, `${refused} of ${rounds} refused`);
});

/** Replaces, drops or doubles something somewhere. */
function damage(payload: Tree, random: () => number, junk: readonly unknown[]): void {
  let at = payload;
  for (;;) {
    const keys = Object.keys(at);
    if (!keys.length) return;
    const key = keys[Math.floor(random() * keys.length)];
    const inner = at[key];
    if (typeof inner === "object" && inner !== null && random() < 0.85) {
      at = inner as Tree;
      continue;
    }
    const way = random();
    if (Array.isArray(at) && way < 0.2) at.splice(Number(key), 1);
    else if (Array.isArray(at) && way < 0.3) at.push(inner);
    else if (typeof inner === "number" && way < 0.7) at[key] = inner + Math.round(6 * random() - 3);
    else if (way < 0.75 && !Array.isArray(at)) delete at[key];
    else at[key] = structuredClone(junk[Math.floor(random() * junk.length)]);
    return;
  }
}

/** A small generator of numbers from 0 to 1, the same on every run (Park and Miller, 1988). */
function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 48271) % 2147483647;
    return state / 2147483647;
  };
}
