"""A report as something to look at: in a notebook, in a terminal, in a file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from jaxlab.report import Report, Table

__all__ = ["Display", "Report", "Table"]


@dataclass(frozen=True, repr=False)
class Display:
    """Shows a report wherever it is displayed.

    Attributes:
      report: what to show.
      depth: how many levels of bodies and groups are opened; None lets the size decide.
    """

    report: Report
    depth: int | None = None

    def __repr__(self) -> str:
        return f"{self.report.title}\n{self.report.headline}"

    def _repr_mimebundle_(
        self, include: object = None, exclude: object = None
    ) -> Mapping[str, object]:
        return {"text/plain": repr(self)}
