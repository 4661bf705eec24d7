// Builds what people and tests run. `node build.mjs types|test|all`.

import { spawnSync } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { build } from "esbuild";
import { compile } from "json-schema-to-typescript";

const schema = "../jaxlab/payload/report-v1.schema.json";

/** The payload's types come from the schema that Python is tested against too. */
async function types() {
  mkdirSync("src/generated", { recursive: true });
  const text = await compile(JSON.parse(readFileSync(schema, "utf8")), "ReportPayload", {
    bannerComment: `// Made from ${schema.replace("../", "")} by build.mjs. Do not edit.`,
    additionalProperties: false,
  });
  writeFileSync("src/generated/payload.ts", text);
}

/** Node tests: `node build.mjs test [part of a file's name]`. */
async function test(wanted = "") {
  await types();
  const entries = readdirSync("test").filter((f) => f.endsWith(".test.ts") && f.includes(wanted));
  const out = `build/test${wanted && `-${wanted}`}`;
  rmSync(out, { recursive: true, force: true });
  await build({
    entryPoints: entries.map((f) => `test/${f}`),
    outdir: out,
    bundle: true,
    platform: "node",
    format: "esm",
    target: "node20",
    outExtension: { ".js": ".mjs" },
    sourcemap: "inline",
    packages: "external",
  });
  const files = readdirSync(out).map((f) => `${out}/${f}`);
  const ran = spawnSync(process.execPath, ["--enable-source-maps", "--test", ...files], {
    stdio: "inherit",
  });
  process.exitCode = ran.status ?? 1;
}

const tasks = { types, test };
const [task = "all", ...rest] = process.argv.slice(2);
await tasks[task](...rest);
