// Builds what people and tests run. `node build.mjs types|test|all`.

import { spawnSync } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { build, transform } from "esbuild";
import { compile } from "json-schema-to-typescript";
import { minify } from "terser";

const schema = "../jaxlab/payload/report-v1.schema.json";
const viewer = "../jaxlab/viewer/static";

/** Style sheets are texts, for the constructed style sheet of a shadow root. */
const styles = {
  name: "styles",
  setup: ({ onLoad }) =>
    onLoad({ filter: /\.css$/ }, async ({ path }) => {
      const options = { loader: "css", minify: true, target: browser.target };
      const { code } = await transform(readFileSync(path, "utf8"), options);
      return { contents: code, loader: "text" };
    }),
};

/** For the extension, which saves reports as pages: the viewer for pages, built before it. */
const viewerScript = {
  name: "viewer-script",
  setup: ({ onResolve, onLoad }) => {
    onResolve({ filter: /^viewer-script$/ }, () => ({ path: "viewer.js", namespace: "built" }));
    onLoad({ filter: /.*/, namespace: "built" }, () => ({
      contents: readFileSync(`${viewer}/viewer.js`, "utf8"),
      loader: "text",
    }));
  },
};

/** What JupyterLab 4.4's and Notebook 7.4's browsers read, and pages opened years later. */
const browser = {
  bundle: true,
  minify: true,
  legalComments: "none",
  loader: { ".html": "text" },
  plugins: [styles, viewerScript],
  target: ["chrome110", "firefox115", "safari16.4"],
};

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
    plugins: browser.plugins,
    sourcemap: "inline",
    packages: "external",
  });
  const files = readdirSync(out).map((f) => `${out}/${f}`);
  node("--enable-source-maps", "--test", ...files);
}

/** The viewer for a page (viewer.js), for anywidget (widget.js) and for JupyterLab (dist/). */
async function all() {
  await types();
  node("node_modules/typescript/bin/tsc", "--noEmit");
  await script("standalone", "viewer.js", "iife");
  await script("widget", "widget.js", "esm");
  await lab();
}

/** One file. Terser takes another 6 % off, and it stands in every saved report. */
async function script(entry, name, format) {
  const options = { ...browser, entryPoints: [`src/${entry}.ts`], format, write: false };
  const { outputFiles } = await build(options);
  const { code } = await minify(outputFiles[0].text, {
    compress: { unsafe_arrows: true },
    toplevel: true,
  });
  mkdirSync(viewer, { recursive: true });
  writeFileSync(`${viewer}/${name}`, code);
}

/** JupyterLab's own builder reads JavaScript only, and chunks stay chunks: what is imported
 * lazily isn't loaded when JupyterLab starts. */
async function lab() {
  rmSync("build/lab", { recursive: true, force: true });
  await build({
    ...browser,
    minify: false,
    entryPoints: ["src/plugin.ts", "src/mime.ts"],
    outdir: "build/lab",
    format: "esm",
    splitting: true,
    packages: "external",
  });
  node(
    "node_modules/@jupyter/builder/lib/build-labextension.js",
    "--core-package-file=node_modules/@jupyterlab/core-meta/core.package.json",
    ".",
  );
  const install = { packageManager: "python", packageName: "jaxlab" };
  writeFileSync("dist/install.json", `${JSON.stringify(install, null, 2)}\n`);
}

/** Run Node on a script; if that fails, end with its status. */
function node(...args) {
  const ran = spawnSync(process.execPath, args, { stdio: "inherit" });
  if (ran.status !== 0) process.exit(ran.status ?? 1);
}

const tasks = { types, test, all };
const [task = "all", ...rest] = process.argv.slice(2);
await tasks[task](...rest);
