"""A claim a test: the benchmarks run, and say what they should."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks import arena, classes
from benchmarks.sweep import spread
from tests import toy
from tests.imports import ROOT


@pytest.mark.slow
def test_a_contestant_answers_each_round_with_its_seconds_and_ends_with_its_memory():
    seconds, memory = arena.compete(
        {
            "sleeper": [
                sys.executable,
                "-c",
                "import time; from benchmarks.rounds import serve; serve(lambda: time.sleep(0.1))",
            ]
        },
        2,
    )
    assert seconds["sleeper"] == pytest.approx(0.1, abs=0.05)
    assert 0.01 < memory["sleeper"] < 4


def test_a_contestant_that_breaks_is_named():
    with pytest.raises(SystemExit, match="ended early, exit status 3"):
        arena.compete({"broken": [sys.executable, "-c", "import sys; sys.exit(3)"]}, 1)


def test_results_are_kept_with_three_digits(tmp_path: Path):
    arena.save(tmp_path / "x.json", {"a": {"rate": 1.23456, "images": 12345}})
    assert json.loads((tmp_path / "x.json").read_text()) == {"a": {"rate": 1.23, "images": 12345}}


@pytest.mark.slow
def test_a_step_of_a_study_is_measured_by_the_cell_in_a_process_of_its_own(tmp_path: Path):
    toy.study(
        tmp_path,
        classes=toy.LETTERS,
        runs={"small": "optim"},
        swept=(),
        recorded=(),
        epochs=4,
        images=20,
    )
    found = classes.measured(tmp_path, "notes")
    assert found["rows"] == 4 * 2 * 3 * 3
    assert found["microseconds_a_cell"] == 1e6 * found["seconds"] / found["rows"]
    assert 0 < found["bytes_a_cell"] * found["rows"] < 2**30 * found["peak_gib"]


def test_a_hundred_classes_are_held_against_ten_in_as_many_cells():
    cells = {name: (dense * len(some)) ** 2 for name, (some, dense) in classes.STUDIES.items()}
    assert cells["ten_as_many"] == cells["hundred"] == 100 * cells["ten"]
    costs = {"ten": 9.0, "ten_as_many": 2.0, "hundred": 3.0}
    step = {
        name: {"microseconds_a_cell": cost, "bytes_a_cell": 10 * cost}
        for name, cost in costs.items()
    }
    assert classes.compared({"read": step}) == {"read": {"time": 1.5, "memory": 1.5}}


@pytest.mark.pipeline
def test_the_training_benchmark_times_every_recipe(tmp_path: Path):
    words = ["-m", "benchmarks.train", "--net", "small", "--images", "64", "--rounds", "1", "--out"]
    found = subprocess.run(
        [sys.executable, *words, tmp_path / "x.json"],
        cwd=ROOT,
        text=True,
        capture_output=True,
        check=True,
    )
    figures = json.loads((tmp_path / "x.json").read_text())["nets"]["small"]
    assert (
        set(figures["images_per_second"])
        == set(figures["peak_memory_gib"])
        == {"plain", "v2", "ours"}
    )
    assert figures["images_per_second"]["ours"] / figures["images_per_second"][
        "plain"
    ] == pytest.approx(figures["ours_to_plain"], rel=0.02)
    assert 0 < figures["share_of_matrix_rate"] < 1
    assert "ours/plain" in found.stdout


@pytest.mark.pipeline
@pytest.mark.ray
def test_the_plane_benchmark_spreads_its_rows_over_workers_and_says_what_that_costs():
    found = spread(3, 16, 1)
    alone, one, two = found["seconds"].values()
    assert min(alone, one, two) > 0
    assert (found["ray_to_none"], found["two_workers_to_one"]) == (two / alone, one / two)


@pytest.mark.slow
def test_a_profile_says_how_long_an_epoch_and_a_row_take_and_which_kernels(tmp_path: Path):
    words = [
        "-m",
        "benchmarks.profile",
        "--net",
        "small",
        "--images",
        "32",
        "--rounds",
        "1",
        "--out",
    ]
    found = subprocess.run(
        [sys.executable, *words, tmp_path / "x.json"],
        cwd=ROOT,
        text=True,
        capture_output=True,
        check=True,
    )
    works = json.loads((tmp_path / "x.json").read_text())["nets"]["small"]
    assert set(works) == {"epoch", "row"}
    for work in works.values():
        assert work["seconds_of_50000_images"] == pytest.approx(
            work["seconds"] * 50_000 / 32, rel=0.01
        )
        assert 0 < work["busy_share"] <= 1
        shares = [*work["kernels"].values()]
        assert shares == sorted(shares, reverse=True)
        assert 0.3 < sum(shares) <= 1
    assert "convolution" in " ".join(works["epoch"]["kernels"])
    assert "small, row:" in found.stdout
