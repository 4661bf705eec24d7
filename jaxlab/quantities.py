"""How numbers are written: three significant digits, always with their unit."""

from __future__ import annotations

from math import isfinite

_LARGE = ("", "k", "M", "G", "T", "P", "E")
_SMALL = ("", "m", "µ", "n", "p")


def quantity(value: float, unit: str = "") -> str:
    """Write a number for people: `0.87 TFLOP`, `154 MB`, `18 ms`, `6,129`, `30 %`.

    Prefixes are decimal (1 kB is 1,000 B). Seconds above one stay seconds. Without a unit a
    whole number is written out in full. A unit "%" expects a share between 0 and 1.
    """
    if not isfinite(value):
        return f"{value} {unit}".rstrip()
    if unit == "%":
        return f"{_three_digits(100 * value)} %"
    if not unit:
        return f"{value:,.0f}" if value == int(value) else _three_digits(value)
    scaled, place = float(value), 0
    if unit == "s":
        while scaled and abs(scaled) < 0.9995 and place + 1 < len(_SMALL):
            scaled, place = scaled * 1000, place + 1
        return f"{_three_digits(scaled)} {_SMALL[place]}s"
    while abs(scaled) >= 999.5 and place + 1 < len(_LARGE):
        scaled, place = scaled / 1000, place + 1
    return f"{_three_digits(scaled)} {_LARGE[place]}{unit}"


def _three_digits(value: float) -> str:
    if value == 0:
        return "0"
    if abs(value) >= 99.95:
        return f"{value:,.0f}"
    digits = 3 if abs(value) < 0.9995 else 2 if abs(value) < 9.995 else 1
    text = f"{value:.{digits}f}" if abs(value) >= 0.001 else f"{value:.2e}"
    return text.rstrip("0").rstrip(".") if "." in text and "e" not in text else text
