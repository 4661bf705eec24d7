"""All that touches private JAX, or differs between its versions. Nothing else imports jax._src.

Each branch on a version names that version, so that it can be deleted with it.
Sections: version, names and frames, jaxprs, lowering and modules, lineage tags, recording.
"""

# pyright: reportPrivateUsage=false, reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false, reportMissingTypeStubs=false

from __future__ import annotations

import contextlib
import copy
import functools
import inspect
import math
import os
import re
import sys
import sysconfig
import threading
from collections.abc import Callable, Iterable, Sequence
from contextvars import ContextVar
from pathlib import Path
from types import CodeType, FrameType, TracebackType
from typing import Any, NamedTuple, Protocol

import jax
import jaxlib
import numpy as np
from jax._src import (
    api_util,
    array,
    config,
    core,
    linear_util,
    pjit,
    source_info_util,
    traceback_util,
    tree_util,
    xla_bridge,
)
from jax._src.effects import JaxprInputEffect
from jax._src.hashable_array import HashableArray
from jax._src.interpreters import mlir, partial_eval, pxla
from jax._src.lib import _jax as _xla  # pyright: ignore[reportPrivateImportUsage]
from jax._src.state.types import AbstractRef
from jaxlib import _hlo
from jaxlib.mlir import ir
from jaxlib.mlir.dialects import stablehlo

from jaxlab.origin import Frame

# --- version ---------------------------------------------------------------------------------

VERSION: tuple[int, ...] = jax.__version_info__

# JAX takes our frames for its own: it leaves them out of the tracebacks that it filters, of the
# locations that it writes into modules, and of its messages.
_PACKAGE = str(Path(__file__).parent) + os.sep
traceback_util.register_exclusion(_PACKAGE)
source_info_util.register_exclusion(_PACKAGE)

# --- names and frames ------------------------------------------------------------------------

# What starts or carries the user's code, and is not part of it. Libraries that the user chose
# (Flax, Optax) are kept: the line inside them is often the one that is looked for.
_HOSTS = (
    *("IPython", "ipykernel", "ipywidgets", "traitlets", "tornado", "zmq", "debugpy", "nbclient"),
    *("_pytest", "pluggy", "xdist", "execnet", "google/colab"),
)
_HOST_FILE = re.compile(
    rf"[/\\](?:site|dist)-packages[/\\](?:{'|'.join(_HOSTS)})[/\\.]".replace("e/c", r"e[/\\]c")
)
_PACKAGE_FILE = re.compile(r"[/\\](?:site|dist)-packages[/\\]")
_HIDDEN_FOLDERS = tuple(
    str(Path(str(file)).parent) + os.sep for file in (jax.__file__, jaxlib.__file__, __file__)
)
_STANDARD_LIBRARY = tuple(
    {sysconfig.get_path("stdlib") + os.sep, str(Path(contextlib.__file__).parent) + os.sep}
)


@functools.lru_cache(maxsize=4096)
def is_user_file(filename: str) -> bool:
    """True for a file of the user or of a library, not of JAX, IPython, jaxlab or Python itself.

    Cells count as the user's: `/tmp/ipykernel_123/456.py`, `<ipython-input-1-...>`.
    """
    if filename.startswith(("<frozen ", *_HIDDEN_FOLDERS)) or _HOST_FILE.search(filename):
        return False
    # site-packages lies inside the standard library's folder where there is no environment.
    return not filename.startswith(_STANDARD_LIBRARY) or bool(_PACKAGE_FILE.search(filename))


def frames_of_code(places: Iterable[tuple[CodeType, int]]) -> tuple[Frame, ...]:
    """The user's frames among (code, offset of the last instruction), in the order given."""
    return tuple(_frame(code, offset) for code, offset in places if is_user_file(code.co_filename))


def frames_of_python(frame: FrameType | None) -> tuple[Frame, ...]:
    """The user's frames from a running Python frame (`sys._getframe()`) outwards."""
    places: list[tuple[CodeType, int]] = []
    while frame is not None:
        places.append((frame.f_code, frame.f_lasti))
        frame = frame.f_back
    return frames_of_code(places)


def user_frames(traceback: Any) -> tuple[Frame, ...]:
    """The user's frames of a traceback that JAX keeps with an equation, innermost first."""
    if traceback is None:
        return ()
    codes, offsets = traceback.raw_frames()
    return frames_of_code(zip(codes, offsets, strict=True))


