"""Texts that end in a number, taken apart, so that the numbers make columns."""

from __future__ import annotations

from collections.abc import Iterable, Sequence


def split_at(text: str, mark: str) -> tuple[str, int]:
    """A text up to and with its last mark, and the number behind it; -1 where there is none.

    Only numbers as they are usually written count: no zeros ahead, no more than 15 digits.
    """
    stem, found, number = text.rpartition(mark)
    if not (found and number.isdecimal() and number.isascii() and len(number) < 16):
        return text, -1
    return (text, -1) if number[0] == "0" and number != "0" else (stem + mark, int(number))


class Names:
    """Names as stems and numbers: `fusion.3` is `fusion.` and 3, `fusion` is itself and -1."""

    def __init__(self, texts: Sequence[str]) -> None:
        split = {text: split_at(text, ".") for text in dict.fromkeys(texts)}
        found = [split[text] for text in texts]
        self.stems = [stem for stem, _ in found]
        self.numbers = [number for _, number in found]

    def serials(self, order: Iterable[int]) -> list[int]:
        """Where a stem ends in a dot, the number behind it less the last with that stem."""
        last: dict[str, int] = {}
        found: list[int] = []
        for at in order:
            stem = self.stems[at]
            if stem[-1:] == ".":
                found.append(self.numbers[at] - last.get(stem, 0))
                last[stem] = self.numbers[at]
        return found


def numbers_from(stems: Sequence[str], serials: Iterable[int], order: Iterable[int]) -> list[int]:
    """The numbers that `Names.serials` was made of; -1 where there is none."""
    numbers = [-1] * len(stems)
    last: dict[str, int] = {}
    for at, step in zip([at for at in order if stems[at][-1:] == "."], serials, strict=True):
        numbers[at] = last[stems[at]] = last.get(stems[at], 0) + step
    return numbers


def join(stem: str, number: int) -> str:
    """The text that was split."""
    return stem if number < 0 else f"{stem}{number}"
