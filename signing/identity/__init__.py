"""Whose key seals: held in memory, in a token, at a signing service, or made for trials; and the check that it may."""

from __future__ import annotations