def _frame(code: CodeType, offset: int) -> Frame:
    location = source_info_util.Traceback.code_addr2location(code, offset)
    line, column, end_line, end_column = location
    # Python counts columns from 0 (in UTF-8 bytes), and says -1 for unknown.
    return Frame(
        file=code.co_filename,
        line=max(line, 0),
        function=code.co_qualname,
        column=column + 1,
        end_line=max(end_line, 0),
        end_column=end_column + 1,
    )


# --- jaxprs ----------------------------------------------------------------------------------

# JAX 0.10: a ClosedJaxpr wraps a Jaxpr. JAX 0.12: a Jaxpr has its consts itself.
_ClosedJaxpr: Any = getattr(core, "ClosedJaxpr", core.Jaxpr)
JAXPR_TYPES: tuple[Any, ...] = (core.Jaxpr, _ClosedJaxpr)
LITERAL: Any = core.Literal
ARRAY_TYPES: tuple[Any, ...] = (jax.Array, np.ndarray, core.Ref, core.Tracer, HashableArray)
RULE: Any = linear_util.WrappedFun


def open_jaxpr(jaxpr: Any) -> tuple[Any, tuple[Any, ...]]:
    """The Jaxpr object, whose identity makes a region, and the values of its consts.

    There are no values where a Jaxpr of JAX 0.10 is open.
    """
    if _ClosedJaxpr is core.Jaxpr:  # JAX 0.12
        return jaxpr, tuple(jaxpr.consts)
    if isinstance(jaxpr, _ClosedJaxpr):  # JAX 0.10
        return jaxpr.jaxpr, tuple(jaxpr.consts)
    return jaxpr, ()


def is_tracer(value: Any) -> bool:
    """True for the stand-in that a transform passes instead of an array."""
    return isinstance(value, core.Tracer)


def inside_hashable(value: Any) -> Any:
    """The array that an FFI call's attribute is wrapped round; anything else as it is."""
    return value.val if isinstance(value, HashableArray) else value


def is_token(aval: Any) -> bool:
    """True for the abstract value that orders effects and holds no data."""
    return isinstance(aval, core.AbstractToken)


def rule_name(value: Any) -> str:
    """The name of a rule that JAX keeps as a function to trace later; "" for anything else."""
    return str(value.debug_info.func_name) if isinstance(value, linear_util.WrappedFun) else ""


def names_of(jaxpr: Any) -> tuple[str, tuple[str, ...], tuple[str, ...]]:
    """What JAX knows of a Jaxpr's names: the function's, the inputs' and the results'.

    "" stands for a name that JAX doesn't know; the tuples are as long as the Jaxpr's lists.
    """
    debug = jaxpr.debug_info
    inputs, results = debug.arg_names, debug.result_paths
    function = str(debug.func_name)
    if not isinstance(inputs, tuple) or len(inputs) != len(jaxpr.invars):
        inputs = ("",) * len(jaxpr.invars)
    if not isinstance(results, tuple) or len(results) != len(jaxpr.outvars):
        results = ("",) * len(jaxpr.outvars)
    return ("" if function.startswith(("<unknown", "<missing")) else function), inputs, results


def equation_context(equation: Any) -> dict[str, Any]:
    """What an equation was given by the `with` blocks around it, where it was given something.

    `xla_metadata` (of `set_xla_metadata`) and `compute_type` (of `compute_on`).
    """
    context = equation.ctx
    found: dict[str, Any] = {}
    if context.xla_metadata:
        found["xla_metadata"] = dict(context.xla_metadata)
    if context.compute_type is not None:
        found["compute_type"] = context.compute_type
    return found


def is_transform(element: Any) -> bool:
    """True for a name stack's element that a transform put there, not a named scope."""
    return isinstance(element, source_info_util.Transform)


def effect_name(effect: Any, operands: Sequence[Any]) -> str:
    """An effect's name: `Debug`, `OrderedIO`, `NamedAxis<i>`, `Write<0>` (of operand 0)."""
    name = type(effect).__name__.removesuffix("Effect")
    if isinstance(effect, JaxprInputEffect):
        # JAX 0.10.0 has `input_index`; later the equation's Var itself, or a position.
        target = getattr(effect, "input", getattr(effect, "input_index", None))
        positions = [at for at, operand in enumerate(operands) if operand is target]
        if isinstance(target, int):
            positions = [target]
        return f"{name}<{positions[0] if positions else '?'}>"
    if isinstance(effect, core.NamedAxisEffect):
        return f"{name}<{effect.name}>"
    if type(effect).__str__ is not object.__str__:
        return str(effect)
    return name


# --- lowering and modules --------------------------------------------------------------------


