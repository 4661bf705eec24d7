"""A call run twice, compiled and without `jit`: what differs, it hides."""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import jax
import numpy as np

from jaxlab import _jax

_TOLERANCE = 1e3
"""Steps of the dtype's precision by which sums in another order may differ."""


@dataclass(frozen=True, slots=True)
class Twice:
    """What a call gave compiled, and what without `jit`.

    Attributes:
      name: the function's.
      largest: the largest difference of two numbers, by the size of the larger one.
      where: the leaf that it is in: `[0]['loss']`; "" where there is only one.
      compiled, plain: the two numbers, as text.
      differs: whether that is more than rounding explains, or the structure is another.
    """

    name: str
    largest: float
    where: str
    compiled: str
    plain: str
    differs: bool

    def __str__(self) -> str:
        if self.differs:
            return f"Compiled and without `jit`, `{self.name}` gives different results."
        return (
            f"Compiled and without `jit`, `{self.name}` gives the same (largest relative "
            f"difference {self.largest:.1e})."
        )


def run_twice(
    function: Callable[..., Any], args: Sequence[Any], kwargs: Mapping[str, Any]
) -> Twice:
    """Run a call as it stands, and once more under `jax.disable_jit()`; its side effects repeat."""
    copies: Any = jax.tree.map(_copied, (args, kwargs))
    with jax.disable_jit():
        plain = jax.block_until_ready(function(*copies[0], **copies[1]))
    compiled = jax.block_until_ready(function(*args, **kwargs))
    return compared(_jax.function_name(function), compiled, plain)


def _copied(leaf: Any) -> Any:
    return leaf.copy() if _jax.is_array(leaf) else leaf


def compared(name: str, compiled: Any, plain: Any) -> Twice:
    """Where two results differ most."""
    ones, tree = jax.tree_util.tree_flatten_with_path(compiled)
    others, other_tree = jax.tree_util.tree_flatten_with_path(plain)
    if tree != other_tree:
        return Twice(name, np.inf, "", str(tree), str(other_tree), differs=True)
    worst = Twice(name, 0.0, "", "", "", differs=False)
    for (path, one), (_, other) in zip(ones, others, strict=True):
        found = _leaf(name, jax.tree_util.keystr(path), one, other)
        if (found.differs, found.largest) > (worst.differs, worst.largest):
            worst = found
    return worst


def _leaf(name: str, where: str, one: Any, other: Any) -> Twice:
    first, second = np.asarray(one), np.asarray(other)
    if first.shape != second.shape or first.dtype.kind not in "biufc":
        same = first.shape == second.shape and bool(np.all(first == second))
        return Twice(name, 0.0 if same else np.inf, where, str(one), str(other), differs=not same)
    if not first.size:
        return Twice(name, 0.0, where, "", "", differs=False)
    wide, other_wide = first.astype(np.complex128), second.astype(np.complex128)
    same = (wide == other_wide) | (np.isnan(wide) & np.isnan(other_wide))
    finite = np.isfinite(wide) & np.isfinite(other_wide)
    apart = np.where(finite, abs(np.where(finite, wide, 0) - np.where(finite, other_wide, 0)), 0)
    size = np.where(finite, np.maximum(abs(wide), abs(other_wide)), 0)
    relative = np.where(finite, apart / np.maximum(size, 1e-30), np.inf)
    relative = np.where(same, 0.0, relative)
    place = np.unravel_index(int(np.argmax(relative)), relative.shape)
    allowed = _TOLERANCE * float(np.finfo(first.dtype).eps) if first.dtype.kind in "fc" else 0.0
    # What nearly cancels has no relative precision: it counts by the array's own scale.
    rounded = float(apart[place]) <= 1e-2 * allowed * float(size.max()) and bool(finite[place])
    largest = float(relative[place])
    return Twice(
        name,
        largest,
        where,
        str(first[place]),
        str(second[place]),
        differs=largest > allowed and not (allowed and rounded),
    )
