"""Where child processes come from."""

from __future__ import annotations

import subprocess
import sys


def test_children_load_libraries_and_not_what_lies_in_the_working_folder(tmp_path):
    """A deposit folder may hold a file called numpy.py; it must not be run because somebody works there."""
    for name in ("numpy", "pipeline", "cv2"):
        (tmp_path / f"{name}.py").write_text("open('hijacked', 'w').close()\nraise SystemExit('hijacked')\n")
    program = (
        "import sys; sys.path.pop(0)\n"
        "from pipeline.nursery import nursery\n"
        "child = nursery().Process(target=print, args=('born',))\n"
        "child.start(); child.join(60); print(child.exitcode)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=tmp_path, capture_output=True, text=True, check=False, timeout=120
    )
    assert done.stdout.split() == ["born", "0"], done.stderr
    assert not (tmp_path / "hijacked").exists()