def parse_module(module: str | bytes) -> ir.Module:
    """Parse MLIR text or bytecode with JAX's dialects; operations of others are kept as they are.

    Raises `ir.MLIRError` or ValueError for what is no module.
    """
    # make_ir_context hands out a shared context in JAX 0.12, which ours must not loosen.
    make_context = getattr(mlir, "_create_ir_context", mlir.make_ir_context)
    context = make_context()
    context.allow_unregistered_dialects = True
    with context:
        if isinstance(module, bytes) and b"StableHLO_v" in module[:32]:
            return stablehlo.deserialize_portable_artifact(context, module)
        return ir.Module.parse(module)


def hlo_text_to_proto(text: str) -> bytes:
    """HLO text as a serialized HloModuleProto.

    Raises ValueError, with the parser's complaint in one line, for what is no HLO text.
    """
    try:
        return _hlo.hlo_module_from_text(text).as_serialized_hlo_module_proto()
    except (RuntimeError, TypeError) as error:
        found = re.search(r"was parsing (\d+):(\d+): error: (.*)", str(error))
        if found is None:
            raise ValueError(str(error).partition("\n")[0]) from None
        raise ValueError(f"line {found[1]}, column {found[2]}: {found[3]}") from None


# --- lineage tags ----------------------------------------------------------------------------

TAG_PREFIX = "jx~"
"""What a lineage tag's name starts with: `jx~<region index>.<node index>`."""


def tag_jaxpr(jaxpr: Any, order: Iterable[Any]) -> Any:
    """A copy of a jaxpr whose equations each name themselves on their name stack.

    The tag stands first on an equation's own name stack: there no transform wraps it, and
    what follows is the text that the untagged program has. Every jaxpr object becomes one new
    object wherever it is used, so what was shared stays shared, and JAX lowers it once.

    Args:
      jaxpr: the program; it is not changed.
      order: the jaxprs of the program in the order of `read_jaxpr`'s regions. One that is not
        among them keeps its name stacks.
    """
    regions = {id(open_jaxpr(found)[0]): index for index, found in enumerate(order)}
    return _Tagger(regions, {}).replaced(jaxpr)


_MAY_HOLD_JAXPRS = (tuple, *JAXPR_TYPES)


class _Tagger(NamedTuple):
    regions: dict[int, int]
    made: dict[int, Any]

    def replaced(self, value: Any) -> Any:
        """A param with its jaxprs tagged; the very same object where it holds none."""
        if isinstance(value, tuple):
            parts = [self.replaced(part) for part in value]
            if all(new is old for new, old in zip(parts, value, strict=True)):
                return value
            return type(value)(*parts) if hasattr(value, "_fields") else tuple(parts)
        if not isinstance(value, JAXPR_TYPES):
            return value
        if id(value) not in self.made:
            self.made[id(value)] = self._tagged(value)
        return self.made[id(value)]

    def _tagged(self, jaxpr: Any) -> Any:
        inner = open_jaxpr(jaxpr)[0]
        if inner is not jaxpr:  # JAX 0.10: a ClosedJaxpr round a Jaxpr
            return jaxpr.replace(jaxpr=self.replaced(inner))
        region = self.regions.get(id(jaxpr))
        if region is None:
            return jaxpr
        equations = [self._equation(eqn, region, index) for index, eqn in enumerate(jaxpr.eqns)]
        return jaxpr.replace(eqns=equations)

    def _equation(self, eqn: Any, region: int, index: int) -> Any:
        tag = source_info_util.Scope(f"{TAG_PREFIX}{region}.{index}")
        source = eqn.source_info
        stack = source_info_util.NameStack((tag, *source.name_stack.stack))
        params = eqn.params
        if any(isinstance(value, _MAY_HOLD_JAXPRS) for value in params.values()):
            params = {name: self.replaced(value) for name, value in params.items()}
        return eqn.replace(
            params=params, source_info=source_info_util.SourceInfo(source.traceback, stack)
        )


def lower_tagged(
    traced: jax.stages.Traced, order: Iterable[Any], **options: Any
) -> jax.stages.Lowered:
    """Lower the user's own Traced with its jaxpr tagged; see `tag_jaxpr`.

    Donation, names, shardings, layouts, static arguments, `keep_unused` and compiler options
    are those of `traced`, which is not changed. The function is not traced again, so nothing
    that it does while it is traced happens again.

    Args:
      traced: what `jax.jit(f).trace(...)` gave.
      order: see `tag_jaxpr`.
      options: for `Traced.lower`: `lowering_platforms=("tpu",)`.
    """
    tagged: Any = copy.copy(traced)
    tagged._params = dict(tagged._params, jaxpr=tag_jaxpr(tagged._params["jaxpr"], order))
    tagged._lojax = None
    return tagged.lower(**options)


