"""Callbacks that run more often than they are written, or never."""

from __future__ import annotations

from collections.abc import Iterator

from jaxlab.effects.callbacks import NEVER, CallbackSite, callback_sites
from jaxlab.effects.hazard import Hazard
from jaxlab.effects.seen import Seen
from jaxlab.finding import Finding

_AGAIN = "rematted_computation"


def _find(seen: Seen) -> Iterator[Finding]:
    for trace in seen.outermost:
        if trace.function.traced_for != "jit" or trace.graph is None:
            continue
        for site in callback_sites(trace.graph):
            said = _said(site)
            if said is None:
                continue
            how, why, remedy = said
            function = site.frame.function.rpartition(".")[2] if site.frame else trace.name
            yield Finding(
                hazard="callback-count",
                harm="surprise",
                headline=f"`{site.name}` in `{function}` {how} in one run of `{trace.name}`.",
                what=why,
                remedy=remedy,
                frames=(*((site.frame,) if site.frame else ()), *trace.frames),
                when="run",
                nodes=_nodes_at(seen, site),
                evidence=(f"predicted from the jaxpr of `{trace.name}`: {site.times}",),
            )


def _said(site: CallbackSite) -> tuple[str, str, str] | None:
    """How often it runs, why, and what to do; None where it runs as often as it is written."""
    if site.times == NEVER:
        return (
            "never runs",
            "Nothing reads its result, and JAX and XLA leave out what is pure and not read.",
            "Return the result, or use `jax.experimental.io_callback`, which always runs.",
        )
    again = [_AGAIN in run.transforms for run in site.runs]
    if any(again) and not all(again):
        return (
            f"runs {site.times}",
            "`jax.checkpoint` computes the forward pass again in the backward pass, and what "
            "calls back does so again.",
            "Move the callback out of the function under `jax.checkpoint`.",
        )
    lanes = [run for run in site.runs if "vmap" in run.transforms]
    if lanes and site.times.at_least > 1:
        return (
            f"runs {site.times}",
            "Under `jax.vmap` a callback runs once for each lane, with the values of that lane.",
            "Call back outside of the function under `jax.vmap`, with the whole batch.",
        )
    return None


def _nodes_at(seen: Seen, site: CallbackSite) -> tuple[str, ...]:
    """The callback's nodes in the program that the report shows."""
    if seen.graph is None or site.frame is None:
        return ()
    at = site.frame.file, site.frame.line
    return tuple(
        node.id
        for node in seen.graph.nodes()
        if node.op == site.op
        and any((frame.file, frame.line) == at for frame in node.origin.frames[:1])
    )


HAZARD = Hazard("callback-count", "Callbacks run more than once, or never", "surprise", _find)
