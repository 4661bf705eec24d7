"""The ways to a Program: trace a call, record a block, read what a user already holds."""

# pyright: reportUnknownVariableType=false, reportUnknownArgumentType=false
# pyright: reportUnknownMemberType=false, reportUnknownLambdaType=false

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any

import jax

from jaxlab import _jax
from jaxlab.capture.abstract import trace_call
from jaxlab.capture.cells import cells_of
from jaxlab.capture.record import Recorder, Recording
from jaxlab.errors import InputError, StageError, cut
from jaxlab.origin import Source
from jaxlab.program import Program
from jaxlab.readers.hlo import read_hlo
from jaxlab.readers.hlo_dump import read_dump
from jaxlab.readers.jaxpr import read_jaxpr
from jaxlab.readers.stablehlo import read_stablehlo
from jaxlab.views.together import side_by_side

if TYPE_CHECKING:
    from jaxlab.call_profile import Profile
    from jaxlab.cell_profile import CellProfile
    from jaxlab.profile_diff import ProfileDiff
    from jaxlab.profiling.cell.run import CellRun
    from jaxlab.watched import Watched


def trace(
    function: Callable[..., Any], /, *args: Any, static: Sequence[str] = (), **kwargs: Any
) -> Program:
    """Trace a call abstractly, as `jax.jit` would, and give it as a Program. Nothing is run.

    Args:
      function: plain, jitted or any composition (`jax.grad(f)`, `jax.vmap(f)`), a bound method,
        a partial, a model's `apply`.
      args, kwargs: as for the call; `jax.ShapeDtypeStruct`s stand for arrays that need not exist.
      static: names of arguments to hold fixed.

    Raises:
      InputError: `function` is none, or `static` names an argument that it hasn't.
    """
    start = time.perf_counter()
    traced = trace_call(function, args, kwargs, static)
    spent = time.perf_counter() - start
    return Program(
        name=call_text(function, args, kwargs),
        mode="call",
        _traced=traced,
        _function=(function, args, kwargs),
        _static=tuple(static),
        cells=cells_of(),
        seconds={"trace": spent},
    )


def call_text(function: Any, args: Sequence[Any], kwargs: Mapping[str, Any]) -> str:
    """What a call looks like, with the types of arrays for values: `loss(dict, f32[8,4])`."""
    shown = [_argument_text(arg) for arg in args]
    shown += [f"{name}={_argument_text(value)}" for name, value in kwargs.items()]
    return f"{cut(_jax.function_name(function), 60)}({', '.join(shown)})"


def _argument_text(value: Any) -> str:
    if isinstance(value, jax.ShapeDtypeStruct) or _jax.is_array(value):
        return _jax.short_type(value)
    return cut(repr(value), 20) if isinstance(value, int | float) else type(value).__name__


class record:
    """Record what JAX evaluates in a `with` block, which runs exactly as it would without.

    with jaxlab.record() as r:
        state, loss = train_step(state, batch)
    r.program

    Attributes:
      program: what was recorded, once the block has ended (also by an error).
    """

    def __init__(self, name: str = "recorded block") -> None:
        self._name = name
        self._recorder: Recorder | None = None
        self._program: Program | None = None
        self._namespace: Mapping[str, Any] = {}

    def __enter__(self) -> record:
        if self._recorder is not None:
            raise InputError("This recording is under way already. Use a new `jaxlab.record()`.")
        self._recorder = Recorder()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        assert self._recorder is not None
        self._recorder.clean_errors(error)
        self._program = recorded_program(self._recorder.stop(), self._name, cells_of())

    @property
    def program(self) -> Program:
        """What was recorded; StageError while the block is still running."""
        if self._program is None:
            raise StageError("The recording has not ended yet. Read `program` after the block.")
        return self._program


class profile:
    """Measure a `with` block, which runs once, as it would without: see `%%jaxprofile`.

    with jaxlab.profile() as p:
        state, loss = train_step(state, batch)
    p.profile

    Attributes:
      profile: what was measured, once the block has ended (also by an error).
    """

    def __init__(self, name: str = "profiled block") -> None:
        self._name = name
        self._run: CellRun | None = None
        self._profile: CellProfile | None = None

    def __enter__(self) -> profile:
        from jaxlab.profiling.cell.run import CellRun  # noqa: PLC0415 - `import jaxlab` is quick

        if self._run is not None:
            raise InputError("This profile is under way already. Use a new `jaxlab.profile()`.")
        self._run = CellRun()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        from jaxlab.cell_profile import CellProfile  # noqa: PLC0415 - as above

        assert self._run is not None
        self._run.recorder.clean_errors(error)
        measured = self._run.stop(wait=not isinstance(error, KeyboardInterrupt))
        program = recorded_program(measured.recording, self._name, cells_of())
        self._profile = CellProfile(program, measured)

    @property
    def profile(self) -> CellProfile:
        """What was measured; StageError while the block is still running."""
        if self._profile is None:
            raise StageError("The block has not ended yet. Read `profile` after it.")
        return self._profile


