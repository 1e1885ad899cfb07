"""The laws of hash trees: every leaf is proved, and nothing else is."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from signing.batches.merkle import NoPath, climb, grow, leaf_hash, node_hash

SIZES = st.integers(1, 200)
#: A place as a share of what there is.
PLACES = st.integers(0, 10**9)


def leaves(size: int) -> list[bytes]:
    return [leaf_hash(number.to_bytes(4, "big")) for number in range(size)]


def defined_root(hashes: list[bytes]) -> bytes:
    """The root as RFC 6962, 2.1 defines it, word for word: split at the largest power of two below the size."""
    if len(hashes) == 1:
        return hashes[0]
    split = 1 << (len(hashes) - 1).bit_length() - 1
    return node_hash(defined_root(hashes[:split]), defined_root(hashes[split:]))


def leads_to(root: bytes, leaf: bytes, *, index: int, size: int, path: tuple[bytes, ...]) -> bool:
    try:
        return climb(leaf, index=index, size=size, path=path) == root
    except NoPath:
        return False


@pytest.mark.parametrize("size", range(1, 201))
def test_the_tree_is_the_standards_and_every_leaf_is_proved(size: int) -> None:
    hashes = leaves(size)
    tree = grow(hashes)
    assert tree.root == defined_root(hashes)
    for index, leaf in enumerate(hashes):
        assert climb(leaf, index=index, size=size, path=tree.path(index)) == tree.root


@settings(max_examples=60, deadline=None)
@given(SIZES, PLACES)
def test_a_path_proves_no_other_leaf_and_no_other_place(size: int, place: int) -> None:
    hashes, index = leaves(size), place % size
    tree = grow(hashes)
    path = tree.path(index)
    for other in range(size):
        if other != index:
            assert not leads_to(tree.root, hashes[other], index=index, size=size, path=path)
            assert not leads_to(tree.root, hashes[index], index=other, size=size, path=path)


@settings(max_examples=100, deadline=None)
@given(SIZES.filter(lambda size: size > 1), PLACES, PLACES, st.integers(0, 7))
def test_a_flipped_bit_of_a_path_leads_elsewhere(size: int, place: int, octet: int, bit: int) -> None:
    hashes, index = leaves(size), place % size
    tree = grow(hashes)
    joined = bytearray(b"".join(tree.path(index)))
    joined[octet % len(joined)] ^= 1 << bit
    path = tuple(bytes(joined[at : at + 32]) for at in range(0, len(joined), 32))
    assert not leads_to(tree.root, hashes[index], index=index, size=size, path=path)


@settings(max_examples=60, deadline=None)
@given(SIZES, SIZES)
def test_trees_of_different_entries_have_different_roots(one: int, other: int) -> None:
    assert (grow(leaves(one)).root == grow(leaves(other)).root) == (one == other)
    assert one == 1 or grow(reversed(leaves(one))).root != grow(leaves(one)).root
