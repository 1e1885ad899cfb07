"""Many manifests under one time stamp: a tree of hashes, and the proof that a manifest is in it."""

from __future__ import annotations