def compile_tagged(
    lowered: jax.stages.Lowered, compiler_options: dict[str, Any] | None = None
) -> jax.stages.Compiled:
    """Compile a tagged program past the persistent compilation cache.

    Metadata is not in the cache's key: the cache would hand back the user's untagged program,
    or hand this one to the user. So here it is in the key (nothing of the user's is found),
    and no compile takes long enough to be kept (nothing of ours is written). Both settings
    hold for this thread until the call returns. `jax_enable_compilation_cache` would not do:
    JAX reads it once per process and remembers the answer.
    """
    with (
        config.compilation_cache_include_metadata_in_key(True),
        config.persistent_cache_min_compile_time_secs(math.inf),
    ):
        return lowered.compile(compiler_options)


# --- recording -------------------------------------------------------------------------------


class Observer(Protocol):
    """What is told of each thing that JAX evaluates, while `observe` is under way."""

    busy: bool
    """True while an observed call is under way; what it does inside is not told."""

    def on_primitive(
        self, primitive: Any, args: Sequence[Any], params: dict[str, Any], outs: Any, ran: Any
    ) -> None:
        """A primitive was evaluated; `ran` is the executable where it was a jitted call."""

    def on_compiled(self, compiled: Any, args: Any, outs: Any) -> None:
        """An ahead-of-time compiled object was called."""

    def on_round_trip(self, array: Any, how: str) -> None:
        """A value left JAX for Python."""

    def on_error(self, error: BaseException) -> None:
        """An error passes through; it will carry frames of this file."""


_observer: ContextVar[Observer | None] = ContextVar("jaxlab_observer", default=None)
_last_executable: ContextVar[Any] = ContextVar("jaxlab_executable", default=None)
# A cache key of its own: what is compiled or looked up while recording neither uses nor spoils
# the entries of JAX's C++ fast path. It is no part of the trace context, so nothing retraces.
_jit_key: Any = config.config_ext.Config("jaxlab_recording", False, include_in_jit_key=True)
_installed: list[tuple[Any, str, Any]] = []
_users: list[Observer] = []
_lock = threading.RLock()


def _idle_observer() -> Observer | None:
    observer = _observer.get()
    return None if observer is None or observer.busy else observer


def _observed_primitive(original: Any) -> Any:
    @functools.wraps(original)
    def process_primitive(self: Any, primitive: Any, args: Any, params: Any, /) -> Any:
        observer = _idle_observer()
        if observer is None:
            return original(self, primitive, args, params)
        observer.busy = True
        token = _last_executable.set(None)
        try:
            args = tuple(args)
            outs = original(self, primitive, args, params)
            ran = _last_executable.get() if primitive is pjit.jit_p else None
        except BaseException as error:
            observer.on_error(error)
            raise
        finally:
            _last_executable.reset(token)
            observer.busy = False
        observer.on_primitive(primitive, args, params, outs, ran)
        return outs

    return process_primitive


class _Dispatcher:
    """Calls one jitted program again through JAX's C++ path, in a cache that is ours alone.

    JAX's own caches must not be used while recording (a hit there would not be seen), and its
    Python path takes 20 us a call and 10 us a leaf. The first call takes the Python path, which
    gives the executable; so does each call whose arguments the C++ path has not met.
    """

    def __init__(self, original: Any, params: dict[str, Any]) -> None:
        self.params = params
        self.executables: list[Any] = []
        donated = tuple(index for index, given in enumerate(params["donated_invars"]) if given)
        key = pxla.JitGlobalCppCacheKeys(
            donate_argnums=donated,
            donate_argnames=None,
            device=None,
            backend=None,
            in_shardings_treedef=None,
            in_shardings_leaves=params["in_shardings"],
            out_shardings_treedef=None,
            out_shardings_leaves=params["out_shardings"],
            in_layouts_treedef=None,
            in_layouts_leaves=params["in_layouts"],
            out_layouts_treedef=None,
            out_layouts_leaves=params["out_layouts"],
        )
        self.call = _xla.pjit(
            params["name"],
            _not_called,
            functools.partial(self._miss, original),
            [],
            [],
            key,
            tree_util.dispatch_registry,
            pxla.cc_shard_arg,
            _xla.PjitFunctionCache(capacity=8),
        )

    def _miss(self, original: Any, *args: Any) -> Any:
        found = original(*args, **self.params)
        outs, executable, _, const_args = found
        if not any(executable is known for known in self.executables):
            self.executables.append(executable)
        closed = self.params["jaxpr"]
        tree = tree_util.tree_structure(outs)
        fastpath = _fastpath_data(
            executable, tree, args, outs, closed.effects, closed.consts, None, const_args
        )
        return outs, fastpath, False


