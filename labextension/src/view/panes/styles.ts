/** The panes' part of the panel's style. */

import css from "./panes.css";

export const panesCss = css;
