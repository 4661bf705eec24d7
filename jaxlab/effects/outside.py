"""What traced functions reach outside of themselves: changed by the trace, or read by it."""

from __future__ import annotations

import gc
import io
import re
import sys
import weakref
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from types import CellType, CodeType, FrameType, FunctionType
from typing import Any

from jaxlab import _jax
from jaxlab.effects.reach import Reach, reach_of
from jaxlab.effects.seen import HostCall, Mutation, Read
from jaxlab.effects.values import ABSENT, Snapshot, follow, snapshot
from jaxlab.origin import Frame

_MOST_FUNCTIONS = 500
_CACHE = re.compile(r"cache|memo", re.IGNORECASE)
_BUILDS = ("__init__", "__post_init__", "__new__", "setup")
_PLAIN = ("builtins", "abc", "typing", "collections", "enum", "__main__")


@dataclass(slots=True)
class _Entered:
    """A function of the user's that a trace entered, and what it reached then."""

    code: CodeType
    reach: tuple[Reach, ...]
    names: dict[str, Any]
    owner: weakref.ref[Any] | None
    values: dict[str, Any]  # of closure cells
    before: dict[str, Snapshot] = field(default_factory=dict[str, Snapshot])


class Outside:
    """What the functions that one outermost trace enters reach outside of it."""

    def __init__(self) -> None:
        self._entered: dict[tuple[int, int], _Entered] = {}

    def enter(self, frame: FrameType) -> None:
        """A function begins: note what it reaches, as it is before it runs."""
        code = frame.f_code
        has_owner = bool(code.co_argcount) and code.co_name not in _BUILDS
        owner = frame.f_locals.get(code.co_varnames[0]) if has_owner else None
        key = id(code), id(owner)
        if key in self._entered or len(self._entered) >= _MOST_FUNCTIONS:
            return
        reach = reach_of(code)
        kept = _owner(owner) if reach and owner is not None else None
        kept_cells = code.co_freevars if reach and not _jax.checks_leaks() else ()
        cells = {name: frame.f_locals.get(name, ABSENT) for name in kept_cells}
        entered = _Entered(code, reach, frame.f_globals, kept, cells)
        for each in reach:
            find = self._find(entered, each, None)
            if find is not None:
                entered.before[each.text] = snapshot(find())
        self._entered[key] = entered

    def end(self) -> tuple[list[Mutation], list[Read], list[HostCall]]:
        """The trace has ended: what it changed, what it only read, iterators that it took from."""
        changed: list[Mutation] = []
        taken: list[HostCall] = []
        reads: list[Read] = []
        functions = self._functions()
        for entered in self._entered.values():
            for each in entered.reach:
                before = entered.before.get(each.text)
                find = self._find(entered, each, functions.get(id(entered.code)))
                if before is None or find is None:
                    continue
                value = find()
                after = snapshot(value)
                name = entered.code.co_qualname.replace("<locals>.", "")
                if each.writes:
                    lines = tuple(
                        Frame(entered.code.co_filename, line, name) for line in each.writes
                    )
                    if _is_change(each, before, after):
                        changed.append(Mutation(each.text, lines, before.said, after.said))
                elif _is_iterator(value):
                    place = Frame(entered.code.co_filename, each.line, name)
                    taken.append(HostCall("iterator", each.text, place))
                elif not after.traced and after.key[0] != "object":
                    place = Frame(entered.code.co_filename, each.line, name)
                    owner = entered.owner if each.root in entered.code.co_varnames else None
                    reads.append(Read(each.text, place, find, owner, after))
        written = {each.text for one in self._entered.values() for each in one.reach if each.writes}
        return changed, [each for each in reads if not _is_under(each.name, written)], taken

    def _find(
        self, entered: _Entered, each: Reach, function: FunctionType | None
    ) -> Callable[[], Any] | None:
        """How to look a variable up, now and later; None where it is of no concern."""
        code, steps = entered.code, each.steps
        if each.root in code.co_freevars:
            if self._is_made_here(code, each.root):
                return None
            if function is None:
                value = entered.values.get(each.root, ABSENT)
                return lambda: follow(value, steps)
            cell = (function.__closure__ or ())[code.co_freevars.index(each.root)]
            return lambda: follow(_content(cell), steps)
        if each.root in code.co_varnames:
            owner = entered.owner
            if owner is None or (alive := owner()) is None:
                return None
            del alive
            return lambda: follow(owner(), steps)
        names, root = entered.names, each.root
        if root not in names:  # one of Python's own
            return None
        return lambda: follow(names.get(root, ABSENT), steps)

    def _is_made_here(self, code: CodeType, name: str) -> bool:
        """Whether a variable belongs to a function that runs during this trace."""
        return any(
            name in one.code.co_cellvars
            and code.co_qualname.startswith(f"{one.code.co_qualname}.<locals>.")
            for one in self._entered.values()
        )

    def _functions(self) -> dict[int, FunctionType]:
        """The functions with closures among those entered, by their code: one look for them all."""
        codes = {
            id(one.code): one
            for one in self._entered.values()
            if any(not self._is_made_here(one.code, name) for name in one.values)
        }
        if not codes:
            return {}
        found: dict[int, list[FunctionType]] = {}
        for each in gc.get_referrers(*(one.code for one in codes.values())):
            if type(each) is FunctionType and id(each.__code__) in codes:
                found.setdefault(id(each.__code__), []).append(each)
        return {code: each[0] for code, each in found.items() if len(each) == 1}


def _content(cell: CellType) -> Any:
    try:
        return cell.cell_contents
    except ValueError:  # empty
        return ABSENT


def _owner(value: Any) -> weakref.ref[Any] | None:
    """A method's object, held weakly, if its class and what that derives from is the user's."""
    for kind in type(value).__mro__:
        if kind.__module__ in _PLAIN:
            continue
        file = getattr(sys.modules.get(kind.__module__), "__file__", None)
        if not isinstance(file, str) or not _jax.is_own_file(file):
            return None
    try:
        return weakref.ref(value)
    except TypeError:  # it has slots, or is Python's own
        return None


def _is_change(each: Reach, before: Snapshot, after: Snapshot) -> bool:
    """Whether a trace changed what it should not: no cache, nothing set up when first needed."""
    first = before.key in (("NoneType", None), ("object", "builtins", "object"))
    kept = each.guarded or first or _CACHE.search(each.text)
    return before != after and not kept and not after.traced


def _is_iterator(value: Any) -> bool:
    return isinstance(value, Iterator) and not isinstance(value, io.IOBase)


def _is_under(name: str, written: set[str]) -> bool:
    return any(name == each or name.startswith((f"{each}.", f"{each}[")) for each in written)
