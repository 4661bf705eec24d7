// Builds what people and tests run. `node build.mjs types|test|all`.

import { spawnSync } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { build, transform } from "esbuild";
import { compile } from "json-schema-to-typescript";
import { minify } from "terser";

const schema = "../jaxlab/payload/report-v1.schema.json";
const built = "../jaxlab/viewer/static";

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

/** For the extension, which saves reports as pages: the scripts of pages, built before it. */
const packedScripts = {
  name: "packed-scripts",
  setup: ({ onResolve, onLoad }) => {
    onResolve({ filter: /^packed:/ }, ({ path }) => ({ path: path.slice(7), namespace: "packed" }));
    onLoad({ filter: /.*/, namespace: "packed" }, ({ path }) => ({
      contents: readFileSync(`${built}/${path}.b85`, "utf8"),
      loader: "text",
    }));
  },
};

/** A module that another script of the page holds. */
const held = (module, place) => ({
  name: "held",
  setup: ({ onResolve, onLoad }) => {
    onResolve({ filter: module }, ({ path }) => ({ path, namespace: "held" }));
    onLoad({ filter: /.*/, namespace: "held" }, () => ({ contents: `module.exports = ${place};` }));
  },
});

/** The scripts of a page. The charts are one of their own, as few reports have some; each takes
 * from the other what they share. */
const scripts = {
  viewer: { entry: "standalone", other: held(/\/charts\/figure$/, "globalThis.jaxlabCharts") },
  charts: { entry: "charts", other: held(/^\.\/kit$/, "globalThis.jaxlabViewer.kit") },
};

/** What JupyterLab 4.4's and Notebook 7.4's browsers read, and pages opened years later. */
const browser = {
  bundle: true,
  minify: true,
  legalComments: "none",
  loader: { ".html": "text" },
  plugins: [styles, packedScripts],
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

/** The viewer for pages (*.b85), for anywidget (widget.js) and for JupyterLab (dist/). */
async function all() {
  await types();
  node("node_modules/typescript/bin/tsc", "--noEmit");
  for (const folder of ["build", built]) mkdirSync(folder, { recursive: true });
  for (const [name, { entry, other }] of Object.entries(scripts)) {
    const script = await minified(entry, "iife", other);
    writeFileSync(`build/${name}.js`, script); // for tests and measurements
    writeFileSync(`${built}/${name}.b85`, await packed(script));
  }
  writeFileSync(`${built}/widget.js`, await minified("widget", "esm"));
  await lab();
}

/** One script. Terser takes another 6 % off, and it stands in every saved report. */
async function minified(entry, format, ...more) {
  const plugins = [...more, ...browser.plugins];
  const options = { ...browser, plugins, entryPoints: [`src/${entry}.ts`], format, write: false };
  const { outputFiles } = await build(options);
  const { code } = await minify(outputFiles[0].text, {
    compress: { passes: 3, pure_getters: true, unsafe_arrows: true, unsafe_methods: true },
    ecma: 2022,
    toplevel: true,
  });
  return code;
}

/** A script as pages hold it, for document.html to unpack: gzip by zopfli, 3 % denser than zlib's,
 * in base 85, 6 % denser than base64. No digit needs an escape in HTML, JSON or a template. */
async function packed(script) {
  // It takes over what Node does with errors, and would print its whole source with each.
  const { gzipAsync } = await import("@gfx/zopfli");
  for (const name of ["uncaughtException", "unhandledRejection"]) process.removeAllListeners(name);
  const bytes = Buffer.from(await gzipAsync(Buffer.from(script), { numiterations: 15 }));
  const digits = Array.from({ length: 94 }, (_, place) => String.fromCharCode(33 + place)).filter(
    (character) => !`"&'<>\\\`{}`.includes(character),
  );
  const words = Buffer.concat([bytes, Buffer.alloc(-bytes.length & 3)]);
  let text = "";
  for (let at = 0; at < words.length; at += 4) {
    const word = words.readUInt32BE(at);
    for (const unit of [85 ** 4, 85 ** 3, 85 ** 2, 85, 1]) {
      text += digits[Math.floor(word / unit) % 85];
    }
  }
  return text.slice(0, text.length - (-bytes.length & 3));
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
