/** The panes' part of the panel's style. */

import panes from "./panes.css";
import charts from "./style/charts.css";

export const panesCss = `${panes}\n${charts}`;
