"""Arguments for calling a compiled program again and again, on the device before each call.

A donated argument is gone after a call. The user's own arrays are never donated by us: the first
call takes copies. Later ones take the results of the call before where these have the place, the
type and the sharding of what was donated, as in a training loop; else copies again.
"""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false

from __future__ import annotations

import inspect
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jax
import numpy as np

from jaxlab import _jax
from jaxlab.errors import InputError, cut
from jaxlab.profiling.stages.donation import sources_of
from jaxlab.quantities import quantity


def check_inputs(function: Callable[..., Any], args: Sequence[Any], kwargs: dict[str, Any]) -> None:
    """Make sure that a call can be run on its arguments.

    Raises:
      InputError: an argument stands for an array that does not exist, or its buffer is gone.
    """
    for name, leaf in _named_leaves(function, args, kwargs):
        if isinstance(leaf, jax.ShapeDtypeStruct):
            raise InputError(
                f"`{cut(name)}` is abstract ({_jax.short_type(leaf)}): there is nothing to run on. "
                "Give an array, or ask for the time of compiling alone."
            )
        if _jax.is_array(leaf) and leaf.is_deleted():
            raise InputError(
                f"The buffer of `{cut(name)}` is gone: it was donated to an earlier call, or "
                "deleted. Make the array again, or give a copy."
            )


@dataclass(frozen=True)
class Leaf:
    """One array of a call's arguments, as the compiled program has it.

    Attributes:
      name: `state['w']`.
      sharding: where the program wants it; None where it does not use it.
      donated: whether the program may take its buffer.
    """

    name: str
    sharding: Any
    donated: bool


class Arguments:
    """The arguments of each next call of a compiled program.

    Attributes:
      notes: what was done for it, a sentence each; all of them after the first call.
    """

    def __init__(
        self, args: tuple[Any, ...], kwargs: dict[str, Any], leaves: Sequence[Leaf]
    ) -> None:
        """Put everything on the device.

        Args:
          args, kwargs: those that move; static ones are not among them.
          leaves: what is known of each leaf, in order.

        Raises:
          InputError: there is no room on the device for copies of what is donated.
        """
        given, self._tree = jax.tree_util.tree_flatten((args, kwargs))
        self._leaves = tuple(leaves)
        self._own = [_placed(x, leaf.sharding) for x, leaf in zip(given, leaves, strict=True)]
        self._next: list[Any] = list(self._own)
        is_as_given = all(x is own for x, own in zip(given, self._own, strict=True))
        self._as_given = (args, kwargs) if is_as_given else None
        self._donated = [i for i, leaf in enumerate(leaves) if leaf.donated and leaf.sharding]
        self._copied = list(self._donated)
        self._sources: dict[int, int] | None = None
        self.notes: tuple[str, ...] = tuple(_on_hosts(self._leaves, given))
        _check_room([self._own[place] for place in self._donated])

    def take(self) -> tuple[tuple[Any, ...], dict[str, Any]]:
        """Arguments for the next call; its donated ones are ours to lose."""
        if self._as_given is not None and not self._donated:
            return self._as_given  # a dict made anew has its keys sorted, which JAX then need not
        for place in self._copied:
            self._next[place] = jax.block_until_ready(self._own[place].copy())
        return jax.tree_util.tree_unflatten(self._tree, self._next)

    def give(self, results: Any) -> None:
        """Take from the results of the last call what the next one's donated arguments can be."""
        if not self._donated:
            return
        if self._sources is None:
            self._sources = self._plan(results)
        outputs = jax.tree_util.tree_leaves(results) if self._sources else []
        for place, source in self._sources.items():
            self._next[place] = outputs[source]

    def _plan(self, results: Any) -> dict[int, int]:
        """Where lost arguments come from, seen from what the first call took and gave."""
        lost = {place for place in self._donated if self._next[place].is_deleted()}
        args, kwargs = jax.tree_util.tree_unflatten(self._tree, self._own)
        sources = sources_of((*args, *(kwargs[name] for name in sorted(kwargs))), lost, results)
        self._copied = sorted(lost - set(sources))
        taken, copied = self._listed(sources), self._listed(self._copied)
        if taken:
            self.notes += (f"Donated: {taken} of each run is from the results of the run before.",)
        if copied:
            self.notes += (f"Donated: {copied} is copied for each run, outside its time.",)
        return sources

    def _listed(self, places: Sequence[int] | dict[int, int]) -> str:
        return listed([self._leaves[place].name for place in places])


def free_bytes(device: Any) -> int | None:
    """How much memory a device has left; None where nobody says."""
    known = device.memory_stats()
    if known and "bytes_limit" in known:
        return int(known["bytes_limit"]) - int(known.get("bytes_in_use", 0))
    memory = Path("/proc/meminfo")
    if device.platform != "cpu" or not memory.exists():
        return None
    lines = dict(line.split(":", 1) for line in memory.read_text().splitlines())
    return int(lines["MemAvailable"].split()[0]) * 1024 if "MemAvailable" in lines else None


def listed(names: Sequence[str]) -> str:
    """Names for a sentence, the first three of them: "`x`, `y`, `z` and 5 more"."""
    shown = ", ".join(f"`{cut(name, 40)}`" for name in names[:3])
    return shown if len(names) <= 3 else f"{shown} and {len(names) - 3:,} more"


def _placed(leaf: Any, sharding: Any) -> Any:
    """A leaf where the program wants it; the very same array where it is there already."""
    if sharding is None:
        return leaf
    if _jax.is_array(leaf) and leaf.sharding.is_equivalent_to(sharding, leaf.ndim):
        return leaf
    return jax.block_until_ready(jax.device_put(leaf, sharding))


def _check_room(arrays: Sequence[Any]) -> None:
    needed: defaultdict[Any, int] = defaultdict(int)
    for array in arrays:
        for device in array.sharding.addressable_devices:
            shape = array.sharding.shard_shape(array.shape)
            needed[device] += int(np.prod(shape)) * array.dtype.itemsize
    for device, size in needed.items():
        free = free_bytes(device)
        if free is not None and size > free:
            raise InputError(
                f"No room for copies of what is donated: they take {quantity(size, 'B')}, and "
                f"{device} has {quantity(free, 'B')} free. Free some of it, profile a smaller "
                "size, or profile it without donation."
            )


def _named_leaves(
    function: Callable[..., Any], args: Sequence[Any], kwargs: dict[str, Any]
) -> Iterator[tuple[str, Any]]:
    """Each leaf of a call's arguments, with the name that a person has for it: `state['w']`."""
    try:
        parameters = list(inspect.signature(function).parameters.values())
    except (TypeError, ValueError):  # a builtin
        parameters = []
    names = [p.name for p in parameters if p.kind is not inspect.Parameter.VAR_POSITIONAL]
    given = dict(kwargs)
    for place, arg in enumerate(args):
        name = names[place] if place < len(names) else f"argument {place + 1}"
        given[name] = arg
    for name, tree in given.items():
        for path, leaf in jax.tree_util.tree_flatten_with_path(tree)[0]:
            yield f"{name}{jax.tree_util.keystr(path)}", leaf


def _on_hosts(leaves: Sequence[Leaf], given: Sequence[Any]) -> Iterator[str]:
    pairs = zip(leaves, given, strict=True)
    found = [(leaf.name, x.nbytes) for leaf, x in pairs if isinstance(x, np.ndarray)]
    if found:
        size = quantity(sum(size for _, size in found), "B")
        yield (
            f"From NumPy: {listed([name for name, _ in found])} ({size}), put on the device once "
            "before; a plain call does that each time."
        )
