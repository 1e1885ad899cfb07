#!/usr/bin/env bash
# Make .venv from a lock file, hashes checked, and put this checkout into it. Usage: make-venv.sh LOCK
set -euo pipefail

for python in python3 python3.13 python3.12 python3.11; do
  if "$python" -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; then break; fi
  python=
done
[ -n "$python" ] || { echo "sohoa: no Python 3.11 or newer with venv was found" >&2; exit 1; }

[ -x .venv/bin/python ] || "$python" -m venv .venv
echo "sohoa: installing the locked Python packages of $1 into .venv (a minute or two the first time)"
.venv/bin/python -m pip install -q --disable-pip-version-check --require-hashes --only-binary :all: -r "$1"
.venv/bin/python -m pip install -q --disable-pip-version-check --no-deps --no-build-isolation -e .