def watch(name: str = "watched block", checks: Collection[str] = ()) -> Watched:
    """Watch a `with` block for what transforms hide. It runs exactly as it would without.

    with jaxlab.watch() as w:
        state = train_step(state, batch)
    assert w.compiles == 1
    w.findings

    Watches may be nested; each sees all that happens in it, in every thread.

    Args:
      name: what its report calls it.
      checks: what to look for in values, which costs more: "nan" for where one comes from,
        "bounds" for indices that are out of bounds, "buffers" for NumPy arrays that are changed
        after they were handed over. Calls are then evaluated a second time.

    Raises:
      InputError: there is no such check.

    Returns:
      What the `with` statement takes and gives: `findings`, `traces` and `compiles` are there once
      the block has ended.
    """
    from jaxlab.watched import Watched  # noqa: PLC0415 - `import jaxlab` is quick

    return Watched(name, checks)


def diff(one: Profile | CellProfile, other: Profile | CellProfile) -> ProfileDiff:
    """Two profiles side by side: stages or programs, and operations, with their ratios.

    Operations of two compiles are taken for the same by their name, without its number, their
    type and their order.

    Args:
      one, other: two profiles of calls, or two of cells or blocks.

    Raises:
      InputError: they are not two of a kind.
    """
    from jaxlab.profile_diff import profile_diff  # noqa: PLC0415 - `import jaxlab` is quick

    return profile_diff(one, other)


def recorded_program(recording: Recording, name: str, cells: Mapping[str, Source]) -> Program:
    """The Program of a recording that has stopped."""
    notes = ()
    if recording.failure is not None:
        notes = (
            f"jaxlab stopped noting ({cut(recording.failure, 120)}); the cell went on. What is "
            "shown ends there.",
        )
    return Program(name=name, mode="record", _recording=recording, cells=cells, notes=notes)


def read(held: Any, name: str = "") -> Program:
    """Read what a JAX user already holds.

    Args:
      held: a `Traced`, `Lowered`, `Compiled`, `ClosedJaxpr`, `Exported`, a StableHLO module, its
        text or bytecode, an HLO proto or its text, or the path of such a file, or of the folder
        that `xla_dump_to` named.
      name: what to call it; by default what it calls itself.

    Raises:
      InputError: it is none of these, or can't be parsed.
    """
    if isinstance(held, jax.stages.Traced):
        return Program(name or _jax.traced_name(held), "read", _traced=held, cells=cells_of())
    if isinstance(held, jax.stages.Lowered):
        return _named(Program(name, "read", _raw={"lowered": held}, cells=cells_of()), "stablehlo")
    if isinstance(held, jax.stages.Compiled):
        return _named(Program(name, "read", _raw={"compiled": held}, cells=cells_of()), "hlo")
    if isinstance(held, _jax.JAXPR_TYPES):
        return _of_graph(read_jaxpr(held, name=name or "jaxpr"), name)
    if isinstance(held, jax.export.Exported):
        return _of_graph(read_stablehlo(held.mlir_module_serialized), name or held.fun_name)
    if isinstance(held, Path) or (isinstance(held, str) and _is_path(held)):
        return _read_path(Path(held), name)
    if isinstance(held, bytes | bytearray):
        return _of_graph(_read_bytes(bytes(held)), name)
    if isinstance(held, str):
        return _of_graph(_read_text(held), name)
    if _jax.is_module(held):
        return _of_graph(read_stablehlo(held), name)
    if hasattr(held, "as_serialized_hlo_module_proto"):
        return _of_graph(read_hlo(held.as_serialized_hlo_module_proto()), name)
    raise InputError(
        f"`jaxlab.read` can't read a {type(held).__name__}. Give a Traced, Lowered, Compiled, "
        "ClosedJaxpr, Exported, a StableHLO or HLO module, its text or its file."
    )


def _of_graph(graph: Any, name: str) -> Program:
    return Program(name or graph.name, "read", _graphs={graph.stage: graph}, cells=cells_of())


def _named(program: Program, stage: str) -> Program:
    if program.name:
        return program
    graph = program.stage(stage)
    return replace(program, name=graph.name, _graphs={stage: graph})


def _is_path(text: str) -> bool:
    return "\n" not in text and len(text) < 4096 and Path(text).exists()


def _read_path(path: Path, name: str) -> Program:
    if path.is_dir():
        graphs = list(read_dump(path).values())
        whole = graphs[0] if len(graphs) == 1 else side_by_side(graphs, path.name)
        return _of_graph(whole, name)
    if not path.exists():
        raise InputError(f"There is no file {cut(str(path), 80)!r}.")
    content = path.read_bytes()
    try:
        text = content.decode()
    except UnicodeDecodeError:
        return _of_graph(_read_bytes(content), name or path.stem)
    return _of_graph(_read_text(text), name or path.stem)


def _read_bytes(content: bytes) -> Any:
    return read_stablehlo(content) if content[:4] == b"ML\xefR" else read_hlo(content)


def _read_text(text: str) -> Any:
    """Text of an HLO module begins with `HloModule`; any other is taken for MLIR."""
    stripped = text.lstrip()
    if stripped.startswith("HloModule") or "\nHloModule " in text:
        return read_hlo(text)
    return read_stablehlo(text)
