"""Hazard: a kind of side effect that transforms hide, with the rule that finds it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from jaxlab.effects.seen import Seen
from jaxlab.finding import Finding, Harm


@dataclass(frozen=True, slots=True)
class Hazard:
    """A kind of side effect that transforms hide.

    Attributes:
      id: its name, and that of its page in the docs.
      title: what happens, in a few words.
      harm: what it may cost.
      rule: finds it in what was seen.
      option: the option that asks for it; "" where it is always looked for.
    """

    id: str
    title: str
    harm: Harm
    rule: Callable[[Seen], Iterable[Finding]]
    option: str = ""
