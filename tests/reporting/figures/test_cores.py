"""Exhibits drawn in several processes."""

import os
import subprocess
import sys
from pathlib import Path

import psutil
import pytest
from matplotlib.figure import Figure

from interference.errors import BadInput
from interference.reporting import figures
from interference.reporting.figures import cores
from tests.reporting.figures.artists import assert_expected, expected_figures


@pytest.mark.slow
def test_parts_drawn_side_by_side_are_the_same_files(evidence, saved: Path, tmp_path: Path):
    saved_names = cores.save_all(figures.parts(**evidence), tmp_path)
    assert_expected(saved_names, expected_figures())
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == {
        path.name: path.read_bytes() for path in saved.iterdir()
    }


PARENT = """
import os, sys, time
from pathlib import Path
from interference.reporting.figures import cores
def wait():
    os.write(1, f"{os.getpid()}\\n".encode())  # in one call, since two workers write
    time.sleep(60)
    return iter(())
list(cores.save_all([wait, wait], Path(".")))
"""


@pytest.mark.slow
def test_workers_end_with_a_killed_parent(tmp_path: Path):
    parent = subprocess.Popen(
        [sys.executable, "-c", PARENT],
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )
    assert parent.stdout
    worker = psutil.Process(int(parent.stdout.readline()))
    parent.stdout.close()
    parent.kill()
    parent.wait()
    worker.wait(timeout=20)  # a second on an idle machine


def test_a_figure_of_a_name_that_leaves_the_folder_is_not_written(tmp_path: Path, monkeypatch):
    monkeypatch.setattr(cores, "PARTS", [lambda: iter([("../outside", Figure())])])
    with pytest.raises(BadInput, match="expected a name inside the folder"):
        cores._save_part(tmp_path / "figures", 0)
    assert not list(tmp_path.iterdir())
