"""Types that must not change and do: the carry of a loop, the results of branches."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from jaxlab.effects.failure import Failure, parsed
from jaxlab.effects.hazard import Hazard
from jaxlab.effects.rewrites import text_of
from jaxlab.effects.seen import Seen
from jaxlab.finding import Finding
from jaxlab.origin import Frame

_LOOP = re.compile(r"(\w+) function carry input and carry output must have")
_BRANCHES = re.compile(r"(cond|switch|case) branches must have equal output types")
_CARRY = re.compile(r"input carry(?: component)? (\S+) has type (\S+) but .*? has type (\S+?),? so")
_OUTPUTS = re.compile(r"has type (\S+) but the corresponding output of (\S+) has type (\S+?),? so")
_TYPE = re.compile(r"(\w+)\[([^\]]*)\]")


def _find(seen: Seen) -> Iterator[Finding]:
    failure = seen.failure
    if failure is None or not isinstance(failure.error, TypeError):
        return
    if _BRANCHES.search(failure.message):
        yield _of_branches(failure)
    elif found := _LOOP.search(failure.message):
        yield _of_carry(failure, found[1].removesuffix("_body").replace("scan body", "scan"))


def _of_carry(failure: Failure, kind: str) -> Finding:
    call = next((each for each in failure.path if isinstance(each, ast.Call)), None)
    name = text_of(call.func) if call is not None else kind
    found = _CARRY.search(failure.message)
    if found is None:
        headline = f"The carry of `{name}` changes its structure from one step to the next."
        remedy = "Return the carry in the form in which it comes in: the same tuples, dicts, keys."
        evidence = tuple(_differences(failure.message))
    else:
        part, before, after = found.groups()
        headline = f"The carry of `{name}` is {before} at first and {after} after a step."
        remedy = _alike(part, before, after, _start(call, name))
        evidence = (f"{part}: {before} in, {after} out",)
    return Finding(
        hazard="carry-type",
        harm="lost work",
        headline=headline,
        what="A loop is compiled once for all steps, so what it carries has one shape and type.",
        remedy=remedy,
        frames=(failure.frame, *_functions(failure, call)),
        evidence=evidence,
    )


def _start(call: ast.Call | None, name: str) -> str:
    """The loop's first carry, as written; "" where it is not known which argument that is."""
    if call is None:
        return ""
    place = {"scan": 1, "while_loop": 2, "fori_loop": 3}.get(name.rpartition(".")[2])
    if place is None or len(call.args) <= place:
        return ""
    return text_of(call.args[place])


def _alike(part: str, before: str, after: str, start: str) -> str:
    """How to make a carry's two types one."""
    first, second = _TYPE.fullmatch(before), _TYPE.fullmatch(after)
    begun = f" (`{start}`)" if start else ""
    if first is None or second is None:
        return f"Make `{part}` of one type at the start{begun} and after each step."
    if first[2] != second[2]:
        return (
            f"Start{begun} with the shape that a step gives, `jnp.zeros(({second[2]},), …)`; "
            f"or reduce the step's result to [{first[2]}]."
        ).replace(",,", ",")
    dtype = _dtype(second[1])
    return (
        f"Start{begun} with the type that a step gives, `jnp.asarray(…, jnp.{dtype})`; or end "
        f"the step with `.astype(jnp.{_dtype(first[1])})`."
    )


def _dtype(name: str) -> str:
    return name if name != "bool" else "bool_"


def _of_branches(failure: Failure) -> Finding:
    call = next((each for each in failure.path if isinstance(each, ast.Call)), None)
    name = text_of(call.func) if call is not None else "jax.lax.cond"
    found = _OUTPUTS.search(failure.message)
    types = f": {found[1]} and {found[3]}" if found is not None else ""
    cast = ""
    if found is not None and (first := _TYPE.fullmatch(found[1])):
        cast = f", as with `.astype(jnp.{_dtype(first[1])})`"
    return Finding(
        hazard="carry-type",
        harm="lost work",
        headline=f"The branches of `{name}` give different types{types}.",
        what="Either branch may run, and what comes after is compiled once: both give the same "
        "structure, shapes and types.",
        remedy=f"Make all branches give the same{cast}.",
        frames=(failure.frame, *_functions(failure, call)),
        evidence=tuple(_differences(failure.message)),
    )


def _differences(message: str) -> Iterator[str]:
    """The sentences of JAX's own message that say what differs, with Python's names for types."""
    for line in message.splitlines():
        if " but the corresponding " in line:
            named = line.replace("a <class 'jax._src.core.ShapedArray'>", "an array")
            yield re.sub(r"<class '(?:\w+\.)*(\w+)'>", r"\1", named).strip(" .*")


def _functions(failure: Failure, call: ast.Call | None) -> Iterator[Frame]:
    """Where the loop's or the branches' own functions are defined, in the same text."""
    tree = parsed(failure.frame.file)
    if call is None or tree is None:
        return
    names = {each.id for each in call.args if isinstance(each, ast.Name)}
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef) and node.name in names:
            yield Frame(failure.frame.file, node.lineno, node.name)


HAZARD = Hazard("carry-type", "A loop's carry, or a branch, that changes type", "lost work", _find)
