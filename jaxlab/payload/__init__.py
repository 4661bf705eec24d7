"""A report as compact JSON and back: the contract with the viewer, version 1."""

from jaxlab.payload.constants import TEXT_LIMIT
from jaxlab.payload.decode import decode_report
from jaxlab.payload.encode import FORMAT, VERSION, encode_report
from jaxlab.payload.finding import Finding
from jaxlab.payload.packing import pack, to_text, unpack

__all__ = [
    "FORMAT",
    "TEXT_LIMIT",
    "VERSION",
    "Finding",
    "decode_report",
    "encode_report",
    "pack",
    "to_text",
    "unpack",
]
