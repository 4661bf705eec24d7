"""Donation: which results take over an argument's memory, which could, and which could not."""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple, cast

import jax

from jaxlab._jax import names_of, open_jaxpr
from jaxlab.graph import ArrayType, Graph

_WORTH_SAYING = 0.01
"""The part of all arguments' bytes from which on a remedy is given."""

_PARAMETER = re.compile(r"\((\d+), \{([\d,]*)\}")
_ROOT = re.compile(r"[A-Za-z_]\w*")


@dataclass(frozen=True, slots=True)
class ArgumentReuse:
    """What became of one argument's memory, all its arrays together, on one device.

    Attributes:
      name: the argument's, `state`; "" where the program has no names.
      arrays, size: how many arrays and bytes it has.
      donated: bytes of those that were donated; None where that is not known.
      reused: bytes that results took over.
      reusable: bytes of what was not donated and has the type of a result that needed new memory.
      remedy: what to write so that they are reused; "" where there is nothing to gain.
    """

    name: str
    arrays: int
    size: int
    donated: int | None
    reused: int
    reusable: int
    remedy: str

    @property
    def unusable(self) -> int:
        """Bytes that were donated and that no result could take over."""
        return max(0, (self.donated or 0) - self.reused)


@dataclass(frozen=True, slots=True)
class Reuse:
    """What donation saves and what it could save, argument by argument, the largest first."""

    arguments: tuple[ArgumentReuse, ...]
    notes: tuple[str, ...] = ()

    @property
    def saved(self) -> int:
        """Bytes that results took over from arguments."""
        return sum(each.reused for each in self.arguments)

    @property
    def could_save(self) -> int:
        """Bytes more that donation would save, if the caller needs those arguments no longer."""
        return sum(each.reusable for each in self.arguments)

    @property
    def unusable(self) -> int:
        """Bytes that were donated in vain."""
        return sum(each.unusable for each in self.arguments)


_Key = tuple[int, tuple[int, ...]]
"""An array that a program is given: the parameter's number, and the place in its tuple."""


class _Leaf(NamedTuple):
    """One array that the program is given."""

    name: str
    type: ArrayType
    key: _Key


def reuse_of(hlo: Graph, traced: Any = None) -> Reuse:
    """What donation did for a compiled program, and what more it could do.

    An argument could be donated where a result of the same type has no argument's memory yet;
    each result counts once. That the caller needs the argument no longer is for the user to say.

    Args:
      hlo: the optimized HLO.
      traced: JAX's Traced of the program, to know what was donated and what names arguments
        have; without it, only what is reused and what could be is known.
    """
    leaves = list(_arguments(hlo))
    aliased = dict(_aliases(hlo))
    taken = set(aliased.values())
    donated, notes = _donated(traced, leaves)
    offered = taken | (donated or set())
    reusable = _reusable(hlo, aliased, [leaf for leaf in leaves if leaf.key not in offered])
    parameters = _parameters(traced)
    least = max(1, _WORTH_SAYING * _bytes(leaves))

    def of_argument(name: str, mine: list[_Leaf]) -> ArgumentReuse:
        more = _bytes(leaf for leaf in mine if leaf.key in reusable)
        return ArgumentReuse(
            name,
            len(mine),
            _bytes(mine),
            None if donated is None else _bytes(leaf for leaf in mine if leaf.key in donated),
            _bytes(leaf for leaf in mine if leaf.key in taken),
            more,
            _remedy(name, name in parameters) if more >= least else "",
        )

    by_name: dict[str, list[_Leaf]] = {}
    for leaf in leaves:
        by_name.setdefault(_root_of(leaf.name), []).append(leaf)
    arguments = [of_argument(name, mine) for name, mine in by_name.items()]
    return Reuse(tuple(sorted(arguments, key=lambda each: -each.size)), notes)


def _bytes(leaves: Iterable[_Leaf]) -> int:
    return sum(leaf.type.bytes or 0 for leaf in leaves)


