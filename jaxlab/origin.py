"""Where a node comes from: scopes, transforms, and the user's source lines."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import PurePath


@dataclass(frozen=True, slots=True)
class Frame:
    """One line of the user's source. Lines and columns count from 1; 0 means unknown."""

    file: str
    line: int
    function: str = ""
    column: int = 0
    end_line: int = 0
    end_column: int = 0

    def __str__(self) -> str:
        where = f"{self.file}:{self.line}"
        return f"{where} ({self.function})" if self.function else where


@dataclass(frozen=True, slots=True)
class Source:
    """The text that frames point into, kept so that a saved report needs no file.

    Attributes:
      file: the name that frames carry.
      text: the whole text; "" where it could not be read.
      title: what a person calls it: `cell [3]`, `train.py`.
      cell_id: the notebook's own id of the cell, "" for a file. It survives a restart.
      line_offset: lines of the cell above `text`'s line 1 (the magic's line).
    """

    file: str
    text: str
    title: str = ""
    cell_id: str = ""
    line_offset: int = 0

    def line(self, number: int) -> str:
        """The text of a line, counted from 1; "" where there is none."""
        lines = self.text.splitlines()
        return lines[number - 1] if 0 < number <= len(lines) else ""


def place_of(frame: Frame | None, sources: Sequence[Source]) -> str:
    """Where a person finds a line: `cell [3]:5  loss = …`."""
    if frame is None:
        return "(no line of yours)"
    source = next((each for each in sources if each.file == frame.file), None)
    title = source.title if source is not None else PurePath(frame.file).name
    text = source.line(frame.line).strip() if source is not None else ""
    return f"{title}:{frame.line}  {text}".rstrip()


class FrameStack:
    """Frames, innermost first, read when first asked for: that is half of a reader's time."""

    __slots__ = ("_frames", "_load")

    def __init__(self, load: Callable[[], tuple[Frame, ...]]) -> None:
        self._load: Callable[[], tuple[Frame, ...]] | None = load
        self._frames: tuple[Frame, ...] = ()

    @property
    def frames(self) -> tuple[Frame, ...]:
        if self._load is not None:
            self._frames = self._load()
            self._load = None
        return self._frames

    def __repr__(self) -> str:
        return f"FrameStack({self.frames!r})"


def frame_stack(*frames: Frame) -> FrameStack:
    """A stack of frames that are known already, innermost first."""
    return FrameStack(lambda: frames)


NO_FRAMES = frame_stack()


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a node comes from.

    Attributes:
      scopes: the user's named scopes and module names, outermost first.
      transforms: JAX transforms wrapped round those scopes, outermost first:
        `("transpose", "jvp")`.
      stack: the user's frames, read lazily; see `frames`.
      tags: lineage tags met on the way to this node, outermost first; the last names the
        equation itself. Only programs compiled for lineage have them.
    """

    scopes: tuple[str, ...] = ()
    transforms: tuple[str, ...] = ()
    stack: FrameStack = field(default=NO_FRAMES, compare=False)
    tags: tuple[str, ...] = ()

    @property
    def frames(self) -> tuple[Frame, ...]:
        """The user's frames, innermost first; frames of JAX and of IPython are left out."""
        return self.stack.frames

    @property
    def backward(self) -> bool:
        """True for what a transpose made: the backward pass of a gradient."""
        return "transpose" in self.transforms

    @property
    def scope(self) -> str:
        """The scopes as one path, `block_3/attn`; "" at the top."""
        return "/".join(self.scopes)


NOWHERE = Origin()