def _not_called(*args: Any) -> Any:
    raise AssertionError(f"called with {len(args)} arguments")


_fastpath_data: Any = pjit._get_fastpath_data
_dispatchers: dict[tuple[int, ...], _Dispatcher] = {}


def _call_jit(original: Any, args: tuple[Any, ...], params: dict[str, Any]) -> Any:
    """What `_pjit_call_impl_python` gives: results, executable, no profiler, no constants."""
    if config.enable_pgle.value:
        return original(*args, **params)
    key = tuple(map(id, params.values()))
    dispatcher = _dispatchers.get(key)
    if dispatcher is None:
        dispatcher = _dispatchers[key] = _Dispatcher(original, params)
    elif len(dispatcher.executables) > 1:  # a hit would not say which of them ran
        return original(*args, **params)
    outs = dispatcher.call(*args)
    return outs, dispatcher.executables[-1], None, []


def _observed_jit(original: Any) -> Any:
    @functools.wraps(original)
    def call_python(*args: Any, **params: Any) -> Any:
        observer = _observer.get()
        if observer is None:
            return original(*args, **params)
        if observer.busy:
            found = _call_jit(original, args, params)
            _last_executable.set(found[1])
            return found
        observer.busy = True
        try:
            found = _call_jit(original, args, params)
        except BaseException as error:
            observer.on_error(error)
            raise
        finally:
            observer.busy = False
        observer.on_primitive(pjit.jit_p, args, params, found[0], found[1])
        return found

    return call_python


def _observed_shard_map(original: Any) -> Any:
    @functools.wraps(original)
    def process_shard_map(self: Any, prim: Any, fun: Any, args: Any, /, **params: Any) -> Any:
        observer = _idle_observer()
        if observer is None:
            return original(self, prim, fun, args, **params)
        observer.busy = True
        try:
            outs = original(self, prim, fun, args, **params)
        except BaseException as error:
            observer.on_error(error)
            raise
        finally:
            observer.busy = False
        params["body"] = f"ran eagerly, not traced: {getattr(fun, '__name__', 'function')}"
        observer.on_primitive(EAGER_SHARD_MAP, tuple(args), params, list(outs), None)
        return outs

    return process_shard_map


def _observed_compiled(original: Any) -> Any:
    @functools.wraps(original)
    def __call__(self: Any, *args: Any, **kwargs: Any) -> Any:
        observer = _idle_observer()
        if observer is None:
            return original(self, *args, **kwargs)
        observer.busy = True
        try:
            outs = original(self, *args, **kwargs)
        except BaseException as error:
            observer.on_error(error)
            raise
        finally:
            observer.busy = False
        observer.on_compiled(self, (args, kwargs), outs)
        return outs

    return __call__


def _observed_read(original: Any, how: str) -> Any:
    @functools.wraps(original)
    def read(*args: Any, **kwargs: Any) -> Any:
        observer = _idle_observer()
        if observer is None or not args or type(args[0]) is not array.ArrayImpl:
            return original(*args, **kwargs)
        observer.busy = True
        try:
            value = original(*args, **kwargs)
        except BaseException as error:
            observer.on_error(error)
            raise
        finally:
            observer.busy = False
        observer.on_round_trip(args[0], how)
        return value

    return read


def _no_fastpath(original: Any) -> Any:
    @functools.wraps(original)
    def get_fastpath_data(*args: Any, **kwargs: Any) -> Any:
        return None if _jit_key.value else original(*args, **kwargs)

    return get_fastpath_data


EAGER_SHARD_MAP = core.Primitive("shard_map")
EAGER_SHARD_MAP.multiple_results = True
COMPILED_CALL = core.Primitive("compiled_call")
COMPILED_CALL.multiple_results = True
REPEAT = core.Primitive("repeat")
REPEAT.multiple_results = True

_READS = {
    "__float__": "float()",
    "__int__": "int()",
    "__complex__": "complex()",
    "__bool__": "bool()",
    "__index__": "index",
    "item": ".item()",
    "tolist": ".tolist()",
    "tobytes": ".tobytes()",
    "__array__": "np.asarray()",
    "__format__": "format",
    "__repr__": "repr()",
    "__str__": "str()",
}


