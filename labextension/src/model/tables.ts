/** The lists that a stage's columns refer to, each entry read when it is first asked for. */

import type { StageGraph } from "../generated/payload";
import type { ArrayType, Frame } from "./graph";
import { readTypes, typeBytes, typeText } from "./types";

export class Tables {
  readonly strings: readonly string[];
  readonly #data: StageGraph;
  #types: readonly ArrayType[] | undefined;
  readonly #typeTexts: string[] = [];
  readonly #typeBytes: number[] = [];
  readonly #paths: (readonly string[])[] = [];
  readonly #directions: string[] = [];
  readonly #frames: Frame[] = [];
  readonly #stacks: (readonly Frame[])[] = [];

  constructor(data: StageGraph) {
    this.#data = data;
    this.strings = data.strings;
  }

  type(place: number): ArrayType {
    this.#types ??= readTypes(this.#data.types, this.strings);
    return this.#types[place];
  }

  typeText(place: number): string {
    this.#typeTexts[place] ??= typeText(this.type(place));
    return this.#typeTexts[place];
  }

  bytes(place: number): number {
    this.#typeBytes[place] ??= typeBytes(this.type(place));
    return this.#typeBytes[place];
  }

  path(place: number): readonly string[] {
    this.#paths[place] ??= this.#data.paths[place].map((text) => this.strings[text]);
    return this.#paths[place];
  }

  /** Which way nodes with these transforms run. */
  direction(place: number): string {
    this.#directions[place] ??= directionOf(this.path(place));
    return this.#directions[place];
  }

  stack(place: number): readonly Frame[] {
    this.#stacks[place] ??= this.#data.stacks[place].map((frame) => this.#frame(frame));
    return this.#stacks[place];
  }

  #frame(place: number): Frame {
    const frames = this.#data.frames;
    this.#frames[place] ??= {
      file: this.strings[frames.file[place]],
      function: this.strings[frames.function[place]],
      line: frames.line[place],
      column: frames.column[place],
      endLine: frames.end_line[place],
      endColumn: frames.end_column[place],
    };
    return this.#frames[place];
  }
}

function directionOf(transforms: readonly string[]): string {
  if (transforms.includes("rematted_computation")) return "recomputed";
  return transforms.includes("transpose") ? "backward" : "forward";
}
