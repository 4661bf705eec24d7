"""Params and overlay cells as JSON: what JSON has stays, the rest becomes text."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from math import isfinite
from typing import Any, NamedTuple, cast

from jaxlab.graph import RegionRef

TEXT_LIMIT = 2_000
_SAFE = 2**53  # above it a browser's numbers skip whole ones
_ADDRESS = re.compile(r" at 0x[0-9a-fA-F]+")


class Called(NamedTuple):
    """Stands for the region that a node calls in a role: the same for all such nodes."""

    role: str


def to_json(value: object) -> Any:
    """A param as JSON. Text over `TEXT_LIMIT` characters is cut, and says its whole length."""
    kind = type(value)
    if value is None or kind is bool:
        return value
    if kind is int:
        number = cast("int", value)
        return number if abs(number) <= _SAFE else {"int": str(number)}
    if kind is float:
        real = cast("float", value)
        return real if isfinite(real) else {"float": str(real)}
    if isinstance(value, RegionRef):
        return {"region": value.id}
    if isinstance(value, Called):
        return {"called": value.role}
    text = value if isinstance(value, str) else text_of(value)
    return text if len(text) <= TEXT_LIMIT else {"text": text[:TEXT_LIMIT], "cut": len(text)}


def from_json(value: Any) -> object:
    """What `to_json` was given, as far as JSON could carry it; a cut text ends in "…"."""
    if not isinstance(value, dict):
        return cast("object", value)
    told = cast("dict[str, Any]", value)
    if "region" in told:
        return RegionRef(told["region"])
    if "called" in told:
        return Called(told["called"])
    if "int" in told:
        return int(told["int"])
    if "float" in told:
        return float(told["float"])
    return f"{told['text']}… ({told['cut']:,} characters)"


def text_of(value: object) -> str:
    """A param's text, without the addresses of objects, which differ from run to run."""
    if isinstance(value, (tuple, list)):
        items = [text_of(item) for item in cast("Sequence[object]", value)]
        inside = ", ".join(items)
        if isinstance(value, list):
            return f"[{inside}]"
        return f"({inside},)" if len(items) == 1 else f"({inside})"
    if isinstance(value, Mapping):
        pairs = cast("Mapping[object, object]", value).items()
        return "{" + ", ".join(f"{text_of(key)}: {text_of(item)}" for key, item in pairs) + "}"
    try:
        return _ADDRESS.sub("", str(value))
    except Exception as error:  # a param's own __str__, which may be anybody's
        return f"<{type(value).__name__} that can't be written: {type(error).__name__}>"


def short_number(value: float) -> float | None:
    """Whole numbers as they are, others to four significant digits."""
    if not isfinite(value):
        return None
    if value == int(value) and abs(value) <= 2**53:
        return int(value)
    short = float(f"{value:.4g}")
    return int(short) if short == int(short) else short
