"""The table of interruptions, for the stages that keep no unfinished work."""

import subprocess
import sys

import pytest

from tests.imports import ROOT

EVENTS = 8
STAGES = ("ego", "look", "publish")


@pytest.mark.slow
def test_interrupted_stages_end_with_the_result_of_an_uninterrupted_run():
    completed = subprocess.run(
        [sys.executable, "-m", "benchmarks.kills", *STAGES],
        cwd=ROOT,
        text=True,
        capture_output=True,
    )
    assert completed.returncode == 0, completed.stdout + completed.stderr
    rows = completed.stdout.splitlines()[2:]
    assert [row.split()[1] for row in rows] == list(STAGES)
    for row in rows:
        cells = row.strip("|").split("|")[1:]
        assert len(cells) == EVENTS
        assert all(cells)
