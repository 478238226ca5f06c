"""A claim a test: the benchmarks run, and say what they should."""

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from functools import cache, partial
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch

from benchmarks import arena, classes, many_runs, sweep, train
from benchmarks.steps import STEPS
from interference.io import tables
from interference.runtime.cpu import AMX, AVX512_BF16, OTHER, CpuKind
from interference.runtime.device import Machine
from tests import forks, toy
from tests.imports import ROOT

FOLDERS = ("benchmarks", "stages", "studies", "tests", "tools")
MODULES = sorted(path for folder in FOLDERS for path in (ROOT / folder).glob("*.py"))
REAL_PEERS = ROOT / ".venv-peers" / "bin" / "python"
FAKE_PEERS = {
    "loss_landscapes": """
def planar_interpolation(net, first, second, metric, steps, deepcopy_model):
    class Wrapped:
        modules = (net,)

    return [metric(Wrapped) for _ in range(steps**2)]
""",
    "loss_landscapes.metrics": "class Metric: pass",
    "landscaper": "",
    "landscaper.compute": """
def compute_loss_landscape(net, data, directions, loss, steps, distance, dim, device):
    return [loss(net) for _ in range(steps**dim)]
""",
}


@pytest.fixture
def fake_peers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A Python that imports stand-ins for the peers' packages."""
    for module, source in FAKE_PEERS.items():
        package = tmp_path.joinpath("packages", *module.split("."))
        package.mkdir(parents=True)
        (package / "__init__.py").write_text(source)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path / "packages"), prepend=os.pathsep)
    return sys.executable


class ForkedContestant(arena.Contestant):
    """A contestant that is forked if it is of this Python, so that it does not import PyTorch."""

    def __init__(self, command: Sequence[str]) -> None:
        python, _, *words = command  # python -m MODULE ARGUMENTS
        if python != sys.executable:
            super().__init__(command)
            return
        self.process = forks.Process(words, ROOT, dict(os.environ))


