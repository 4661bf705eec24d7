"""Heat: seven steps from light to dark that stand for a share of the program."""

from __future__ import annotations

from bisect import bisect_right

BOUNDS = (0.001, 0.003, 0.01, 0.03, 0.1, 0.3)
LIGHT = ("#fff7d6", "#fee39a", "#fec65a", "#f99b31", "#e5701a", "#bf4a0a", "#7f2a06")
# A terminal's ground may be light or dark: the ends of the scale that vanish on one are replaced.
TERMINAL = ("#b9a77a", "#cfa04f", "#e0a040", "#f08a24", "#e5701a", "#d9541a", "#c83a10")


def heat_step(share: float) -> int:
    """The step, 0 to 6, of a share of the program between 0 and 1."""
    return bisect_right(BOUNDS, share)