def _patches() -> list[tuple[Any, str, Any]]:
    """What is replaced while something is recorded: (owner, name, replacement)."""
    found: list[tuple[Any, str, Any]] = [
        (
            core.EvalTrace,
            "process_primitive",
            _observed_primitive(core.EvalTrace.process_primitive),
        ),
        (
            core.EvalTrace,
            "process_shard_map",
            _observed_shard_map(getattr(core.EvalTrace, "process_shard_map")),  # noqa: B009
        ),
        (pjit, "_pjit_call_impl_python", _observed_jit(pjit._pjit_call_impl_python)),
        (pjit, "_get_fastpath_data", _no_fastpath(pjit._get_fastpath_data)),
        (jax.stages.Compiled, "__call__", _observed_compiled(jax.stages.Compiled.__call__)),
        (np, "asarray", _observed_read(np.asarray, "np.asarray()")),
        (np, "array", _observed_read(np.array, "np.array()")),
    ]
    for name, how in _READS.items():
        method = getattr(array.ArrayImpl, name)
        found.append((array.ArrayImpl, name, _observed_read(method, how)))
    return found


class observe:
    """Tell an observer what JAX evaluates in this thread and context, until `stop`.

    JAX evaluates as it would without: nothing is traced, nothing is compiled that would not
    be. Calls of jitted functions take JAX's Python path instead of its C++ one.
    """

    def __init__(self, observer: Observer) -> None:
        with _lock:
            _users.append(observer)
            if not _installed:
                for owner, name, replacement in _patches():
                    _installed.append((owner, name, getattr(owner, name)))
                    setattr(owner, name, replacement)
        self._observer = observer
        self._before = _observer.get()
        self._key_before = _jit_key.get_local()
        self._thread = threading.get_ident()
        _observer.set(observer)
        _jit_key.set_local(True)

    def stop(self) -> None:
        """Stop telling, and put everything back once nobody is told any more. Safe to repeat."""
        if threading.get_ident() == self._thread:
            _observer.set(self._before)
            _jit_key.set_local(self._key_before)
        with _lock:
            if self._observer in _users:
                _users.remove(self._observer)
            if not _users:
                _dispatchers.clear()
                while _installed:
                    owner, name, original = _installed.pop()
                    setattr(owner, name, original)


def strip_own_frames(error: BaseException) -> None:
    """Take the frames of this file out of an error's traceback, and of those it came from."""
    seen: set[int] = set()
    waiting: list[BaseException | None] = [error]
    while waiting:
        current = waiting.pop()
        if current is None or id(current) in seen:
            continue
        seen.add(id(current))
        waiting += [current.__cause__, current.__context__]
        if __file__ in str(current):
            current.args = tuple(map(_without_own_lines, current.args))
            for name, text in vars(current).items():  # JaxRuntimeError has its own copy
                vars(current)[name] = _without_own_lines(text)
        kept = None
        frames: list[TracebackType] = []
        step = current.__traceback__
        while step is not None:
            frames.append(step)
            step = step.tb_next
        for frame in reversed(frames):
            if frame.tb_frame.f_code.co_filename != __file__:
                frame.tb_next = kept
                kept = frame
        current.__traceback__ = kept


def _without_own_lines(text: Any) -> Any:
    """A message without our frames: a host callback's error has its whole stack as text."""
    if not isinstance(text, str):
        return text
    kept: list[str] = []
    ours = False
    for line in text.split("\n"):
        is_frame = line.lstrip().startswith('File "')
        ours = __file__ in line if is_frame else ours and line.startswith("    ")
        if not ours:
            kept.append(line)
    return "\n".join(kept)


def user_place(skip: int) -> tuple[CodeType, int] | None:
    """The innermost line of the user's that runs now, as (code, instruction); None if none does."""
    frame: FrameType | None = sys._getframe(skip + 1)
    while frame is not None:
        code = frame.f_code
        if _is_user_code(code):
            return code, frame.f_lasti
        frame = frame.f_back
    return None


@functools.lru_cache(maxsize=16384)
def _is_user_code(code: CodeType) -> bool:
    return is_user_file(code.co_filename)


def leaves(tree: Any) -> list[Any]:
    """The leaves of a pytree."""
    return jax.tree_util.tree_leaves(tree)


def is_traceable(leaf: Any) -> bool:
    """True for a leaf that `jax.jit` takes as an argument: arrays, scalars, abstract values."""
    return (
        isinstance(leaf, jax.ShapeDtypeStruct | core.AbstractValue)
        or abstract_value(leaf) is not None
    )


def function_name(function: Any) -> str:
    """What a person calls a function: its name, or that of the function inside a partial."""
    while isinstance(function, functools.partial):
        function = function.func
    return str(getattr(function, "__name__", None) or type(function).__name__)


