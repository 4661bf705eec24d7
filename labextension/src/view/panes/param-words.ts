/** Params as a reader sees them: plain text, or what a mark of the payload stands for. No DOM. */

import type { Constant } from "../../model/graph";
import { visible } from "../../model/visible";

export interface ParamWords {
  readonly text: string;
  /** The id of the region that it stands for. */
  readonly region?: string;
  /** How many characters the text had before it was cut. */
  readonly cutFrom?: number;
}

type Mark = { region?: unknown; int?: unknown; float?: unknown; text?: unknown; cut?: unknown };

export function paramWords(value: Constant): ParamWords {
  if (value === null || value === undefined) return { text: "None" };
  if (value === true) return { text: "True" };
  if (value === false) return { text: "False" };
  if (typeof value === "string") return { text: lines(value) };
  if (typeof value === "number") return { text: String(value) };
  const mark = value as Mark;
  if (typeof mark.region === "string") return { text: visible(mark.region), region: mark.region };
  if (typeof mark.int === "string") return { text: visible(mark.int) };
  if (typeof mark.float === "string") return { text: visible(mark.float) };
  if (typeof mark.text === "string" && typeof mark.cut === "number") {
    return { text: lines(mark.text), cutFrom: mark.cut };
  }
  return { text: lines(JSON.stringify(value)) };
}

/** Line breaks stay; what else can't be seen is spelled out. */
function lines(text: string): string {
  return text
    .split("\n")
    .map((line) => visible(line, Number.POSITIVE_INFINITY))
    .join("\n");
}
