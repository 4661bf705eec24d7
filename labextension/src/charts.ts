/** The charts as one script, for a page whose report has some. The viewer's script runs first. */

import { makeFigure } from "./view/panes/charts/figure";

declare global {
  var jaxlabCharts: { readonly makeFigure: typeof makeFigure };
}

globalThis.jaxlabCharts = { makeFigure };