NEEDS_VALUE: tuple[type[Exception], ...] = (
    jax.errors.ConcretizationTypeError,
    jax.errors.TracerArrayConversionError,
    jax.errors.TracerIntegerConversionError,
    jax.errors.NonConcreteBooleanIndexError,
)
"""Errors of code that needs the value of a traced array."""
FOUND_NAN: tuple[type[Exception], ...] = (api_util.InternalFloatingPointError,)
"""What a compiled program raises under `jax_debug_nans` and `jax_debug_infs`."""


def short_type(value: Any) -> str:
    """The type of an array in short, `f32[8,4]`."""
    return core.typeof(value).str_short(short_dtypes=True)


def traced_name(traced: jax.stages.Traced) -> str:
    """The name of the function that was traced."""
    return str(traced.fun_name)


def is_module(value: Any) -> bool:
    """True for an MLIR module."""
    return isinstance(value, ir.Module)


def platforms() -> tuple[str, ...]:
    """The platforms that started, the default one first."""
    started = xla_bridge.backends()
    default = jax.default_backend()
    return (default, *(name for name in started if started[name].platform != default))


def failed_platforms() -> tuple[tuple[str, str], ...]:
    """Platforms that were tried and did not start, with the reason in a line."""
    return tuple(
        (name, (str(why).strip() or "no reason given").splitlines()[0])
        for name, why in xla_bridge._backend_errors.items()
    )


def compiled_name(compiled: Any) -> str:
    """The name of an ahead-of-time compiled object's module."""
    return str(compiled.runtime_executable().hlo_modules()[0].name)


def source_of_jit(params: dict[str, Any]) -> tuple[str, int]:
    """The file and the line that a jitted function was defined at; ("", 0) where JAX has none."""
    _, _, place = (params["jaxpr"].debug_info.func_src_info or "").rpartition(" at ")
    filename, _, line = place.rpartition(":")
    return (filename, int(line)) if line.isdigit() else ("", 0)


def is_users_jit(params: dict[str, Any]) -> bool:
    """True for a jitted function that was defined outside JAX; jnp's own little jits are not."""
    filename, _ = source_of_jit(params)
    return bool(filename) and is_user_file(filename)


def abstract_value(value: Any) -> Any:
    """JAX's abstract value of an array, a scalar, a key or a reference; None if it has none."""
    try:
        return core.typeof(value)
    except TypeError:
        return None


def current_observer() -> Observer | None:
    """Who is told of what JAX evaluates here; None if nobody is."""
    return _observer.get()


def is_current_tracer(value: Any) -> bool:
    """True for a tracer of the trace that is under way here, not one left over from another."""
    return isinstance(value, core.Tracer) and value._trace is core.trace_ctx.trace


def is_reference(aval: Any) -> bool:
    """True for the abstract value of a mutable reference."""
    return isinstance(aval, AbstractRef)


def is_array(value: Any) -> bool:
    """True for a concrete jax.Array; tracers are none."""
    return isinstance(value, jax.Array) and not isinstance(value, core.Tracer)


def current_source_info() -> Any:
    """JAX's record of the line that runs now and of its name stack."""
    return source_info_util.current()


def meta_types(args: Sequence[Any]) -> list[Any]:
    """What JAX needs of arguments to lower a call of them again; the arrays are not kept."""
    return [pjit.convert_to_metaty(arg) for arg in args]


def traced_of_call(params: dict[str, Any], in_types: Sequence[Any]) -> jax.stages.Traced:
    """A Traced for a jitted call that was seen, over its flat arguments and results."""
    closed = params["jaxpr"]
    _, in_tree = jax.tree_util.tree_flatten((tuple(in_types), {}))
    _, out_tree = jax.tree_util.tree_flatten(list(closed.out_avals))
    fields: list[Any] = [list(in_types), dict(params), in_tree, out_tree, []]
    if "fun_sourceinfo" in inspect.signature(jax.stages.Traced).parameters:  # JAX 0.12
        fields.append(closed.debug_info.func_src_info)
    return jax.stages.Traced(*fields)


