"""Which variables from outside a function's text names: those it reads, and those it changes."""

from __future__ import annotations

import ast
import linecache
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from types import CodeType

Step = tuple[str, str | int]
"""("attribute", its name) or ("item", its key)."""

_ADDS = ("append", "appendleft", "extend", "extendleft", "insert", "add", "update", "setdefault")
_TAKES = ("pop", "popleft", "popitem", "remove", "discard", "clear")
_CHANGES = frozenset((*_ADDS, *_TAKES, "sort", "reverse", "fill", "put", "resize"))
_GUARDS = (ast.In, ast.NotIn, ast.Is, ast.IsNot)
_DEFS = (ast.FunctionDef, ast.AsyncFunctionDef)


@dataclass(frozen=True, slots=True)
class Reach:
    """A variable from outside that a function names.

    Attributes:
      root: the name that it begins with.
      steps: the attributes and items that lead on from there.
      line: where it is named first.
      writes: the lines that change it; () where it is only read.
      guarded: whether the function also asks if it is there, as a cache is asked.
    """

    root: str
    steps: tuple[Step, ...]
    line: int
    writes: tuple[int, ...]
    guarded: bool

    @property
    def text(self) -> str:
        """As a person writes it: `self.rates['fast']`."""
        steps = (f".{key}" if kind == "attribute" else f"[{key!r}]" for kind, key in self.steps)
        return self.root + "".join(steps)


def reach_of(code: CodeType) -> tuple[Reach, ...]:
    """The variables from outside that a function names; () where its text is not known."""
    text = "".join(linecache.getlines(code.co_filename))
    local = {*code.co_varnames[1 if code.co_argcount else 0 :], *code.co_cellvars}
    return tuple(
        each
        for each in _named(text, code.co_firstlineno, code.co_name)
        if each.root not in local and (each.steps or each.root not in code.co_varnames)
    )


@lru_cache(maxsize=1024)
def _named(text: str, line: int, name: str) -> tuple[Reach, ...]:
    tree = _tree(text)
    function = None if tree is None else _function(tree, line, name)
    if function is None:
        return ()
    found: dict[tuple[str, tuple[Step, ...]], tuple[int, list[int]]] = {}
    guarded: set[tuple[str, tuple[Step, ...]]] = set()
    nodes = [*_inside(function)]
    items = {
        name.id
        for node in nodes
        if isinstance(node, ast.comprehension)
        for name in ast.walk(node.target)
        if isinstance(name, ast.Name)
    }
    for node in nodes:
        for chain, at, writes in _uses(node):
            known = found.setdefault(chain, (at, []))
            known[1].extend([at] if writes else [])
        guarded.update(_guarded(node))
    return tuple(
        Reach(root, steps, at, tuple(dict.fromkeys(writes)), (root, steps) in guarded)
        for (root, steps), (at, writes) in found.items()
        if root not in items
    )


@lru_cache(maxsize=64)
def _tree(text: str) -> ast.Module | None:
    try:
        return ast.parse(text)
    except (SyntaxError, ValueError):  # a cell with magics in it, as it was typed
        return None


def _function(tree: ast.Module, line: int, name: str) -> ast.AST | None:
    found: list[ast.AST] = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Lambda):
            if name == "<lambda>" and node.lineno == line:
                found.append(node)
        elif (
            isinstance(node, _DEFS)
            and node.name == name
            and line in (node.lineno, *(each.lineno for each in node.decorator_list))
        ):
            found.append(node)
    return found[0] if len(found) == 1 else None  # two lambdas of a line can't be told apart


def _inside(function: ast.AST) -> Iterator[ast.AST]:
    """What runs when the function does, without the functions that are defined in it."""
    body = getattr(function, "body", [])
    waiting: list[ast.AST] = [*body] if isinstance(body, list) else [body]
    while waiting:
        node = waiting.pop(0)
        yield node
        if isinstance(node, (*_DEFS, ast.Lambda, ast.ClassDef)):
            continue
        if isinstance(node, ast.Attribute | ast.Subscript) and _chain(node) is not None:
            if isinstance(node, ast.Subscript):
                waiting.append(node.slice)
            continue  # its parts are told with it
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            waiting += [node.func.value, *node.args, *node.keywords]
            continue
        waiting += ast.iter_child_nodes(node)


def _uses(node: ast.AST) -> Iterator[tuple[tuple[str, tuple[Step, ...]], int, bool]]:
    """What a node names, the line, and whether it changes it."""
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        chain = _chain(node.func.value)
        if chain is not None and node.func.attr in _CHANGES:
            yield chain, node.lineno, True
    if not isinstance(node, ast.Name | ast.Attribute | ast.Subscript):
        return
    chain = _chain(node)
    if chain is not None:
        yield chain, node.lineno, not isinstance(node.ctx, ast.Load)
    if isinstance(node, ast.Subscript) and not isinstance(node.ctx, ast.Load):
        holder = _chain(node.value)
        if holder is not None:
            yield holder, node.lineno, True


def _guarded(node: ast.AST) -> Iterator[tuple[str, tuple[Step, ...]]]:
    """What a node asks about, as one asks a cache whether something is in it."""
    asked: list[ast.AST] = []
    if isinstance(node, ast.Compare) and any(isinstance(each, _GUARDS) for each in node.ops):
        asked = [node.left, *node.comparators]
    elif isinstance(node, ast.If | ast.IfExp):
        test = node.test
        asked = [test.operand if isinstance(test, ast.UnaryOp) else test]
    elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        asked = [node.func.value] if node.func.attr in ("get", "setdefault") else []
    for each in asked:
        chain = _chain(each)
        if chain is not None:
            yield chain


def _chain(node: ast.AST) -> tuple[str, tuple[Step, ...]] | None:
    """A name with the attributes and the constant items that follow it; None for other nodes."""
    steps: list[Step] = []
    while True:
        if isinstance(node, ast.Attribute):
            steps.append(("attribute", node.attr))
            node = node.value
        elif (
            isinstance(node, ast.Subscript)
            and isinstance(node.slice, ast.Constant)
            and isinstance(node.slice.value, str | int)
        ):
            steps.append(("item", node.slice.value))
            node = node.value
        elif isinstance(node, ast.Subscript):
            if not steps and isinstance(node.ctx, ast.Load):
                return _chain(node.value)  # any item: the whole is read
            return None
        elif isinstance(node, ast.Name):
            return node.id, tuple(reversed(steps))
        else:
            return None
