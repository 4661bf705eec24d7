"""The same code in NumPy, for code that only uses functions of `jax.numpy` that NumPy has too.

Nothing of the user's is changed: the code, and the user's functions that it calls, run in copies
of their namespaces, where `jax.numpy` is `numpy`, a jitted function is the plain one, and JAX's
arrays are NumPy's.
"""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false, reportUnknownLambdaType=false

from __future__ import annotations

import ast
import dis
import functools
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from types import CellType, CodeType, FunctionType, ModuleType, SimpleNamespace
from typing import Any

import jax
import numpy as np

from jaxlab import _jax
from jaxlab.errors import InputError, cut

_OF_JAX_ARRAYS = frozenset(("at", "block_until_ready", "addressable_shards"))
"""Attributes that JAX's arrays have and NumPy's have not."""

_MAKE_FLOATS = frozenset(
    ("ones", "zeros", "full", "empty", "eye", "identity", "linspace", "logspace", "geomspace")
)
"""Functions that make float32 in JAX, as long as 64 bits are off, and float64 in NumPy."""


@dataclass(frozen=True)
class Twin:
    """JAX code as NumPy runs it.

    Attributes:
      call: runs it once, and returns what its last expression gave.
      notes: how it differs from the original, a sentence each.
    """

    call: Callable[[], Any]
    notes: tuple[str, ...] = ()


def numpy_twin(source: str, namespace: Mapping[str, Any]) -> Twin:
    """A cell's code, or a call's text, in NumPy.

    Args:
      source: `loss(params, batch)`, or the lines of a cell. Its imports are done once, here.
      namespace: what its names stand for; it is not changed.

    Raises:
      InputError: it uses what NumPy has not; the message names all of it.
      SyntaxError: it is no Python.
    """
    tree = _WithoutWaiting().visit(ast.parse(source))
    imports: list[ast.stmt] = [
        line for line in tree.body if isinstance(line, ast.Import | ast.ImportFrom)
    ]
    known = dict(namespace)
    exec(compile(ast.Module(imports, []), "<imports>", "exec"), known)
    body = [line for line in tree.body if line not in imports]
    last = body.pop() if body and isinstance(body[-1], ast.Expr) else ast.parse("None").body[0]
    assert isinstance(last, ast.Expr)
    run = compile(ast.Module(body, []), "<numpy twin>", "exec")
    give = compile(ast.Expression(last.value), "<numpy twin>", "eval")
    twins = _Twins()
    names = twins.space_for((run, give), known)
    twins.check()

    def call() -> Any:
        scope = dict(names)
        exec(run, scope)
        return eval(give, scope)

    return Twin(call, twins.notes)


def numpy_twin_of_call(
    function: Callable[..., Any],
    args: tuple[Any, ...] = (),
    kwargs: Mapping[str, Any] | None = None,
) -> Twin:
    """A call of a function in NumPy; see `numpy_twin`."""
    twins = _Twins()
    twin, arrays, names = twins.of(function), twins.of(args), twins.of(dict(kwargs or {}))
    twins.check()
    return Twin(lambda: twin(*arrays, **names), twins.notes)


class _WithoutWaiting(ast.NodeTransformer):
    """Drops `.block_until_ready()`: NumPy's results are there."""

    def visit_Call(self, node: ast.Call) -> ast.AST:
        self.generic_visit(node)
        called = node.func
        if isinstance(called, ast.Attribute) and called.attr == "block_until_ready":
            return node if node.args else called.value
        return node


def _jit(function: Any = None, **_options: Any) -> Any:
    """What stands for `jax.jit`, also with options only, as a decorator."""
    return (lambda decorated: decorated) if function is None else function


_JAX = SimpleNamespace(numpy=np, jit=_jit, block_until_ready=lambda results: results)
"""What stands for the module `jax`."""


