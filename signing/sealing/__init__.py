"""From a PDF to a sealed one, from bytes to a detached seal, and what makes a seal outlive its certificate."""

from __future__ import annotations
