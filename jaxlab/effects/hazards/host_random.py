"""Python's or NumPy's random numbers inside a traced function: drawn once, the same ever after."""

from __future__ import annotations

from collections.abc import Iterator

from jaxlab.effects.hazard import Hazard
from jaxlab.effects.once import OnceCall, once_calls
from jaxlab.effects.seen import Seen, Trace
from jaxlab.finding import Finding


def _find(seen: Seen) -> Iterator[Finding]:
    heard: set[Trace] = set()
    for call in once_calls(seen, "random"):
        heard |= {above for trace in call.traces for above in _with_parents(trace)}
        if not _is_seeded_here(call):
            yield _finding(call, f"{call.headline}: each run gets the same numbers.")
    for call in once_calls(seen, "seed"):
        if f"{call.name.rpartition('.')[2]}()" in seen.text(call.frame):
            yield _finding(call, f"{call.headline}: each run gets the same numbers.")
    for call in once_calls(seen, "state"):
        if not heard & set(call.traces):
            yield _finding(
                call,
                f"`{call.traces[0].name}` draws from `{call.name}` while JAX traces it: each run "
                "gets the same numbers.",
            )


def _finding(call: OnceCall, headline: str) -> Finding:
    return Finding(
        hazard="host-random",
        harm="wrong result",
        headline=headline,
        what="Python runs during the trace only: the numbers are drawn then, and are constants "
        "of the compiled program.",
        remedy=f"Hand `{call.traces[0].name}` a key and draw with `jax.random`: "
        "`key, sub = jax.random.split(key)` before each call, `jax.random.normal(sub, shape)` "
        "within; or draw outside and hand the numbers over.",
        frames=call.frames,
        how_often=call.count,
        evidence=call.evidence,
    )


def _with_parents(trace: Trace | None) -> Iterator[Trace]:
    while trace is not None:
        yield trace
        trace = trace.parent


def _is_seeded_here(call: OnceCall) -> bool:
    """Whether it draws from a generator that the traced code has made, the same at each run."""
    if call.name.startswith(("np.random.", "random.")):
        return False
    return all(
        any(made.kind == "seed" for above in _with_parents(trace) for made in above.host_calls)
        for trace in call.traces
    )


HAZARD = Hazard("host-random", "Random numbers drawn once", "wrong result", _find)
