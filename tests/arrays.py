"""A toy study of two or four runs, and calls of the program that make its tables."""

import time
from collections.abc import Sequence
from pathlib import Path

from ruamel.yaml import YAML

from tests import forks
from tests.clone import with_our_programs
from tests.imports import ROOT
from tests.test_stages import toy_params

RUNS = ("small", "small-big_lr")
FOUR_RUNS = (*RUNS, "small-seed1", "small-seed2")


def study(folder: Path, runs: Sequence[str] = RUNS, **optim: object) -> Path:
    """A study of digits: some of four runs, each with one plane."""
    folder.mkdir(exist_ok=True)
    content = YAML(typ="safe").load(toy_params(folder / "params.yaml", **optim))
    content["big_lr"]["epochs"] = 2
    big_lr = content["runs"]["small-big_lr"]
    content["runs"] |= {f"small-seed{seed}": big_lr | {"seed": seed} for seed in (1, 2)}
    content["runs"] = {name: content["runs"][name] for name in runs}
    content["sweep"] |= {"runs": list(runs), "pairs": ["3-9"], "scales": ["raw"]}
    YAML().dump(content, folder / "params.yaml")
    return folder


def program(*arguments: str, at: Path = ROOT) -> forks.Process:
    """A call of the program `interference`."""
    return forks.Process(["interference", *arguments], at, with_our_programs())


def ended(process: forks.Process) -> tuple[int, str]:
    """The exit status of a process, waited for, and its errors and output."""
    output, errors = process.communicate()
    return process.wait(), errors + output


def wait_for_epoch(folder: Path) -> None:
    """Wait until a training has left a checkpoint."""
    for _ in range(3000):
        if list((folder / ".resume").rglob("checkpoint.safetensors")):
            return
        time.sleep(0.05)
    raise AssertionError("no checkpoint was written")


def results(folder: Path) -> dict[str, bytes]:
    """The tables of a study."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in (folder / "data").rglob("*.parquet")
    }


def results_of(folder: Path, runs: Sequence[str]) -> dict[str, bytes]:
    """The image table, and the tables of some runs, of a study."""
    selected = {}
    for path, content in results(folder).items():
        stem = Path(path).stem.removesuffix("-3-9-raw")
        if stem in ("images", *runs):
            selected[path] = content
    return selected


def make(folder: Path) -> None:
    """Make the tables of the study of four runs in one process."""
    study(folder, FOUR_RUNS)
    status, output = ended(program("pieces", str(folder)))
    assert status == 0, output