@dataclass
class _Twins:
    """What stands for what, each made once; and what has no counterpart.

    Attributes:
      made: by identity: the original, which is kept alive, and its twin.
      spaces: the same for the globals of functions.
      missing: what NumPy has not, as it is written: `jnp.fft.nothing`.
      floats: functions used that make other floats in NumPy.
    """

    made: dict[int, tuple[Any, Any]] = field(default_factory=dict[int, tuple[Any, Any]])
    spaces: dict[int, tuple[Any, dict[str, Any]]] = field(
        default_factory=dict[int, tuple[Any, dict[str, Any]]]
    )
    missing: set[str] = field(default_factory=set[str])
    floats: set[str] = field(default_factory=set[str])

    @property
    def notes(self) -> tuple[str, ...]:
        """How the twins differ from the originals."""
        if not self.floats or jax.dtypes.canonicalize_dtype(float) == np.float64:
            return ()
        names = ", ".join(f"`{name}`" for name in sorted(self.floats))
        return (f"NumPy makes float64 where JAX makes float32: {names}. That is twice the memory.",)

    def check(self) -> None:
        """Raise InputError where something has no counterpart."""
        if self.missing:
            names = ", ".join(f"`{name}`" for name in sorted(self.missing))
            raise InputError(
                f"NumPy has no {cut(names, 200)}. Only code that uses functions of `jax.numpy` "
                "that NumPy has can be compared with it as it stands."
            )

    def of(self, value: Any) -> Any:
        """What stands for a value; the value itself where it is not of JAX's."""
        if _jax.is_array(value):
            return np.array(value)  # a copy: NumPy code may write into it
        if isinstance(value, ModuleType):
            return _numpy_of(value)
        if isinstance(value, jax.stages.Wrapped) and not _of_jax(value):
            return self.of(getattr(value, "__wrapped__", value))
        if callable(value):
            return self._callable(value)
        if not jax.tree_util.all_leaves([value]):
            return jax.tree_util.tree_map(self.of, value)
        return value

    def _callable(self, value: Any) -> Any:
        if value is jax.jit or value is jax.block_until_ready:
            return getattr(_JAX, value.__name__)
        if isinstance(value, functools.partial):
            args, kwargs = self.of(value.args), self.of(value.keywords)
            return functools.partial(self.of(value.func), *args, **kwargs)
        if _of_jax(value):
            name = _jax.function_name(value)
            if not hasattr(np, name):
                self.missing.add(name)
            return getattr(np, name, None)
        if isinstance(value, FunctionType) and _jax.is_user_file(value.__code__.co_filename):
            return self._function(value)
        method: Any = getattr(value, "__func__", getattr(type(value), "__call__", None))  # noqa: B004
        if isinstance(method, FunctionType) and _uses_jax(method):
            owner = type(getattr(value, "__self__", value)).__name__
            self.missing.add(f"{owner}.{method.__name__}")
        return value

    def _function(self, function: FunctionType) -> Any:
        if function.__module__.split(".")[0] == "numpy":
            return function
        if id(function) not in self.made:
            space = self._space(function.__globals__)
            cells = tuple(
                CellType(self.of(cell.cell_contents)) for cell in function.__closure__ or ()
            )
            defaults = self.of(function.__defaults__)
            twin = FunctionType(function.__code__, space, function.__name__, defaults, cells)
            twin.__kwdefaults__ = self.of(function.__kwdefaults__)
            self.made[id(function)] = (function, twin)  # before its names: it may call itself
            self._fill(function.__code__, function.__globals__, space)
        return self.made[id(function)][1]

    def _space(self, names: dict[str, Any]) -> dict[str, Any]:
        return self.spaces.setdefault(id(names), (names, dict(names)))[1]

    def space_for(self, codes: Iterable[CodeType], names: dict[str, Any]) -> dict[str, Any]:
        """A copy of a namespace in which some code finds twins for the names that it uses."""
        space = self._space(names)
        for code in codes:
            self._fill(code, names, space)
        return space

    def _fill(self, code: CodeType, names: dict[str, Any], space: dict[str, Any]) -> None:
        for chain in _chains(code):
            if chain[0] in names:
                self._follow(names[chain[0]], chain)
                space[chain[0]] = self.of(names[chain[0]])
            if not isinstance(names.get(chain[0]), ModuleType):
                self.missing.update(f".{name}" for name in chain[1:] if name in _OF_JAX_ARRAYS)

    def _follow(self, module: Any, chain: tuple[str, ...]) -> None:
        """Note what a chain of attributes, `jnp.linalg.norm`, has no counterpart for."""
        for place, name in enumerate(chain[1:], 2):
            if not isinstance(module, ModuleType):
                return
            found = getattr(module, name, None)
            if _of_jax(module):
                if not hasattr(_numpy_of(module), name):
                    self.missing.add(".".join(chain[:place]))
                    return
                self.floats |= {name} & _MAKE_FLOATS
            elif isinstance(found, FunctionType) and _uses_jax(found):
                self.missing.add(".".join(chain[:place]))
            module = found


def _chains(code: CodeType) -> Iterator[tuple[str, ...]]:
    """The attributes that code asks for: `jnp.linalg.norm` is ("jnp", "linalg", "norm").

    One that begins with a local value or a result begins with "".
    """
    chain: tuple[str, ...] = ()
    for step in dis.get_instructions(code):
        if step.opname in ("LOAD_ATTR", "LOAD_METHOD"):
            chain = (*(chain or ("",)), step.argval)
            continue
        if chain:
            yield chain
        chain = (step.argval,) if step.opname in ("LOAD_GLOBAL", "LOAD_NAME") else ()
    if chain:
        yield chain
    for inner in code.co_consts:
        if isinstance(inner, CodeType):
            yield from _chains(inner)


def _of_jax(value: Any) -> bool:
    """Whether a module, or a function, is JAX's own."""
    module = value.__name__ if isinstance(value, ModuleType) else getattr(value, "__module__", "")
    return str(module).split(".")[0] in ("jax", "jaxlib")


def _numpy_of(module: ModuleType) -> Any:
    """What stands for a module: NumPy for `jax.numpy`; itself where it is not JAX's."""
    if module is jax:
        return _JAX
    if not module.__name__.startswith("jax.numpy"):
        return SimpleNamespace() if _of_jax(module) else module
    parts = module.__name__.split(".")[2:]
    return functools.reduce(lambda found, part: getattr(found, part, SimpleNamespace()), parts, np)


def _uses_jax(function: FunctionType) -> bool:
    """Whether a function has JAX at hand: its module imports it."""
    return any(isinstance(v, ModuleType) and _of_jax(v) for v in function.__globals__.values())
