"""Folding of notes while they are taken: what repeats is one Repeat, exactly."""

from __future__ import annotations

import random

from jaxlab.capture.notes import FoldedNotes, Item, Note, Repeat, Scalar, Source, count_notes


def note(key: int, inputs=(), outputs=()) -> Note:
    return Note(key, f"op{key}", {}, list(inputs), list(outputs), [], [], None)


def fold(keys) -> list[Item]:
    notes = FoldedNotes()
    for key in keys:
        notes.append(note(key))
    return notes.items


def shape(items) -> list:
    return [(i.count, shape(i.body)) if isinstance(i, Repeat) else i.key for i in items]


def unfold(items) -> list[int]:
    keys = []
    for item in items:
        keys += unfold(item.body) * item.count if isinstance(item, Repeat) else [item.key]
    return keys


def test_a_loop_of_one_is_one_repeat():
    assert shape(fold([1, 2, 2, 2, 2, 3])) == [1, (4, [2]), 3]


def test_a_loop_of_several_is_one_repeat():
    assert shape(fold([9] + [1, 2, 3] * 100 + [4])) == [9, (100, [1, 2, 3]), 4]


def test_a_loop_in_a_loop():
    assert shape(fold([1, 1, 1, 1, 2] * 6)) == [(6, [(4, [1]), 2])]


def test_every_tenth_step_differs():
    assert shape(fold(([1] * 10 + [7]) * 5)) == [(5, [(10, [1]), 7])]


def test_rounds_leave_nothing_behind():
    def held(rounds: int) -> int:
        notes = FoldedNotes()
        for key in [1, 2, 3] * rounds:
            notes.append(note(key))
        return sum(len(part) for part in vars(notes).values())

    assert held(1_000) == held(10)


def test_nothing_repeats():
    assert shape(fold(range(50))) == list(range(50))


def test_folding_loses_no_note():
    random.seed(0)
    for _ in range(300):
        keys = [random.randrange(3) for _ in range(random.randrange(1, 60))]
        items = fold(keys)
        assert unfold(items) == keys
        assert count_notes(items) == len(keys)


def test_memory_does_not_grow_with_rounds():
    assert len(fold([1, 2, 3, 4] * 5000)) == 1


def test_a_long_body_folds_too():
    body = list(range(2000))
    assert shape(fold(body * 4)) == [(4, body)]


def loop(rounds: int) -> Repeat:
    """A state (value 0) and a constant (value 1): state = f(state, 1, scalar, new); g(state)."""
    notes = FoldedNotes()
    state, following = 0, 10
    for number in range(rounds):
        fresh = 1000 + number
        notes.append(note(1, [state, 1, Scalar(number), fresh], [following]))
        notes.append(note(2, [following, Scalar(2.0)], [following + 1]))
        state, following = following, following + 2
    (repeat,) = notes.items
    assert isinstance(repeat, Repeat)
    return repeat


def test_dataflow_of_the_rounds():
    for rounds in (2, 3, 50):
        repeat = loop(rounds)
        assert repeat.count == rounds
        assert repeat.sources == [
            Source("carry", 0),
            Source("same"),
            Source("varying"),
            Source("varying"),
            Source("inside", 0),
            Source("same"),
        ]
        assert repeat.operands[:2] == [0, 1]
        assert len(repeat.inputs) == 5
        assert repeat.outputs == [10 + 2 * (rounds - 1), 11 + 2 * (rounds - 1)]


def test_a_carry_that_stops_is_varying():
    notes = FoldedNotes()
    notes.append(note(1, [0], [1]))
    notes.append(note(1, [1], [2]))
    notes.append(note(1, [0], [3]))
    (repeat,) = notes.items
    assert isinstance(repeat, Repeat)
    assert repeat.sources == [Source("varying")]
