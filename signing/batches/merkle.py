"""Hash trees as RFC 6962 makes them (section 2.1): many entries, one root, a short path from each to it. Pure.

A leaf and a node begin with different octets before they are hashed, so that neither passes for the other. Proofs
that one tree grew out of another are not made here: a batch is closed once.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

#: Octets of a hash.
HASH_SIZE = 32
_LEAF, _NODE = b"\x00", b"\x01"


class NoPath(ValueError):
    """A path does not fit the place of a leaf in a tree of that size."""


@dataclass(frozen=True, slots=True)
class Tree:
    """A tree that is complete."""

    #: Hashes level by level, the leaves first, the root alone at the end.
    levels: tuple[tuple[bytes, ...], ...]

    @property
    def size(self) -> int:
        """Number of leaves."""
        return len(self.levels[0])

    @property
    def root(self) -> bytes:
        """The hash that stands for all leaves and their order; 32 bytes."""
        return self.levels[-1][0]

    def path(self, index: int) -> tuple[bytes, ...]:
        """Return what is hashed with leaf *index* (from 0) on its way to the root, nearest first.

        Raises:
            IndexError: there is no such leaf.
        """
        if not 0 <= index < self.size:
            raise IndexError(f"a tree of {self.size} leaves has no leaf {index}")
        path = []
        for level in self.levels[:-1]:
            if index ^ 1 < len(level):
                path.append(level[index ^ 1])
            index >>= 1
        return tuple(path)


def leaf_hash(entry: bytes) -> bytes:
    """Return the hash of a leaf that holds *entry*, 32 bytes."""
    return hashlib.sha256(_LEAF + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Return the hash of the node above *left* and *right*, 32 bytes."""
    return hashlib.sha256(_NODE + left + right).digest()


def grow(leaves: Iterable[bytes]) -> Tree:
    """Return the tree over the hashes *leaves*, in their order.

    The last of an odd number goes up as it is: the same tree as the standard's, which splits at a power of two.

    Raises:
        ValueError: there is no leaf.
    """
    levels = [tuple(leaves)]
    if not levels[0]:
        raise ValueError("a tree needs a leaf")
    while len(level := levels[-1]) > 1:
        above = [node_hash(level[at], level[at + 1]) for at in range(0, len(level) - 1, 2)]
        levels.append((*above, level[-1]) if len(level) % 2 else tuple(above))
    return Tree(tuple(levels))


def climb(leaf: bytes, *, index: int, size: int, path: Sequence[bytes]) -> bytes:
    """Return the root to which *path* leads from the hash *leaf*, at *index* (from 0) of *size* leaves.

    Raises:
        NoPath: *index* is outside, or the path is longer or shorter than one in such a tree.
    """
    if not 0 <= index < size:
        raise NoPath(f"a tree of {size} leaves has no leaf {index}")
    node, rest, last = leaf, list(reversed(path)), size - 1
    while last:
        # a node without a neighbour is the last of its level
        if index % 2 or index < last:
            if not rest:
                raise NoPath("the path ends below the root")
            other = rest.pop()
            node = node_hash(other, node) if index % 2 else node_hash(node, other)
        index, last = index >> 1, last >> 1
    if rest:
        raise NoPath("the path goes on above the root")
    return node