def _reusable(
    hlo: Graph, aliased: Mapping[tuple[int, ...], _Key], candidates: Iterable[_Leaf]
) -> set[_Key]:
    """Candidates with the type of a result that has no argument's memory; each result once."""
    result = hlo.main.outputs[0].type if hlo.main.outputs else None
    free = Counter(_kind(type_) for place, type_ in _leaves(result) if place not in aliased)
    found: set[_Key] = set()
    for leaf in candidates:
        if free[_kind(leaf.type)]:
            free[_kind(leaf.type)] -= 1
            found.add(leaf.key)
    return found


def _arguments(hlo: Graph) -> Iterator[_Leaf]:
    for value in hlo.main.inputs:
        number = int(value.id.rpartition("<")[2])
        for place, type_ in _leaves(value.type):
            yield _Leaf(value.name, type_, (number, place))


def _leaves(type_: ArrayType | None) -> Iterator[tuple[tuple[int, ...], ArrayType]]:
    """The arrays in a type, each with its place."""
    if type_ is None or type_.kind == "token":
        return
    if type_.kind != "tuple":
        yield (), type_
        return
    for place, element in enumerate(type_.elements):
        for inner, leaf in _leaves(element):
            yield (place, *inner), leaf


def _kind(type_: ArrayType) -> tuple[object, ...]:
    return type_.dtype, type_.shape, type_.layout, type_.memory_space


def _aliases(hlo: Graph) -> Iterator[tuple[tuple[int, ...], _Key]]:
    """(place of a result, the argument whose memory it takes over)."""
    pairs = cast("tuple[tuple[str, str], ...]", hlo.facts.get("input_output_alias", ()))
    for output, text in pairs:
        found = _PARAMETER.match(text)
        if found is not None:
            yield _numbers(output), (int(found[1]), _numbers(found[2]))


def _numbers(text: str) -> tuple[int, ...]:
    return tuple(int(number) for number in re.findall(r"\d+", text))


def _donated(traced: Any, leaves: list[_Leaf]) -> tuple[set[_Key] | None, tuple[str, ...]]:
    """The arguments that were donated; None, and why, where that is not known.

    The compiled program lacks arguments that nothing reads, so they are matched by name, or by
    order where all are there.
    """
    if traced is None:
        return None, ("What was donated is not known: the program was not traced here.",)
    flags = [bool(info.donated) for info in jax.tree_util.tree_leaves(traced.args_info)]
    names = _input_names(traced)
    if len(names) == len(flags) and len(set(names)) == len(names) and "" not in names:
        by_name = dict(zip(names, flags, strict=True))
        if all(leaf.name in by_name for leaf in leaves):
            return {leaf.key for leaf in leaves if by_name[leaf.name]}, ()
    if len(leaves) == len(flags):
        return {leaf.key for leaf, flag in zip(leaves, flags, strict=True) if flag}, ()
    return None, ("What was donated is not known: the compiled program has other arguments.",)


def _input_names(traced: Any) -> list[str]:
    return list(names_of(open_jaxpr(traced.jaxpr)[0])[1])


def _parameters(traced: Any) -> set[str]:
    """Names that are parameters of the function, which `args[0]` of `*args` is not."""
    if traced is None:
        return set()
    paths = [path for path, _ in jax.tree_util.tree_flatten_with_path(traced.args_info)[0]]
    names = _input_names(traced)
    if len(names) != len(paths):
        return set()
    return {
        _root_of(name)
        for name, path in zip(names, paths, strict=True)
        if name and name == _root_of(name) + jax.tree_util.keystr(path[2:])
    }


def _root_of(name: str) -> str:
    found = _ROOT.match(name)
    return found[0] if found else ""


def _remedy(root: str, is_parameter: bool) -> str:
    if is_parameter:
        return f"donate_argnames={root!r}"
    return f"donate `{root}`" if root else "donate them"