@pytest.fixture
def quick_arena(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have contestants start quickly and share few images, and multiply small matrices."""
    monkeypatch.setattr(arena, "Contestant", ForkedContestant)
    monkeypatch.setattr(sweep, "noise", lambda number: train.noise(number // 100))
    monkeypatch.setattr(arena, "LARGEST", {"cpu": 1024, "cuda": 1024})
    monkeypatch.setattr(arena, "matrix_rates", partial(arena.matrix_rates, 0.0))


@pytest.mark.parametrize("path", MODULES, ids=lambda path: f"{path.parent.name}.{path.stem}")
def test_no_module_hides_one_of_the_standard_library_where_its_folder_is_searched_first(path: Path):
    assert path.stem not in sys.stdlib_module_names


@pytest.mark.slow
def test_a_contestant_answers_each_round_with_its_seconds_and_ends_with_its_memory():
    seconds, memory = arena.compete(
        {
            "sleeper": [
                sys.executable,
                "-c",
                "import time; from benchmarks.rounds import serve; serve(lambda: time.sleep(0.5))",
            ]
        },
        2,
    )
    assert 0.5 <= seconds["sleeper"] < 0.9  # a busy machine wakes a sleeper late
    assert 0.01 < memory["sleeper"] < 4


def test_a_contestant_that_breaks_is_named():
    with pytest.raises(SystemExit, match="ended early, exit status 3"):
        arena.compete({"broken": [sys.executable, "-c", "import sys; sys.exit(3)"]}, 1)


def test_results_are_kept_with_three_digits(tmp_path: Path):
    arena.save(tmp_path / "x.json", {"a": {"rate": 1.23456, "images": 12345}})
    assert json.loads((tmp_path / "x.json").read_text()) == {"a": {"rate": 1.23, "images": 12345}}


@pytest.mark.parametrize("kind", [AMX, AVX512_BF16, OTHER], ids=lambda kind: kind.name)
def test_results_are_kept_in_one_file_a_kind_of_machine(
    kind: CpuKind, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(arena, "cpu_kind", lambda: kind)
    assert (
        arena.results_path("sweep", "cpu")
        == ROOT / "benchmarks" / "results" / f"sweep-cpu-{kind.name}.json"
    )
    assert arena.results_path("sweep", "cuda").name == "sweep-gpu.json"


def test_a_share_is_of_the_rate_of_the_precision_that_was_used(monkeypatch: pytest.MonkeyPatch):
    nets = {
        "one": {"tflops": 1.0, "matrix_tflops": {"float32": 2.0, "bfloat16": 4.0}},
        "two": {"tflops": 2.0, "matrix_tflops": {"float32": 2.5, "bfloat16": 5.0}},
    }
    for precision, shares in (("float32", [0.4, 0.8]), ("bfloat16", [0.2, 0.4])):
        monkeypatch.setattr(
            arena, "select_machine", lambda chosen=precision: Machine(torch.device("cpu"), chosen)
        )
        found = arena.with_shares(nets)
        assert [figures["share_of_matrix_rate"] for figures in found.values()] == shares
        assert {figures["precision"] for figures in found.values()} == {precision}


def test_matrix_rates_are_measured_in_float32_and_bfloat16(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(arena, "LARGEST", {"cpu": 1024, "cuda": 1024})
    rates = arena.matrix_rates(0.0)
    assert rates.keys() == {"float32", "bfloat16"}
    assert all(0 < rate < 1e4 for rate in rates.values())


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
    rows = len(pd.read_parquet(tmp_path / "counts" / "small.parquet"))
    assert found["rows"] == rows
    assert 4 * 2 * 3 < rows < 4 * 2 * 3 * 3  # only cells with images have rows
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
@pytest.mark.usefixtures("quick_arena")
def test_the_training_benchmark_times_every_recipe(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    train.main(64, 1, ["small"], tmp_path / "x.json")
    figures = json.loads((tmp_path / "x.json").read_text())["nets"]["small"]
    assert (
        set(figures["images_per_second"])
        == set(figures["peak_memory_gib"])
        == {"plain", "v2", "ours"}
    )
    assert figures["images_per_second"]["ours"] / figures["images_per_second"][
        "plain"
    ] == pytest.approx(figures["ours_to_plain"], rel=0.02)
    # The rate of products is timed apart, so that on a busy machine the fraction may exceed 1.
    rate = figures["matrix_tflops"][figures["precision"]]
    assert figures["share_of_matrix_rate"] > 0
    assert figures["share_of_matrix_rate"] == pytest.approx(figures["tflops"] / rate, rel=0.02)
    assert "ours/plain" in capsys.readouterr().out


def check_planes(peers: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A short run of the plane benchmark beside the peers of a Python."""
    monkeypatch.setattr(
        arena,
        "matrix_rate",
        lambda device, precision, _: {"float32": 1e12, "bfloat16": 2e12}[precision],
    )
    monkeypatch.setattr(sweep, "spread", lambda *_: {"ray_to_none": 1.0, "two_workers_to_one": 2.0})
    sweep.main(3, 8, 1, ["small"], peers, data=folder, out=folder / "x.json")
    figures = json.loads((folder / "x.json").read_text())["nets"]["small"]
    speeds = figures["images_x_nets_per_second"]
    assert (
        set(speeds)
        == set(figures["peak_memory_gib"])
        == {"plain loop", "loss-landscapes", "landscaper", "ours", "ours in float32"}
    )
    best = max(speed for contestant, speed in speeds.items() if "ours" not in contestant)
    assert speeds["ours"] / best == pytest.approx(figures["ours_to_best_other"], rel=0.02)
    in_float32 = speeds["ours in float32"] / best
    assert in_float32 == pytest.approx(figures["float32_to_best_other"], rel=0.02)
    assert figures["matrix_tflops"] == {"float32": 1.0, "bfloat16": 2.0}


@pytest.mark.pipeline
@pytest.mark.usefixtures("quick_arena")
def test_the_plane_benchmark_times_every_peer_and_ours(
    fake_peers: str, tmp_path: Path, monkeypatch
):
    check_planes(fake_peers, tmp_path, monkeypatch)


@pytest.mark.pipeline
@pytest.mark.skipif(not REAL_PEERS.exists(), reason="no peers in .venv-peers (make peers)")
def test_the_plane_benchmark_times_the_real_peers(tmp_path: Path, monkeypatch):
    check_planes(str(REAL_PEERS), tmp_path, monkeypatch)


@pytest.mark.pipeline
def test_the_plane_benchmark_measures_a_tolerance_and_bfloat16_on_a_trained_net(reproduced: Path):
    figures = sweep.of_a_trained_net(reproduced / "data", "small", "3-5", 0.06, points=3)
    assert figures["saving"] == figures["exact_seconds"] / figures["tolerance_seconds"]
    assert len(figures["mistake_rates"]) == len(figures["images_used"]) == figures["points"] == 9
    assert max(figures["images_used"]) <= figures["images"]
    assert (
        0
        <= figures["mean_difference_from_float32_points"]
        <= figures["largest_difference_from_float32_points"]
    )


@pytest.mark.pipeline
def test_the_plane_benchmark_measures_decided_points_on_a_trained_net(reproduced: Path):
    kept = []
    figures = sweep.of_decided_points(
        reproduced / "data", "small", "3-5", 0.06, 5, (1,), 1, 3, kept.append
    )
    assert figures["compared_points"] == 3
    assert figures["wrong_points"] == 0
    assert figures["exact"]["images_a_point"] == figures["population"]
    assert figures["decide"]["images_a_point"] <= figures["population"]
    assert np.array(figures["decide"]["counts"]).shape == (5, 5)
    assert np.array(figures["tolerance"]["counts"]).shape == (1, 5)
    exact, decided = figures["exact_area"], figures["decided_area"]
    assert decided["low"] <= exact["fraction"] <= decided["high"]
    assert 0 < figures["flat_area"]["low"] <= figures["flat_area"]["fraction"] <= 1
    assert len(kept) == 4


def forked(command: Sequence[str], **_: object) -> subprocess.CompletedProcess[str]:
    """Run a program of this Python in a fork, which has its packages."""
    _, _, *words = command  # python -m MODULE ARGUMENTS
    completed = forks.completed(words, ROOT, dict(os.environ))
    assert completed.returncode == 0, completed.stderr
    return completed


@pytest.mark.pipeline
def test_the_class_benchmark_takes_every_step_on_every_study(tmp_path: Path, monkeypatch, capsys):
    by_step = cache(
        lambda step: measured(tmp_path / "study", step)
    )  # one study stands for the three
    measured = classes.measured
    monkeypatch.setattr(classes, "RUNS", {"vgg19": "optim", "vgg19-big_lr": "big_lr"})
    monkeypatch.setattr(classes, "PAIRS", ("cat-dog",))
    classes.study(tmp_path / "study", "ten", 2, 3)
    monkeypatch.setattr(classes.subprocess, "run", forked)
    monkeypatch.setattr(classes, "STUDIES", dict.fromkeys(classes.STUDIES, (toy.CIFAR, 1)))
    monkeypatch.setattr(classes, "measured", lambda _, step: by_step(step))
    classes.main(epochs=2, points=3, out=tmp_path / "x.json")
    results = json.loads((tmp_path / "x.json").read_text())
    assert set(results["steps"]) == set(results["hundred_to_ten"]) == set(STEPS)
    assert "hundred / ten_as_many" in capsys.readouterr().out


@pytest.mark.pipeline
@pytest.mark.usefixtures("quick_arena")
def test_the_plane_benchmark_spreads_its_rows_over_workers_and_says_what_that_costs():
    pytest.importorskip("ray")
    found = sweep.spread(3, 16, 1)
    alone, one, two = found["seconds"].values()
    assert min(alone, one, two) > 0
    assert (found["ray_to_none"], found["two_workers_to_one"]) == (two / alone, one / two)


@pytest.mark.slow
def test_a_profile_says_how_long_an_epoch_and_a_row_take_and_which_kernels(tmp_path: Path):
    words = ["--net", "small", "--images", "32", "--rounds", "1", "--out", str(tmp_path / "x.json")]
    ended = forks.completed(["benchmarks.kernels", *words], ROOT, dict(os.environ))
    assert ended.returncode == 0, ended.stderr
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
    assert "small, row:" in ended.stdout


@pytest.mark.slow
def test_the_benchmark_of_many_runs_makes_tables_of_its_study_and_measures_a_stage(tmp_path: Path):
    total = many_runs.write_study(tmp_path, runs=6, epochs=6, points=5)
    files = list((tmp_path / "data").glob("*/*.parquet"))  # without the image table
    assert len(files) == 6 * len(tables.COLUMNS)
    assert total == sum(path.stat().st_size for path in files)
    measured = many_runs.measure(tmp_path, "plots", limit=120)
    assert measured["status"] == 0
    assert 0.05 < measured["gigabytes"] < 1
    assert len(list((tmp_path / "plots").rglob("seed*-cat-dog-raw.csv"))) == 6
    assert many_runs.measure(tmp_path, "plots", limit=0.01)["status"] == -1
