"""What JAX compiles for: the jitted function and the arguments of the call that is under way.

JAX's fast path handles calls that it has met before; every other call goes through a Python
function of JAX's, whose frame is on the stack while JAX traces, lowers and compiles for it. That
frame is read, so nothing of JAX's is replaced, and a call that hits costs nothing.
"""

# pyright: reportPrivateUsage=false, reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false, reportMissingTypeStubs=false

from __future__ import annotations

import functools
import inspect
import sys
import weakref
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum
from types import BuiltinFunctionType, CodeType, FrameType, FunctionType, MethodType
from typing import Any

import numpy as np
from jax._src import array, config, core, pjit

from jaxlab._jax.frames import VERSION, function_name, is_own_file
from jaxlab.errors import cut

_PLAIN = (bool, int, float, complex, str, bytes, type(None), Enum)


@dataclass(frozen=True, slots=True, eq=False)
class JittedFunction:
    """A function that was given to `jax.jit`.

    Attributes:
      reference: tells function objects apart: the same object for the same function, and for no
        other one, not even after it has died.
      name, file, line: what it is called, and where it is defined; "" and 0 where not known.
      text: equal for functions that the same source text defines.
      kind: "function", "lambda", "partial", "method" or "object".
      bound: plain values that it closes over, or that a partial gives it, by name.
    """

    reference: Any
    name: str
    file: str
    line: int
    text: int
    kind: str
    bound: tuple[tuple[str, str], ...]

    @property
    def is_own(self) -> bool:
        """Whether it is the user's own, and no library's."""
        return bool(self.file) and is_own_file(self.file)


@dataclass(frozen=True, slots=True)
class Argument:
    """One array argument of a call: a leaf of what was given.

    Attributes:
      name: `x`, `params['w']`.
      type: its type as the program takes it, in short: `f32[3,4]`.
      dtype, shape: the same in two.
      weak: whether it has JAX's weak type, a Python number's.
      sharding: where it was committed to; None where JAX was free to place it.
      given: "jax", "numpy", "python" or "" (a tracer, or something else).
      given_dtype: the dtype that it had as it was given.
      size: bytes as the program takes it.
      array: the NumPy array that was given, held weakly; None for anything else.
    """

    name: str
    type: str
    dtype: str
    shape: tuple[Any, ...]
    weak: bool
    sharding: Any
    given: str
    given_dtype: str
    size: int
    array: weakref.ref[Any] | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class StaticValue:
    """A static argument: part of what JAX compiles for.

    Attributes:
      name: the argument's.
      said: what it is, in short.
      hash: its hash; JAX compares by equality as well.
      by_identity: whether its class leaves it to identity which values are equal.
    """

    name: str
    said: str
    hash: int
    by_identity: bool


@dataclass(frozen=True, slots=True, eq=False)
class JitCall:
    """A call that JAX had no program for: what a program is compiled for.

    Attributes:
      function: what was called.
      arguments: its array arguments, flat.
      static: its static arguments.
      tree: how the arguments are nested, as JAX's PyTreeDef of (args, kwargs).
      positional: the names of the arguments that were given by position.
      context: the settings that a trace depends on, as JAX has them.
      donated: which arguments are donated, by position in `arguments`.
      results: the types of its results, flat, in short.
    """

    function: JittedFunction
    arguments: tuple[Argument, ...]
    static: tuple[StaticValue, ...]
    tree: Any = field(repr=False)
    positional: tuple[str, ...]
    context: tuple[Any, ...] = field(repr=False)
    donated: tuple[bool, ...]
    results: tuple[str, ...]


def current_jit_call() -> JitCall | None:
    """The innermost call of a jitted function that JAX compiles for in this thread.

    None where JAX compiles for something else, ahead of time for instance, and while it traces.
    """
    frame: FrameType | None = sys._getframe(1)
    while frame is not None:
        if frame.f_code.co_name == "cache_miss" and frame.f_code.co_filename == pjit.__file__:
            known = frame.f_locals
            return _call(known) if "args_flat" in known else None
        frame = frame.f_back
    return None


