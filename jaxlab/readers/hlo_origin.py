"""Where HLO instructions come from: OpMetadata and the table of stack frames, to Origins."""

# Messages have no static types.
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false

from __future__ import annotations

from collections.abc import Sequence

from jaxlab._jax import is_user_file
from jaxlab.origin import NO_FRAMES, NOWHERE, Frame, FrameStack, Origin, frame_stack
from jaxlab.readers.hlo_params import Params, plain
from jaxlab.readers.hlo_schema import Message, parse
from jaxlab.readers.names import split_name_stack, without_tags

_SHOWN_ELSEWHERE = frozenset(
    {
        *("op_name", "stack_frame_id", "source_file"),
        *("source_line", "source_end_line", "source_column", "source_end_column"),
    }
)


class Origins:
    """The origins of one module's instructions; equal ones are one object."""

    def __init__(self, stack_frame_index: bytes) -> None:
        # As bytes, and read when frames are first asked for: a message would keep its module alive.
        self._table = _FrameTable(stack_frame_index)
        self._stacks: dict[int, FrameStack] = {}
        self._known: dict[tuple[bytes, bool], tuple[Origin, Params]] = {}

    def of(self, instruction: Message, *, is_argument: bool) -> tuple[Origin, Params]:
        """An instruction's origin, and what its metadata says besides, as params.

        The params are `op_name` without tags, `op_type`, `source` where the file is not the
        user's and there is no table of frames, and whatever else is set.

        Args:
          instruction: an HloInstructionProto.
          is_argument: whether `op_name` is an argument's name, `params['w']`, and no name stack.
        """
        key = (instruction.metadata.SerializeToString(), is_argument)
        known = self._known.get(key)
        if known is None:
            known = self._known[key] = self._read(instruction.metadata, is_argument)
        return known

    def _read(self, metadata: Message, is_argument: bool) -> tuple[Origin, Params]:
        params = {k: v for k, v in plain(metadata).items() if k not in _SHOWN_ELSEWHERE}
        op_name, file = metadata.op_name, metadata.source_file
        if op_name:
            params["op_name"] = without_tags(op_name)
        if file and not is_user_file(file):
            params["source"] = f"{file}:{metadata.source_line}"
        stack = self._stack(metadata.stack_frame_id) if metadata.stack_frame_id else NO_FRAMES
        if stack is NO_FRAMES and file and is_user_file(file):
            stack = _single(metadata)
        if not op_name or is_argument:
            return (NOWHERE if stack is NO_FRAMES else Origin(stack=stack)), params
        split = split_name_stack(op_name)
        return Origin(split.scopes, split.transforms, stack, split.tags), params

    def _stack(self, frame_id: int) -> FrameStack:
        stack = self._stacks.get(frame_id)
        if stack is None:
            stack = FrameStack(lambda: self._table.frames(frame_id))
            self._stacks[frame_id] = stack
        return stack


def _single(metadata: Message) -> FrameStack:
    """The one frame of a module that has no table of frames."""
    return frame_stack(
        _frame(
            metadata.source_file,
            "",
            (metadata.source_line, metadata.source_column),
            (metadata.source_end_line, metadata.source_end_column),
        )
    )


def _frame(file: str, function: str, start: tuple[int, int], end: tuple[int, int]) -> Frame:
    # Columns count from 0 here. JAX writes the start as the end, too, where it knows no end.
    (line, column), (end_line, end_column) = start, end
    if end_line == 0 or end == start:
        return Frame(file, line, function, column + 1)
    return Frame(file, line, function, column + 1, end_line, end_column + 1)


class _FrameTable:
    """A StackFrameIndexProto, decoded when first asked."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._rows: list[tuple[Frame, int]] | None = None

    def frames(self, frame_id: int) -> tuple[Frame, ...]:
        """The user's frames from a frame outwards, innermost first."""
        if self._rows is None:
            self._rows = _rows(self._data)
        found: list[Frame] = []
        seen: set[int] = set()
        while 0 < frame_id <= len(self._rows) and frame_id not in seen:
            seen.add(frame_id)
            frame, frame_id = self._rows[frame_id - 1]
            if is_user_file(frame.file):
                found.append(frame)
        return _without_repeats(found)


def _rows(data: bytes) -> list[tuple[Frame, int]]:
    """Each frame with its parent's id, 0 for none."""
    table = parse("StackFrameIndexProto", data)
    if table is None:
        return []
    files, functions = list(table.file_names), list(table.function_names)
    places = [
        _frame(
            _at(files, place.file_name_id),
            _at(functions, place.function_name_id),
            (place.line, place.column),
            (place.end_line, place.end_column),
        )
        for place in table.file_locations
    ]
    parents = [frame.parent_frame_id for frame in table.stack_frames]
    # XLA's ids are off by one: 1 is "none", 2 the first frame. A table with a 0 is not.
    shift = 0 if 0 in parents else 1
    return [
        (_place(places, frame.file_location_id), parent - shift)
        for frame, parent in zip(table.stack_frames, parents, strict=True)
    ]


def _at(texts: Sequence[str], number: int) -> str:
    return texts[number - 1] if 0 < number <= len(texts) else ""


def _place(places: Sequence[Frame], number: int) -> Frame:
    return places[number - 1] if 0 < number <= len(places) else Frame("", 0)


def _without_repeats(frames: list[Frame]) -> tuple[Frame, ...]:
    """Frames with each run that is repeated at once kept once.

    For a call that was inlined, and for each loop, XLA appends the caller's frames to frames
    that have them already. (The levels of a recursion of the user's become one, too.)
    """
    kept: list[Frame] = []
    for frame in frames:
        kept.append(frame)
        for length in range(1, len(kept) // 2 + 1):
            if kept[-length:] == kept[-2 * length : -length]:
                del kept[-length:]
                break
    return tuple(kept)
