/** A report as a page of its own, where the viewer isn't in the page already: in JupyterLab. */

import charts from "packed:charts";
import viewer from "packed:viewer";
import template from "../../jaxlab/renderers/document.html";

/** The same page that Python writes: the viewer, the data, nothing from outside. What draws charts
 * is left out where the report has none. */
export function pageOf(title: string, data: string, hasCharts: boolean): string {
  // Functions, for what is put in may hold `$&`; the title last, for it may hold anything.
  return template
    .replace("{{scripts}}", () => (hasCharts ? `${viewer} ${charts}` : viewer))
    .replace("{{data}}", () => data)
    .replace("{{title}}", () => escaped(title));
}

function escaped(text: string): string {
  const named: Record<string, string> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };
  return text.replace(/[&<>"]/g, (character) => named[character]);
}