def _call(known: Mapping[str, Any]) -> JitCall:
    function, info, params = known["fun"], known["jit_info"], known["p"]
    args, kwargs = known["args"], known["kwargs"]
    parameters = list(info.fun_signature.parameters) if info.fun_signature is not None else []
    names = [
        parameters[place] if place < len(parameters) else f"args[{place}]"
        for place in range(len(args))
    ]
    count = len(args)
    static = {place % count for place in info.static_argnums if -count <= place < count}
    given = known["args_flat"][len(params.consts) :]
    labels = params.arg_names or ("",) * len(given)
    return JitCall(
        function=jitted_function(function),
        arguments=tuple(map(_argument, labels, params.in_avals, given)),
        static=(
            *(_static(names[place], args[place]) for place in sorted(static)),
            *(_static(name, kwargs[name]) for name in info.static_argnames if name in kwargs),
        ),
        tree=params.in_tree,
        positional=tuple(name for place, name in enumerate(names) if place not in static),
        context=config.trace_context(),
        donated=tuple(params.params["donated_invars"][len(params.consts) :]),
        results=tuple(
            aval.str_short(short_dtypes=True) for aval in params.params["jaxpr"].out_avals
        ),
    )


def _argument(name: str, aval: Any, value: Any) -> Argument:
    shape, dtype = getattr(aval, "shape", ()), getattr(aval, "dtype", None)
    sharding = None
    if isinstance(value, array.ArrayImpl):
        given = "jax"
        sharding = value.sharding if value._committed else None
    elif isinstance(value, np.ndarray | np.generic):
        given = "numpy"
    else:
        given = "" if isinstance(value, core.Tracer) else "python"
    return Argument(
        name=name,
        type=aval.str_short(short_dtypes=True),
        dtype=str(dtype) if dtype is not None else str(aval),
        shape=tuple(shape),
        weak=bool(getattr(aval, "weak_type", False)),
        sharding=sharding,
        given=given,
        given_dtype=str(value.dtype) if given == "numpy" else "",
        size=int(getattr(dtype, "itemsize", 0) * np.prod([d for d in shape if type(d) is int])),
        array=weakref.ref(value) if isinstance(value, np.ndarray) else None,
    )


def _static(name: str, value: Any) -> StaticValue:
    kind = type(value)
    by_identity = kind.__hash__ is object.__hash__ and not isinstance(value, type)
    return StaticValue(name, _said(value), hash(value), by_identity)


def _said(value: Any) -> str:
    """What a value is, without asking code of the user's, and the same for equal texts."""
    if isinstance(value, _PLAIN):
        return cut(repr(value), 60)
    if type(value) in (tuple, frozenset) and all(isinstance(part, _PLAIN) for part in value):
        return cut(repr(value), 60)
    if isinstance(value, FunctionType | type | BuiltinFunctionType):
        return value.__qualname__
    return type(value).__qualname__


def jitted_function(function: Any) -> JittedFunction:
    """What is known of a function that was given to `jax.jit`."""
    inner, bound, around = _unwrapped(function)
    code: CodeType | None = getattr(inner, "__code__", None)
    name = function_name(inner)
    kind = "lambda" if name == "<lambda>" else "function"
    if isinstance(function, functools.partial):
        kind = "partial"
    elif isinstance(function, MethodType):
        kind = "method"
    elif not isinstance(function, FunctionType | BuiltinFunctionType):
        kind = "object"
    if isinstance(inner, FunctionType):
        bound += tuple(_plain_closure(inner))
    return JittedFunction(
        reference=_reference(function),
        name=name,
        file=code.co_filename if code is not None else "",
        line=code.co_firstlineno if code is not None else 0,
        text=hash((_text(code) if code is not None else name, around)),
        kind=kind,
        bound=bound,
    )


def _reference(function: Any) -> Any:
    try:
        return weakref.ref(function)
    except TypeError:  # a builtin function lives as long as its module
        return function


def _unwrapped(function: Any) -> tuple[Any, tuple[tuple[str, str], ...], tuple[str, ...]]:
    """The function that the user wrote, the plain values bound to it, and what is round it."""
    bound: list[tuple[str, str]] = []
    around: list[str] = []
    while True:
        if isinstance(function, functools.partial):
            named = [(str(place), value) for place, value in enumerate(function.args)]
            bound += _plain((*named, *function.keywords.items()))
            around.append("partial")
            function = function.func
        elif isinstance(function, MethodType):
            around.append("method")
            function = function.__func__
        elif hasattr(function, "__wrapped__"):
            around.append(str(getattr(getattr(function, "__code__", None), "co_qualname", "")))
            function = function.__wrapped__
        elif isinstance(function, FunctionType | BuiltinFunctionType | type):
            return function, tuple(bound), tuple(around)
        else:
            call = inspect.getattr_static(type(function), "__call__", None)
            return call if isinstance(call, FunctionType) else function, tuple(bound), ("object",)


