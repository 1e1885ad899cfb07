"""One page per core: the libraries below us must not start threads of their own.

Imported before everything else in the package, since a library looks at its environment only when
it is loaded. Measured on two cores with a page on each: the same nine pages took 49 s with OpenMP
left to itself and 5 s without. OpenCV is held back for a second reason: its thread pool does not
survive the fork by which page workers are made.
"""

from __future__ import annotations

import os

import cv2

# An operator who runs one page at a time on a large machine may still say otherwise.
os.environ.setdefault("OMP_THREAD_LIMIT", "1")
cv2.setNumThreads(1)
