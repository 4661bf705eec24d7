/** A report as a page of its own, where the viewer isn't in the page already: in JupyterLab. */

import viewer from "viewer-script";
import template from "../../jaxlab/renderers/document.html";

/** The same page that Python writes: the viewer, the data, nothing from outside. */
export async function pageOf(title: string, data: string): Promise<string> {
  const packed = await gzip(viewer);
  return template
    .replace("{{viewer}}", packed)
    .replace("{{data}}", data)
    .replace("{{title}}", () => escaped(title)); // last: a title may hold anything
}

async function gzip(text: string): Promise<string> {
  const stream = new Blob([text]).stream().pipeThrough(new CompressionStream("gzip"));
  const bytes = new Uint8Array(await new Response(stream).arrayBuffer());
  let binary = "";
  for (const byte of bytes) binary += String.fromCharCode(byte);
  return btoa(binary);
}

function escaped(text: string): string {
  const named: Record<string, string> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };
  return text.replace(/[&<>"]/g, (character) => named[character]);
}