def _plain_closure(function: FunctionType) -> Iterator[tuple[str, str]]:
    cells = zip(function.__code__.co_freevars, function.__closure__ or (), strict=True)
    return iter(_plain((name, _content(cell)) for name, cell in cells))


def _content(cell: Any) -> Any:
    try:
        return cell.cell_contents
    except ValueError:  # still empty
        return cell


def _plain(named: Iterable[tuple[str, Any]]) -> list[tuple[str, str]]:
    return [(name, cut(repr(value), 40)) for name, value in named if isinstance(value, _PLAIN)]


@functools.lru_cache(maxsize=4096)
def _text(code: CodeType) -> int:
    """Equal for code that the same text compiles to, in another cell or on another line too."""
    constants = tuple(
        _text(each) if isinstance(each, CodeType) else repr(each) for each in code.co_consts
    )
    return hash((code.co_qualname, code.co_code, code.co_names, code.co_varnames, constants))


def changed_settings(new: JitCall, old: JitCall) -> tuple[tuple[str, str, str], ...]:
    """The settings in which the contexts of two calls differ: name, then, now."""
    if new.context == old.context:
        return ()
    if len(new.context) != len(old.context):
        return (("a context", "", ""),)
    names: Callable[[], tuple[str, ...]] | None = getattr(config, "trace_context_names", None)
    if names is None or VERSION < (0, 10, 2):  # JAX 0.10.0 does not say them
        said = ("a setting or a context",) * len(new.context)
    else:
        said = names()
    return tuple(
        (name, cut(str(before), 60), cut(str(now), 60))
        for name, before, now in zip(said, old.context, new.context, strict=True)
        if before != now and not name.startswith("jaxlab")
    )


def changed_structure(new: JitCall, old: JitCall) -> tuple[tuple[str, str, str], ...]:
    """Where the nesting of two calls' arguments differs: argument, then, now.

    The first place in each argument; none where they only differ in what is given by name.
    """
    if new.tree == old.tree:
        return ()
    found: list[tuple[str, str, str]] = []
    now, then = _by_argument(new), _by_argument(old)
    for name in now.keys() & then.keys():
        difference = _tree_difference(now[name], then[name], name)
        if difference is not None:
            found.append(difference)
    return tuple(sorted(found))


def given_arguments(call: JitCall) -> frozenset[str]:
    """The names of the array arguments that a call was given, by position or by name."""
    return frozenset(_by_argument(call))


def _by_argument(call: JitCall) -> dict[str, Any]:
    args, kwargs = call.tree.children()
    named = kwargs.node_data()[1]
    return dict(zip(call.positional, args.children(), strict=False)) | dict(
        zip(named, kwargs.children(), strict=True)
    )


def _tree_difference(new: Any, old: Any, path: str) -> tuple[str, str, str] | None:
    if new == old:
        return None
    now, then = new.node_data(), old.node_data()
    if now is None or then is None or now[0] is not then[0]:
        return path, _kind(old, then), _kind(new, now)
    children = new.children(), old.children()
    keys = now[1] if now[0] is dict else range(len(children[0]))
    if now[0] is dict and now[1] != then[1]:
        return path, f"keys {cut(str(then[1]))}", f"keys {cut(str(now[1]))}"
    if len(children[0]) != len(children[1]):
        return path, f"{len(children[1])} parts", f"{len(children[0])} parts"
    for key, *pair in zip(keys, *children, strict=True):
        found = _tree_difference(pair[0], pair[1], f"{path}[{key!r}]")
        if found is not None:
            return found
    return path, f"a {now[0].__name__}", f"a {now[0].__name__} whose static part is another"


def _kind(tree: Any, data: Any) -> str:
    if data is None:
        return "None" if tree.num_leaves == 0 else "an array"
    return f"a {data[0].__name__}"
