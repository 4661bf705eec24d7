"""Something a program hides, in one line."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Finding:
    """Something a program hides, in one line.

    Attributes:
      hazard: its name.
      headline: what there is to say.
      severity: "error", "warning" or "note".
      file, line: where; "" and 0 where there is no such place.
    """

    hazard: str
    headline: str
    severity: str
    file: str = ""
    line: int = 0
