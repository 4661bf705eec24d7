/** Small checks that the payload's validator is made of. Each names what is wrong. */

import { sums } from "./columns";
import { damaged } from "./payload_error";

export type Row = Readonly<Record<string, unknown>>;

export function isObject(value: unknown): value is Row {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

export function object(value: unknown, name: string): Row {
  if (!isObject(value)) throw damaged(`${name} is no object`);
  return value;
}

export function list(value: unknown, name: string): readonly unknown[] {
  if (!Array.isArray(value)) throw damaged(`${name} is no list`);
  return value;
}

export function text(value: unknown, name: string): string {
  if (typeof value !== "string") throw damaged(`${name} is no text`);
  return value;
}

export function texts(value: unknown, name: string): readonly string[] {
  const found = list(value, name);
  for (let at = 0; at < found.length; at++) text(found[at], name);
  return found as readonly string[];
}

/** A list of whole numbers, low <= n < high, of a certain length where one is given. */
export function ints(
  value: unknown,
  name: string,
  low: number,
  high: number,
  length?: number,
): readonly number[] {
  const found = list(value, name);
  if (length !== undefined && found.length !== length) {
    throw damaged(`${name} has ${found.length} entries and not ${length}`);
  }
  for (let at = 0; at < found.length; at++) {
    const item = found[at];
    if (!Number.isInteger(item) || (item as number) < low || (item as number) >= high) {
      int(item, name, low, high);
    }
  }
  return found as readonly number[];
}

export function int(value: unknown, name: string, low: number, high: number): number {
  if (typeof value !== "number" || !Number.isInteger(value)) {
    throw damaged(`${name} holds what is no whole number`);
  }
  if (value < low || value >= high) throw damaged(`${name} holds ${value}, which is out of range`);
  return value;
}

/** Differences whose sums stay in low <= sum < high; gives the sums. */
export function differences(
  value: unknown,
  name: string,
  low: number,
  high: number,
  length?: number,
): Float64Array {
  const found = sums(ints(value, name, -LARGE, LARGE, length));
  inRange(found, name, low, high);
  return found;
}

export function inRange(numbers: Float64Array, name: string, low: number, high: number): void {
  for (let at = 0; at < numbers.length; at++) {
    if (numbers[at] < low || numbers[at] >= high) int(numbers[at], name, low, high);
  }
}

/** Sums of two of these are exact. */
export const LARGE = 2 ** 52;

/** What an Int32Array can hold. */
export const LARGEST = 2 ** 31;

export function oneOf(value: unknown, name: string, allowed: readonly unknown[]): void {
  if (!allowed.includes(value)) throw damaged(`${name} is none of ${allowed.join(", ")}`);
}
