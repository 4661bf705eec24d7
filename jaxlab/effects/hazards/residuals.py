"""What a forward pass keeps for the backward pass, where it is a lot and one line keeps most."""

from __future__ import annotations

from collections.abc import Iterator

from jaxlab.effects.hazard import Hazard
from jaxlab.effects.seen import Seen
from jaxlab.finding import Finding
from jaxlab.profiling.memory.residuals import Residual, Residuals, residuals_of
from jaxlab.quantities import quantity

LARGE = 2**30
"""Bytes kept from which on it is worth a word."""

SHARE = 0.5
"""Of what is kept, from which on one line is worth it."""


def _find(seen: Seen) -> Iterator[Finding]:
    for trace in seen.outermost:
        graph = trace.graph if trace.function.traced_for == "jit" else None
        kept = residuals_of(graph) if graph is not None else None
        if kept is None or kept.total < LARGE:
            continue
        lines = _by_line(kept)
        sizes = [sum(each.size or 0 for each in line) for line in lines]
        if not lines or sizes[0] < SHARE * kept.total:
            continue
        most = [line for line, size in zip(lines, sizes, strict=True) if size >= sizes[0] / 2]
        frames = [line[0].frame for line in most if line[0].frame is not None]
        parts = [each for line in most for each in line]
        yield Finding(
            hazard="residuals",
            harm="slow",
            headline=f"The forward pass of `{trace.name}` keeps {quantity(kept.total, 'B')} "
            f"for the backward pass, {quantity(sizes[0], 'B')} of it from one line.",
            what="A gradient needs values of the forward pass, and they stay in memory until the "
            "backward pass has read them: of a scan, those of all rounds.",
            remedy="Wrap the function with that line in `jax.checkpoint` (in a scan, its body): "
            "the backward pass then computes them again instead of keeping them.",
            frames=(*frames, *trace.frames),
            nodes=tuple(each.node for each in parts if each.node) if seen.graph is graph else (),
            evidence=tuple(
                f"{each.op} {each.value.type}: {quantity(each.size or 0, 'B')}"
                for each in parts[:5]
            ),
        )


def _by_line(kept: Residuals) -> list[list[Residual]]:
    """What is kept, line by line, the line that keeps most first."""
    lines: dict[tuple[str, int], list[Residual]] = {}
    for each in kept.saved:
        if each.frame is not None:
            lines.setdefault((each.frame.file, each.frame.line), []).append(each)
    return sorted(lines.values(), key=lambda line: -sum(each.size or 0 for each in line))


HAZARD = Hazard("residuals", "Much is kept for the backward pass", "slow", _find)
