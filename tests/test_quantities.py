"""Numbers are written alike by Python and by the viewer: both read the same golden list."""

from __future__ import annotations

import json
from math import inf, nan
from pathlib import Path

import pytest

from jaxlab.quantities import quantity

GOLDEN = Path(__file__).parent / "golden" / "quantities.json"
CASES: list[tuple[float, str, str]] = json.loads(GOLDEN.read_text(encoding="utf-8"))


@pytest.mark.parametrize(("value", "unit", "text"), CASES)
def test_quantity(value: float, unit: str, text: str) -> None:
    assert quantity(value, unit) == text


@pytest.mark.parametrize(("value", "text"), [(inf, "inf s"), (-inf, "-inf s"), (nan, "nan s")])
def test_what_is_not_finite_is_said(value: float, text: str) -> None:
    assert quantity(value, "s") == text
