"""The parts of `make_samples.py`: printing papers, ageing them, wrapping them into files.

Not an installed package and never imported by the product: the product meets these papers only as
files. Everything here is made of integers, IEEE sums and products, and Pillow's own integer
transforms, so that the same lock and the same fonts give the same bytes on any x86-64 machine.
"""

from __future__ import annotations
