"""Name-stack text to scopes and transforms: `jit(step)/transpose(jvp(block_3))/attn/mul`.

HLO keeps a name stack as one text (`op_name`), StableHLO as a location's name. JAX wraps a
transform round the scope that follows it, and puts names of its own between the user's: the
calls it lowered (`jit(relu)`, `closed_call`), the parts of its loops (`while/body`). Those are
kept out of the scopes, so that scopes agree with the equation's own name stack.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

from jaxlab._jax import TAG_PREFIX

_TRANSFORMS = frozenset({"jvp", "transpose", "vmap", "pmap"})
_CALLS = frozenset({"jit", "pjit"})
_WRAPPER = re.compile(rf"({'|'.join(sorted(_TRANSFORMS | _CALLS))})\(")
_PARENTHESIS = re.compile(r"[()]")
_TAG = re.compile(re.escape(TAG_PREFIX) + r"\d+\.\d+")

# What a lowering rule puts on the stack: the name, and the pattern of the name that follows it.
_PAIRS = {
    "while": re.compile(r"body|cond|body_pred"),
    "cond": re.compile(r"branch_\d+_fun"),
}
# JAX 0.10 says closed_call where 0.12 says eval_jaxpr.
_PLUMBING = frozenset(
    {
        "closed_call",
        "core_call",
        "custom_jvp_call",
        "custom_vjp_call",
        "custom_vjp_call_jaxpr",
        "eval_jaxpr",
        "shard_map",
    }
)
_REMATERIALIZATION = frozenset({"checkpoint", "rematted_computation"})

# Where MLIR fused the locations of two operations; each half is a whole name stack.
_FUSED = re.compile(r";(?=p?jit\()")


_TAG_ELEMENT = re.compile(rf"{_TAG.pattern}/|/?{_TAG.pattern}")


class SplitName(NamedTuple):
    """The parts of a name stack, each outermost first, and the primitive it ends with."""

    scopes: tuple[str, ...]
    transforms: tuple[str, ...]
    tags: tuple[str, ...]
    primitive: str


class _Token(NamedTuple):
    kind: str  # "scope", "transform" or "call"
    name: str


@lru_cache(maxsize=65_536)
def split_name_stack(text: str) -> SplitName:
    """Split an `op_name`, or a location's name, whose last element names the primitive.

    A user's scope that contains `/` becomes several: no text can tell the two apart. Where XLA
    or MLIR joined two names by `;`, scopes are the first one's and tags come from all.

    Args:
      text: `jit(step)/transpose(jvp(block_3))/attn/dot_general`.

    Returns:
      `(scopes, transforms, tags, primitive)`: here `("block_3", "attn")`,
      `("transpose", "jvp")`, `()` and `"dot_general"`. The primitive is "" where the text ends
      with a transform, and "jit" where it ends with a call of `jit(f)`.
    """
    first, *others = _FUSED.split(text)
    tokens = list(_tokens(first))
    primitive = ""
    if tokens and tokens[-1].kind == "scope" and not _TAG.fullmatch(tokens[-1].name):
        primitive = tokens.pop().name
    elif tokens and tokens[-1].kind == "call":
        tokens.pop()
        primitive = "jit"
    scopes, transforms, tags = _sorted_out(tokens)
    for other in others:
        tags += tuple(token.name for token in _tokens(other) if _TAG.fullmatch(token.name))
    return SplitName(scopes, transforms, tags, primitive)


@lru_cache(maxsize=65_536)
def split_scopes(text: str) -> SplitName:
    """Split a name stack that ends with no primitive, as an equation's does."""
    return SplitName(*_sorted_out(list(_tokens(text))), "")


def without_tags(text: str) -> str:
    """A name stack's text as it would be had the program not been tagged for lineage."""
    return _TAG_ELEMENT.sub("", text) if TAG_PREFIX in text else text


def _sorted_out(
    tokens: list[_Token],
) -> tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]:
    scopes: list[str] = []
    transforms: list[str] = []
    tags: list[str] = []
    skip = False
    for index, (kind, name) in enumerate(tokens):
        if skip:
            skip = False
        elif kind == "transform" or name in _REMATERIALIZATION:
            transforms.append(name)
        elif kind == "call" or name in _PLUMBING:
            continue
        elif _TAG.fullmatch(name):
            tags.append(name)
        elif name in _PAIRS and _starts_pair(name, tokens[index + 1 : index + 2]):
            skip = True
        else:
            scopes.append(name)
    return tuple(scopes), tuple(transforms), tuple(tags)


def _starts_pair(name: str, following: list[_Token]) -> bool:
    return bool(following) and _PAIRS[name].fullmatch(following[0].name) is not None


def _tokens(text: str) -> Iterator[_Token]:
    """The elements of a name stack, flat: `transpose(jvp(a/b))/c` is transpose, jvp, a, b, c."""
    partners = _partners(text) if "(" in text else {}
    spans = [(0, len(text))]
    while spans:
        start, stop = spans.pop()
        if start >= stop:
            continue
        opened = _opened_at(text, start)
        end = _end_of(text, start, stop, opened, partners) if opened else -1
        if end < 0:
            slash = text.find("/", start, stop)
            end = stop if slash < 0 else slash
            if end > start:
                yield _Token("scope", text[start:end])
            spans.append((end + 1, stop))
            continue
        spans.append((end + 1, stop))
        inner = start + sum(len(name) + 1 for name in opened)
        yield from (_Token("transform", name) for name in opened if name not in _CALLS)
        if opened[-1] in _CALLS:
            yield _Token("call", text[inner : end - len(opened)])
        else:
            spans.append((inner, end - len(opened)))


def _opened_at(text: str, start: int) -> list[str]:
    """The wrappers that open at a place: `transpose(jvp(` gives `["transpose", "jvp"]`."""
    names: list[str] = []
    while found := _WRAPPER.match(text, start):
        names.append(found[1])
        start = found.end()
        if found[1] in _CALLS:  # what follows is a function's name, whatever it looks like
            break
    return names


def _partners(text: str) -> dict[int, int]:
    """Where each parenthesis that is closed is closed."""
    opened: list[int] = []
    partners: dict[int, int] = {}
    for found in _PARENTHESIS.finditer(text):
        if found[0] == "(":
            opened.append(found.start())
        elif opened:
            partners[opened.pop()] = found.start()
    return partners


def _end_of(text: str, start: int, stop: int, opened: list[str], partners: dict[int, int]) -> int:
    """Where an element that opens wrappers ends; -1 if it never does.

    Users may type parentheses in names, unbalanced too: the end is where the first one is
    closed, else the first place where enough of them stand before a `/` or the end.
    """
    end = partners.get(start + len(opened[0]), -1) + 1
    if end and (end == stop or (end < stop and text[end] == "/")):
        return end
    closing = ")" * len(opened)
    place = start
    while (place := text.find(closing, place, stop)) >= 0:
        end = place + len(closing)
        if end == stop or text[end] == "/":
            return end
        place += 1
    return -1
