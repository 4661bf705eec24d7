/** How numbers are written: three significant digits, always with their unit, as
 * `jaxlab/quantities.py` does it. */

const LARGE = ["", "k", "M", "G", "T", "P", "E"];
const SMALL = ["", "m", "µ", "n", "p"];

/** A number for people: `0.87 TFLOP`, `154 MB`, `18 ms`, `6,129`, `30 %`.
 *
 * Prefixes are decimal (1 kB is 1,000 B). Seconds above one stay seconds. Without a unit a whole
 * number is written out in full. A unit "%" expects a share between 0 and 1. */
export function quantity(value: number, unit = ""): string {
  if (!Number.isFinite(value)) return `${unbounded(value)} ${unit}`.trimEnd();
  if (unit === "%") return `${threeDigits(100 * value)} %`;
  if (!unit) return Number.isInteger(value) ? withCommas(value.toFixed(0)) : threeDigits(value);
  let scaled = value;
  let place = 0;
  if (unit === "s") {
    for (; scaled && Math.abs(scaled) < 0.9995 && place + 1 < SMALL.length; place++) scaled *= 1000;
    return `${threeDigits(scaled)} ${SMALL[place]}s`;
  }
  for (; Math.abs(scaled) >= 999.5 && place + 1 < LARGE.length; place++) scaled /= 1000;
  return `${threeDigits(scaled)} ${LARGE[place]}${unit}`;
}

/** A part of a whole: `31 %`, `0.4 %`, `< 0.1 %`; "" where the whole is nothing. */
export function share(part: number, whole: number): string {
  if (!(whole > 0) || !Number.isFinite(part)) return "";
  const percent = (100 * part) / whole;
  if (percent === 0) return "0 %";
  if (Math.abs(percent) < 0.1) return "< 0.1 %";
  return `${percent.toFixed(Math.abs(percent) < 9.95 ? 1 : 0).replace(/\.0$/, "")} %`;
}

function unbounded(value: number): string {
  if (Number.isNaN(value)) return "nan";
  return value > 0 ? "inf" : "-inf";
}

function threeDigits(value: number): string {
  if (value === 0) return "0";
  const size = Math.abs(value);
  if (size >= 99.95) return withCommas(rounded(value, 0));
  if (size < 0.001) return value.toExponential(2).replace(/e([+-])(\d)$/, "e$10$2");
  const text = rounded(value, size < 0.9995 ? 3 : size < 9.995 ? 2 : 1);
  return text.includes(".") ? text.replace(/\.?0+$/, "") : text;
}

/** Python rounds a half to even where it is exactly one; `toFixed` rounds it up. */
function rounded(value: number, digits: number): string {
  const size = Math.abs(value);
  const floor = Math.floor(size * 10 ** digits);
  // Only sums of such halves are exact: others are a little more or less in binary.
  const half = Number.isInteger(size * 2 ** (digits + 1)) && size * 10 ** digits - floor === 0.5;
  if (!half || floor % 2) return value.toFixed(digits);
  return ((Math.sign(value) * floor) / 10 ** digits).toFixed(digits);
}

function withCommas(whole: string): string {
  return whole.replace(/\B(?=(\d{3})+$)/g, ",");
}