def flat_program(
    traced: jax.stages.Traced, input_names: Sequence[str], output_names: Sequence[str]
) -> tuple[jax.stages.Traced, list[int] | None]:
    """A Traced over flat arguments and results, with names for them, and only those it reads.

    Returns:
      The Traced, and the positions of the arguments that it kept; the very same Traced and None
      where it has values of hijax types, which stand for several arrays each, or took tracers
      of another trace (running it gives JAX's own error for those).
    """
    params = dict(traced._params)
    closed = params["jaxpr"]
    avals = [*closed.in_avals, *closed.out_avals]
    is_high = getattr(closed, "is_high", False) or any(getattr(a, "is_high", False) for a in avals)
    if is_high or traced._consts:
        return traced, None
    inner = open_jaxpr(closed)[0]
    read = {id(atom) for eqn in inner.eqns for atom in eqn.invars}
    read |= {id(atom) for atom in inner.outvars}
    kept = [index for index, variable in enumerate(closed.invars) if id(variable) in read]
    debug_info = inner.debug_info._replace(
        arg_names=tuple(input_names[index] for index in kept), result_paths=tuple(output_names)
    )
    variables = [closed.invars[index] for index in kept]
    params["jaxpr"] = closed.replace(
        **(
            {"invars": variables, "debug_info": debug_info}
            if inner is closed  # JAX 0.12
            else {"jaxpr": inner.replace(invars=variables, debug_info=debug_info)}
        )
    )
    for name in ("in_shardings", "in_layouts", "donated_invars"):
        params[name] = tuple(params[name][index] for index in kept)
    return traced_of_call(params, [traced._meta_tys_flat[index] for index in kept]), kept


def evaluator(traced: jax.stages.Traced) -> Callable[..., list[Any]]:
    """Runs a traced program through `jax.jit`, over its flat arguments.

    For programs with hijax types: JAX's compiled objects don't take their arguments (0.12).
    """
    run = jax.jit(core.jaxpr_as_fun(traced._params["jaxpr"]))
    return lambda *args: run(*traced._consts, *args)


def traced_of_jaxpr(closed: Any, name: str) -> jax.stages.Traced:
    """A Traced for a whole ClosedJaxpr without constants, as if it were one jitted function."""

    def cell(*args: Any) -> Any:
        return core.jaxpr_as_fun(closed)(*args)

    cell.__name__ = cell.__qualname__ = name
    types = [
        jax.ShapeDtypeStruct(aval.shape, aval.dtype, weak_type=getattr(aval, "weak_type", False))
        for aval in closed.in_avals
    ]
    return jax.jit(cell).trace(*types)


def stablehlo_module(lowered: jax.stages.Lowered) -> ir.Module:
    """The MLIR module of a lowered program."""
    module: Any = lowered.compiler_ir("stablehlo")
    return module


def hlo_proto(executable: Any) -> bytes:
    """The optimized HLO of an executable, or of a `Compiled`, as a serialized HloModuleProto."""
    if hasattr(executable, "runtime_executable"):
        executable = executable.runtime_executable()
    modules = executable.hlo_modules()
    return modules[0].as_serialized_hlo_module_proto()


# --- jaxprs from notes -------------------------------------------------------------------------


def new_variable(aval: Any) -> Any:
    """A fresh jaxpr variable."""
    return core.Var(aval)


def dropped(aval: Any) -> Any:
    """The variable of a result that nothing reads."""
    return core.DropVar(aval)


def literal(value: Any) -> Any:
    """A literal of a Python or NumPy scalar."""
    return core.Literal(value, core.typeof(value))


def new_equation(
    primitive: Any, params: dict[str, Any], inputs: list[Any], outputs: list[Any], source: Any
) -> Any:
    """An equation; its effects are asked of the primitive."""
    if primitive is REPEAT:
        effects = params["jaxpr"].effects
        effects = {effect for effect in effects if not isinstance(effect, JaxprInputEffect)}
    else:
        effects = _effects_of(primitive, params, [atom.aval for atom in inputs])
    return core.new_jaxpr_eqn(inputs, outputs, primitive, params, effects, source)


def _effects_of(primitive: Any, params: dict[str, Any], avals: list[Any]) -> Any:
    if primitive in (COMPILED_CALL, EAGER_SHARD_MAP):
        return core.no_effects
    if primitive is pjit.jit_p:
        closed = params["jaxpr"]
        positional: Any = getattr(core, "positional_effects", None)  # JAX 0.12
        return closed.effects if positional is None else positional(closed)
    try:
        return primitive.abstract_eval(*avals, **params)[1]
    except Exception:  # a primitive that has no rule for abstract values: it is known by name only
        return core.no_effects


def new_closed_jaxpr(
    inputs: list[Any],
    outputs: list[Any],
    equations: list[Any],
    name: str,
    input_names: Sequence[str],
    output_names: Sequence[str],
) -> Any:
    """A ClosedJaxpr without constants, from equations in order."""
    debug_info = linear_util.DebugInfo("record", name, tuple(input_names), tuple(output_names))
    effects = partial_eval.make_jaxpr_effects([], inputs, outputs, equations)
    return _ClosedJaxpr(core.Jaxpr([], inputs, outputs, equations, effects, debug_info), [])
