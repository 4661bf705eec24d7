"""Which results of a call can be the donated arguments of the next one, as in a training loop."""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false, reportUnknownLambdaType=false

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import jax

from jaxlab import _jax


class _Part(NamedTuple):
    """An argument, or a result: its leaves begin at a place among all leaves."""

    start: int
    leaves: list[Any]
    structure: Any


def sources_of(arguments: Sequence[Any], lost: set[int], results: Any) -> dict[int, int]:
    """For places of lost leaves, the places of the results' leaves that can stand for them.

    An argument as a whole is found first, in the results or in one part of them, as in
    `state, loss = step(state, batch)`; then single leaves in order, each result once. What has
    no counterpart is missing.

    Args:
      arguments: one tree each.
      lost: places of leaves, counted through all arguments.
      results: what the call gave, of which a leaf fits with the same shape, type and sharding.
    """
    outputs = jax.tree_util.tree_leaves(results)
    found: dict[int, int] = {}
    offered = [*_parts([results]), *_parts(_children(results))]
    own: dict[int, Any] = {}
    for argument in _parts(arguments):
        own |= dict(enumerate(argument.leaves, argument.start))
        part = next((part for part in offered if _alike(argument, part)), None)
        if part is not None and argument.start in lost:
            steps = range(len(argument.leaves))
            found |= {argument.start + step: part.start + step for step in steps}
            ends = part.start + len(part.leaves)
            offered = [other for other in offered if _is_apart(other, part.start, ends)]
    found = {place: source for place, source in found.items() if place in lost}
    free = [source for source in range(len(outputs)) if source not in set(found.values())]
    for place in sorted(lost - set(found)):
        source = next((source for source in free if _fits(own[place], outputs[source])), None)
        if source is not None:
            found[place] = source
            free.remove(source)
    return found


def _parts(trees: Sequence[Any]) -> Iterator[_Part]:
    place = 0
    for tree in trees:
        leaves, structure = jax.tree_util.tree_flatten(tree)
        yield _Part(place, leaves, structure)
        place += len(leaves)


def _children(tree: Any) -> list[Any]:
    return jax.tree_util.tree_leaves(tree, is_leaf=lambda node: node is not tree)


def _is_apart(part: _Part, start: int, end: int) -> bool:
    return part.start + len(part.leaves) <= start or end <= part.start


def _alike(argument: _Part, part: _Part) -> bool:
    return (
        bool(argument.leaves)
        and argument.structure == part.structure
        and all(map(_fits, argument.leaves, part.leaves))
    )


def _fits(wanted: Any, offered: Any) -> bool:
    return (
        _jax.is_array(wanted)
        and _jax.is_array(offered)
        and not offered.is_deleted()
        and (wanted.shape, wanted.dtype) == (offered.shape, offered.dtype)
        and wanted.sharding.is_equivalent_to(offered.sharding, wanted.ndim)
    )
