import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { inflate } from "../src/model/inflate";

test("what Python packed is inflated to what Python wrote", async () => {
  const [packed, written] = ["b64", "json"].map((ending) =>
    readFileSync(`../tests/golden/report-v1.${ending}`, "utf8"),
  );
  assert.deepEqual(await inflate(packed.trim()), JSON.parse(written));
});
