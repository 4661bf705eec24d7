"""Large arrays that only the notebook itself keeps alive: displayed values, the last error."""

from __future__ import annotations

import re
from collections.abc import Iterator

from jaxlab.effects.hazard import Hazard
from jaxlab.effects.seen import Seen
from jaxlab.finding import Finding
from jaxlab.origin import Frame
from jaxlab.quantities import quantity

LARGE = 32 * 2**20
"""Bytes of one array from which on it is worth a word."""


def _find(seen: Seen) -> Iterator[Finding]:
    large = sorted((each for each in seen.held if each.size >= LARGE), key=lambda h: -h.size)
    if not large:
        return
    first, total = large[0], sum(each.size for each in large)
    path = first.path if "`" in first.path else f"`{first.path}`"
    many = f" and {len(large) - 1:,} more" if len(large) > 1 else ""
    keep = "keep" if many else "keeps"
    displayed = first.path.startswith("Out[")
    yield Finding(
        hazard="notebook-holds-memory",
        harm="slow",
        headline=f"{path}{many} {keep} {quantity(total, 'B')} alive that no name of yours holds.",
        what="IPython keeps each value that a cell displays, as `Out[n]`, `_n` and `_`, and of the "
        "last error the traceback with the variables of its functions. Their memory is not freed.",
        remedy=(
            f"End the cell's last line with `;`, or free it: `%reset -f out`, `del {first.path}`."
            if displayed
            else "Run a cell that fails early (`1/0`), or `import sys; sys.last_value = None`; the "
            "next error replaces it."
        ),
        frames=_line(seen, first.path),
        when="between runs",
        evidence=tuple(f"{h.path}: {h.kind}, {quantity(h.size, 'B')}" for h in large[:10]),
    )


def _line(seen: Seen, path: str) -> tuple[Frame, ...]:
    """The last line of the cell that displayed it."""
    count = re.match(r"Out(\[\d+\])", path)
    title = f"cell {count[1]}" if count is not None else ""
    for source in seen.sources.values():
        if title and source.title == title:
            lines = source.text.rstrip().splitlines()
            return (Frame(source.file, len(lines)),) if lines else ()
    return ()


HAZARD = Hazard("notebook-holds-memory", "Memory that the notebook holds", "slow", _find)
