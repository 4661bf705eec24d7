/** How the plugin and the reports in a page find each other: events of the DOM, so that neither
 * needs the other to be there. */

/** A report asks for a line of its source; it bubbles, and who shows the line cancels it. */
export const OPEN_LINE = "jaxlab:open-line";

/** The plugin tells the document's reports where the caret stands. */
export const CARET = "jaxlab:caret";

/** A line of a text, counted from 1. */
export interface OpenLine {
  readonly file: string;
  /** The notebook's own id of the cell; "" for a file. */
  readonly cellId: string;
  readonly text: string;
  readonly line: number;
}

/** A line of a cell, counted from 1. */
export interface Caret {
  readonly cellId: string;
  readonly text: string;
  readonly line: number;
}
