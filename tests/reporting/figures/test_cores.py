"""Exhibits drawn in several processes."""

from pathlib import Path

import pytest

from interference.reporting import figures
from interference.reporting.figures import cores
from tests.reporting.figures.artists import ALL


@pytest.mark.slow
def test_parts_drawn_side_by_side_are_the_same_files(evidence, saved: Path, tmp_path: Path):
    assert set(cores.save_all(figures.parts(**evidence), tmp_path)) == ALL
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == {
        path.name: path.read_bytes() for path in saved.iterdir()
    }
