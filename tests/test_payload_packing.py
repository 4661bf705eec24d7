"""Packed payloads: the same text for the same payload, and one line for all that is broken."""

from __future__ import annotations

import gzip
import json
import random
from base64 import b64decode, b64encode
from pathlib import Path
from typing import Any

import pytest

from jaxlab.errors import PayloadError
from jaxlab.payload import decode_report, pack, unpack
from jaxlab.payload.packing import LIMIT

GOLDENS = Path(__file__).parent / "golden"
PAYLOAD = json.loads((GOLDENS / "report-v1.json").read_text(encoding="utf-8"))


def packed(text: bytes) -> str:
    return b64encode(gzip.compress(text, mtime=0)).decode()


def is_read_or_said(data: str) -> bool:
    """True if it could be read; else it was said in one line why not."""
    try:
        decode_report(unpack(data))
    except PayloadError as error:
        assert "\n" not in str(error)
        assert len(str(error)) < 200
        return False
    return True


def test_a_payload_comes_back_and_is_packed_the_same_each_time():
    assert unpack(pack(PAYLOAD)) == PAYLOAD
    assert pack(PAYLOAD) == pack(json.loads(json.dumps(PAYLOAD)))


def test_the_packed_golden_is_the_golden():
    """The viewer's tests inflate this very file. Other zlibs give other bytes."""
    assert unpack((GOLDENS / "report-v1.b64").read_text().strip()) == PAYLOAD


@pytest.mark.parametrize(
    ("data", "said"),
    [
        ("", "cut off"),
        ("not base64!", "damaged"),
        ("é", "damaged"),
        (b64encode(b"no gzip").decode(), "damaged"),
        (packed(b"no JSON"), "damaged"),
        (packed(b"[1]"), "damaged.*list"),
        (packed(b'{"a": ' + b"9" * 5_000 + b"}"), "damaged"),
        (packed(b"[" * 200_000), "damaged"),
        (pack(PAYLOAD)[:400], "cut off"),
    ],
)
def test_what_cannot_be_unpacked_is_said_in_one_line(data: str, said: str):
    with pytest.raises(PayloadError, match=said) as error:
        unpack(data)
    assert "\n" not in str(error.value)


def test_a_bomb_is_inflated_to_the_limit_only():
    bomb = packed(b" " * 10_000_000)
    with pytest.raises(PayloadError, match="too large: over 1,000 bytes"):
        unpack(bomb, limit=1_000)
    assert unpack(pack(PAYLOAD), LIMIT) == PAYLOAD


def test_truncated_payloads_are_refused():
    data = pack(PAYLOAD)
    assert not any(is_read_or_said(data[:length]) for length in range(0, len(data), 7))


def test_flipped_bits_are_refused_or_change_nothing():
    """A few bits mean nothing: gzip's time, and those behind the last symbol."""
    whole = b64decode(pack(PAYLOAD))
    pick = random.Random(3)
    for _ in range(300):
        data = bytearray(whole)
        data[pick.randrange(len(data))] ^= 1 << pick.randrange(8)
        text = b64encode(data).decode()
        assert not is_read_or_said(text) or unpack(text) == PAYLOAD


ODD: tuple[Any, ...] = (None, -1, 10**12, 1.5, "x", [], {}, True, [[]], [-1], [10**12])


def places_in(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Paths to everything in a JSON value."""
    found = [path] if path else []
    inner = value.items() if isinstance(value, dict) else ()
    inner = enumerate(value) if isinstance(value, list) else inner
    for key, item in inner:
        found += places_in(item, (*path, key))
    return found


def test_payloads_with_one_odd_value_are_read_or_refused():
    paths = places_in(PAYLOAD)
    pick = random.Random(4)
    for _ in range(4_000):
        *path, last = pick.choice(paths)
        holder = PAYLOAD
        for key in path:
            holder = holder[key]
        kept = holder[last]
        holder[last] = pick.choice(ODD)
        try:
            decode_report(PAYLOAD)
        except PayloadError as error:
            assert "\n" not in str(error)
        finally:
            holder[last] = kept
    assert decode_report(PAYLOAD).title
