/** The types of values: their texts and sizes, as `jaxlab/array_type.py` has them. */

import type { Types } from "../generated/payload";
import type { ArrayType } from "./graph";

const BYTES: Readonly<Record<string, number>> = {
  bool: 1,
  pred: 1,
  c64: 8,
  c128: 16,
  token: 0,
  "key<fry>": 8,
  "key<rbg>": 16,
  "key<urbg>": 16,
};

/** Bits of one element by its short name (`f32`, `bf16`, `s4`, `f8e4m3fn`); NaN if unknown. */
export function dtypeBits(dtype: string): number {
  if (Object.hasOwn(BYTES, dtype)) return 8 * BYTES[dtype];
  const found = /^b?[fsui](\d+)/.exec(dtype);
  return found ? Number(found[1]) : Number.NaN;
}

/** Bytes of the data, without padding; NaN where a size or the dtype is not known. */
export function typeBytes(type: ArrayType): number {
  if (type.kind === "tuple") return type.elements.reduce((sum, part) => sum + typeBytes(part), 0);
  let elements = 1;
  for (const size of type.shape) elements *= typeof size === "number" ? size : Number.NaN;
  return Math.ceil((elements * dtypeBits(type.dtype)) / 8);
}

/** `f32[8,1024,768]`, `(f32[], s32[])`, `Ref{f32[8]}`, `token`. */
export function typeText(type: ArrayType): string {
  if (type.kind === "tuple") return `(${type.elements.map(typeText).join(", ")})`;
  if (type.kind === "token" || (type.kind === "opaque" && !type.shape.length)) return type.dtype;
  const text = `${type.dtype}[${type.shape.join(",")}]`;
  return type.kind === "ref" ? `Ref{${text}}` : text;
}

/** All types of a stage; a tuple's elements stand before it. */
export function readTypes(types: Types, strings: readonly string[]): readonly ArrayType[] {
  const made: ArrayType[] = [];
  for (let at = 0; at < types.dtype.length; at++) {
    made.push({
      dtype: strings[types.dtype[at]],
      shape: types.shape[at],
      kind: strings[types.kind[at]],
      weak: types.weak[at] === 1,
      layout: strings[types.layout[at]],
      memorySpace: strings[types.memory_space[at]],
      sharding: strings[types.sharding[at]],
      elements: types.elements[at].map((place) => made[place]),
    });
  }
  return made;
}
