"""Hash trees and evidence of batches: what is proved, and everything that must not be."""

from __future__ import annotations

import hashlib

import pytest

from signing.batches.merkle import NoPath, climb, grow, leaf_hash, node_hash

#: Entries and roots published with certificate-transparency software, by which trees of RFC 6962 are tested.
ENTRIES = [
    bytes.fromhex(entry)
    for entry in (
        "", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f",
    )
]  # fmt: skip
ROOTS = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]


@pytest.mark.parametrize("size", range(1, 9))
def test_roots_are_those_that_others_compute(size: int) -> None:
    assert grow(map(leaf_hash, ENTRIES[:size])).root.hex() == ROOTS[size - 1]


def test_a_node_never_passes_for_a_leaf() -> None:
    left, right = leaf_hash(b"a"), leaf_hash(b"b")
    assert leaf_hash(left + right) != node_hash(left, right)
    assert leaf_hash(b"a") == hashlib.sha256(b"\0a").digest()


def test_one_leaf_is_its_own_root_with_an_empty_path() -> None:
    tree = grow([leaf_hash(b"only")])
    assert (tree.root, tree.path(0)) == (leaf_hash(b"only"), ())
    assert climb(leaf_hash(b"only"), index=0, size=1, path=()) == tree.root


def test_a_tree_without_leaves_is_none() -> None:
    with pytest.raises(ValueError, match="needs a leaf"):
        grow([])


@pytest.mark.parametrize("index", [-1, 3])
def test_a_leaf_that_is_not_there_has_no_path(index: int) -> None:
    tree = grow(map(leaf_hash, ENTRIES[:3]))
    with pytest.raises(IndexError):
        tree.path(index)
    with pytest.raises(NoPath):
        climb(leaf_hash(b""), index=index, size=3, path=tree.path(0))


def test_a_path_of_another_length_is_refused() -> None:
    tree = grow(map(leaf_hash, ENTRIES[:5]))
    path = tree.path(1)
    for other in (path[:-1], (*path, bytes(32))):
        with pytest.raises(NoPath):
            climb(leaf_hash(ENTRIES[1]), index=1, size=5, path=other)


def test_of_ten_thousand_leaves_each_path_leads_to_the_root() -> None:
    entries = [number.to_bytes(32, "big") for number in range(10_000)]
    leaves = [leaf_hash(entry) for entry in entries]
    tree = grow(leaves)
    paths = [tree.path(index) for index in range(tree.size)]
    for index in range(0, tree.size, 97):
        assert climb(leaves[index], index=index, size=tree.size, path=paths[index]) == tree.root
    assert max(map(len, paths)) == 14
