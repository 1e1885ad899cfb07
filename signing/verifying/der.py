"""Just enough DER (X.690) to see whether an encoding has one form only; not a parser of contents.

asn1crypto and OpenSSL read BER: several encodings, one meaning. Where no signature covers the
encoding itself, such freedom would let bytes be altered unseen.
"""

from __future__ import annotations

from dataclasses import dataclass

SEQUENCE = 0x30
SET = 0x31
INTEGER = 0x02
OCTET_STRING = 0x04
OID = 0x06

_CONSTRUCTED = 0x20
_LONG_TAG = 0x1F
_LONG_LENGTH = 0x80


class NotDer(ValueError):
    """The octets are not what DER allows here; the message says what is wrong."""


@dataclass(frozen=True, slots=True)
class Node:
    """One element: its tag octet, all its octets, and those of its content."""

    tag: int
    raw: bytes
    content: bytes

    def children(self) -> list[Node]:
        """Return the elements of a constructed element, in order."""
        if not self.tag & _CONSTRUCTED:
            raise NotDer("a primitive element stands where a constructed one must")
        found, rest = [], self.content
        while rest:
            node, rest = read(rest)
            found.append(node)
        return found

    def expect(self, tag: int) -> Node:
        """Return the element itself, if its tag is *tag*."""
        if self.tag != tag:
            raise NotDer(f"an element has tag {self.tag:#04x} where {tag:#04x} must stand")
        return self


def read(data: bytes) -> tuple[Node, bytes]:
    """Return the first element of *data* and the octets behind it."""
    if len(data) < 2:  # noqa: PLR2004 - a tag and a length
        raise NotDer("the encoding ends too early")
    if data[0] & _LONG_TAG == _LONG_TAG:
        raise NotDer("a tag is longer than any that may stand here")
    start, length = 2, data[1]
    if length & _LONG_LENGTH:
        start += length & ~_LONG_LENGTH
        octets = data[2:start]
        length = int.from_bytes(octets, "big")
        if not octets or octets[0] == 0 or length < _LONG_LENGTH or len(octets) != start - 2:
            raise NotDer("a length is not in its shortest form")
    if len(data) < start + length:
        raise NotDer("the encoding ends too early")
    end = start + length
    return Node(data[0], data[:end], data[start:end]), data[end:]


def read_only(data: bytes) -> Node:
    """Return the one element that *data* is."""
    node, rest = read(data)
    if rest:
        raise NotDer("octets stand behind the end of the encoding")
    return node
