"""One cell to compare, and what `%%jaxtrace` and `%%jaxtrace --jit` must make of it."""

from __future__ import annotations

from dataclasses import dataclass
from textwrap import dedent


@dataclass(frozen=True)
class Expected:
    """What a traced run of a cell must do, measured against the plain run.

    Attributes:
      outcome: "equal": as the plain cell. "same error": the plain cell's own error, and the
        namespace as before the cell. "refused": one clear line of ours instead, and the
        namespace as before the cell. "fails": an error of JAX or of a library, on the user's own
        line, and the namespace as before the cell.
      texts: what the error must say.
      prints: the outputs are not compared but must hold these texts (a traced value prints as
        a tracer).
      differs: names whose values are not compared.
      report: what the report must say.
      after: text that the cell after it must show, instead of what it shows in the plain run.
      why: the reason, where it isn't plain from the case.
    """

    outcome: str = "equal"
    texts: tuple[str, ...] = ()
    prints: tuple[str, ...] = ()
    differs: tuple[str, ...] = ()
    report: tuple[str, ...] = ()
    after: str = ""
    why: str = ""


@dataclass(frozen=True)
class CellCase:
    """A cell, the cell before it and the cell after it.

    Attributes:
      name: the test's id.
      setup: a plain cell that runs first.
      cell: the cell that runs plain, under `%%jaxtrace` and under `%%jaxtrace --jit`.
      after: a plain cell that uses the results.
      record: what `%%jaxtrace` must do.
      jit: what `%%jaxtrace --jit` must do.
      requires: packages that the cell imports; the case is skipped without them.
      interrupt: text on the cell's stdout that tells the test to interrupt the kernel.
      own_kernel: True for a cell that changes settings of the whole process.
    """

    name: str
    setup: str
    cell: str
    after: str
    record: Expected
    jit: Expected
    requires: tuple[str, ...]
    interrupt: str
    own_kernel: bool


def equal(
    *,
    prints: tuple[str, ...] = (),
    differs: tuple[str, ...] = (),
    report: tuple[str, ...] = (),
    after: str = "",
    why: str = "",
) -> Expected:
    """As the plain cell."""
    return Expected("equal", (), prints, differs, report, after, why)


def same_error(*, differs: tuple[str, ...] = (), why: str = "") -> Expected:
    """The plain cell's own error; the namespace is as it was before the cell."""
    return Expected("same error", differs=differs, why=why)


def fails(*texts: str, differs: tuple[str, ...] = (), why: str = "") -> Expected:
    """An error that holds these texts; the namespace is as it was before the cell."""
    return Expected("fails", texts=texts, differs=differs, why=why)


def refused(*texts: str, differs: tuple[str, ...] = (), why: str = "") -> Expected:
    """One line of ours that holds these texts; the namespace is as it was before the cell."""
    return Expected("refused", texts=texts, differs=differs, why=why)


def case(
    name: str,
    cell: str,
    *,
    setup: str = "",
    after: str = "",
    record: Expected = Expected(),
    jit: Expected = Expected(),
    requires: tuple[str, ...] = (),
    interrupt: str = "",
    own_kernel: bool = False,
) -> CellCase:
    """A case from indented texts. `jax`, `jnp` and `x = jnp.arange(3.0)` are there already."""
    return CellCase(
        name=name,
        setup=_PREAMBLE + _text(setup),
        cell=_text(cell),
        after=_text(after),
        record=record,
        jit=jit,
        requires=requires,
        interrupt=interrupt,
        own_kernel=own_kernel,
    )


_PREAMBLE = "import jax\nimport jax.numpy as jnp\nx = jnp.arange(3.0)\n"


def _text(text: str) -> str:
    return dedent(text).strip("\n")
