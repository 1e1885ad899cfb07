"""The command ``sohoa``: a door for people (Vietnamese, rich) and machines (``--json``).

`app` reads the command line and ends with the right exit code; each command has a module, which calls the pipeline
and shows what it says. Nothing is decided here. Libraries that take long to load are imported by the commands that
need them, so that ``sohoa status`` answers at once.
"""

from __future__ import annotations

from pipeline.cli.app import main

__all__ = ["main"]
