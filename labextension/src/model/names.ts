import type { StageGraph } from "../generated/payload";
import type { Columns } from "./columns";
import type { RegionId, ValueId } from "./graph";

/** The names of regions and values; a name that ends in a dot has a number behind it. */
export class Names {
  readonly #data: StageGraph;
  readonly #regions: Float64Array;
  readonly #values: Float64Array;

  constructor(data: StageGraph, { firstValue }: Columns) {
    const { regions, values, strings } = data;
    this.#data = data;
    const places = Array.from(regions.name.keys());
    this.#regions = numbers(regions, strings, places);
    // XLA numbers values in the order of the regions' names.
    places.sort(
      (one, other) =>
        regions.name[one] - regions.name[other] || this.#regions[one] - this.#regions[other],
    );
    const order: ValueId[] = [];
    const add = (first: ValueId, last: ValueId): void => {
      for (let value = first; value < last; value++) order.push(value);
    };
    for (const region of places) add(firstValue[region], firstValue[region + 1]);
    add(order.length, values.name.length);
    this.#values = numbers(values, strings, order);
  }

  region(region: RegionId): string {
    return this.#name(this.#data.regions.name[region], this.#regions[region]);
  }

  value(value: ValueId): string {
    return this.#name(this.#data.values.name[value], this.#values[value]);
  }

  #name(text: number, number: number): string {
    return this.#data.strings[text] + (number < 0 ? "" : number);
  }
}

/** The numbers behind names, -1 for none. Each goes on from the last with that name. */
function numbers(
  { name, serial }: { readonly name: readonly number[]; readonly serial: readonly number[] },
  strings: readonly string[],
  order: readonly number[],
): Float64Array {
  const found = new Float64Array(name.length).fill(-1);
  const numbered = strings.map((text) => text.endsWith("."));
  const last = new Float64Array(strings.length);
  let step = 0;
  for (const at of order) {
    if (!numbered[name[at]]) continue;
    last[name[at]] += serial[step++];
    found[at] = last[name[at]];
  }
  return found;
}
