"""Operations outside of `jit` that meet ever new shapes: each shape is compiled for."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from jaxlab.effects.hazard import Hazard
from jaxlab.effects.seen import Compile, Seen
from jaxlab.finding import Finding
from jaxlab.quantities import quantity

FEW = 5
"""Shapes at one line up to which it is no churn."""


def _find(seen: Seen) -> Iterator[Finding]:
    before, now = _by_line(seen.history.compiles), _by_line(seen.compiles)
    for place, compiles in now.items():
        earlier = before.get(place, [])
        if _shapes(earlier) > FEW or _shapes([*earlier, *compiles]) <= FEW:
            continue
        both = [*earlier, *compiles]
        total, count = sum(each.total for each in both), _shapes(both)
        frame = compiles[0].frame
        assert frame is not None
        yield Finding(
            hazard="eager-shape-churn",
            harm="slow",
            headline=f"Operations in one line met {count} different shapes, and JAX compiled "
            f"{len(both)} times for them: {quantity(total, 's')}.",
            what="Outside of `jit`, too, each operation is compiled for each shape that it meets.",
            remedy="Keep to a few shapes: pad to the next of a few sizes and mask; put the loop "
            "into one jitted function; or do work of odd shapes in NumPy.",
            frames=(frame,),
            how_often=len(both),
            evidence=tuple(dict.fromkeys(_said(each) for each in both))[:10],
        )


def _by_line(compiles: Sequence[Compile]) -> dict[tuple[str, int], list[Compile]]:
    """What was compiled for operations of JAX's own, by the user's line."""
    found: dict[tuple[str, int], list[Compile]] = {}
    for each in compiles:
        if each.frame is not None and each.call is not None and not each.call.function.is_own:
            found.setdefault((each.frame.file, each.frame.line), []).append(each)
    return found


def _shapes(compiles: list[Compile]) -> int:
    """With how many different shapes the operation that met the most of them was called."""
    met: dict[str, set[tuple[object, ...]]] = {}
    for each in compiles:
        if each.call is not None:
            shapes = tuple(argument.shape for argument in each.call.arguments)
            met.setdefault(each.name, set()).add(shapes)
    return max((len(shapes) for shapes in met.values()), default=0)


def _said(each: Compile) -> str:
    arguments = each.call.arguments if each.call is not None else ()
    return f"{each.name}({', '.join(argument.type for argument in arguments)})"


HAZARD = Hazard("eager-shape-churn", "An operation compiled for each new shape", "slow", _find)
