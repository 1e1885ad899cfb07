"""From a sealed PDF, or bytes and their seal, to a report: two checks that must agree, and the policy they judge by."""

from __future__ import annotations
