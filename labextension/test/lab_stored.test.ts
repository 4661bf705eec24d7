import assert from "node:assert/strict";
import { test } from "node:test";
import type { IRenderMime } from "@jupyterlab/rendermime-interfaces";
import { storedIn } from "../src/lab/stored";
import { MIME_TYPE } from "../src/mime_type";

const HEAD = { format: "jaxlab.report", version: 1, title: "f" };
const PAGE = "&lt;script id=&quot;jaxlab-data&quot;&gt;H4s+/a=&lt;/script&gt;";
/** What a user wrote, as it stands escaped in the HTML before the page. */
const USERS = "id=&quot;jaxlab-data&quot;&gt;AAAA&lt;";
const HTML = `<p title="t">${USERS}</p><iframe title="${USERS}" srcdoc="&lt;p&gt;\n${PAGE}"></iframe>`;

function output(stored: object, html?: string | string[]): IRenderMime.IMimeModel {
  const data = { [MIME_TYPE]: stored, ...(html && { "text/html": html }) };
  return { data } as unknown as IRenderMime.IMimeModel;
}

test("data is taken from the HTML's page, whatever a user's text says", () => {
  assert.deepEqual(storedIn(output(HEAD, HTML)), { ...HEAD, data: "H4s+/a=" });
  const lines = HTML.split(/(?<=\n)/);
  assert.deepEqual(storedIn(output(HEAD, lines)), { ...HEAD, data: "H4s+/a=" });
});

test("data of its own comes first, and without any nothing is made up", () => {
  const own = { ...HEAD, data: "H4" };
  assert.equal(storedIn(output(own, HTML)), own);
  assert.equal(storedIn(output(HEAD)), HEAD);
  assert.equal(storedIn(output(HEAD, `<p>${USERS}</p>`)), HEAD);
});
