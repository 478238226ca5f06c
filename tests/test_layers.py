"""The design's arrows ('imports'), held against the source; a module that is not listed here has no
place yet.
"""

import subprocess
import sys
from collections.abc import Iterator

import pytest

from tests.imports import ROOT, SRC, imports, name_of, reached, room

# modules that every room may import
GROUND = {
    "errors",
    "classes",
    "evaluating",
    "extras",
    "schedules",
    "seeds",
    "thresholds",
    "version",
    "vocabulary",
}
ARROWS = {  # the rooms that a room may import, beside the ground floor
    "console": set(),
    "io": set(),
    "paper": set(),
    "pipeline": set(),
    "project": set(),
    "nets": set(),
    "runtime": set(),
    "datasets": {"io"},
    "confusion": {"io"},
    "surfaces": {"confusion", "io"},
    "params": {"datasets", "nets", "io"},  # the names that are allowed, known without torch
    "learning": {"params", "runtime", "nets", "confusion", "io"},
    "landscape": {"learning", "confusion", "params", "runtime", "nets", "io"},
    "claims": {"surfaces", "confusion", "params", "paper", "io"},
    "study": {"surfaces", "confusion", "params", "io"},
    "reporting": {"claims", "study", "surfaces", "confusion", "params", "paper", "io"},
    "external": {"landscape", "learning", "confusion", "params", "nets", "io"},
    "api": {
        "external",
        "reporting",
        "study",
        "landscape",
        "surfaces",
        "confusion",
        "params",
        "runtime",
        "datasets",
        "io",
    },
}
WITHOUT_TORCH = (
    "confusion",
    "surfaces",
    "claims",
    "study",
    "reporting",
    "params",
    "external.predictions",
    "api.report",
)
MODULES = sorted(SRC.rglob("*.py"))
STAGES = sorted((ROOT / "stages").glob("[!_]*.py"))


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(SRC)))
def test_arrows_point_where_the_design_says(path):
    own = room(name_of(path))
    if own == "interference":
        assert imports(path) == {"interference.version"}
        return
    targets = {room(module) for module in imports(path)} - {own}
    allowed = {"errors"} if own in GROUND else ARROWS[own] | GROUND
    assert targets <= allowed, f"{own} imports {targets - allowed}"


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(SRC)))
def test_no_module_of_src_imports_a_stage(path):
    assert not [module for module in imports(path) if module.startswith("stages")]


@pytest.mark.parametrize("path", STAGES, ids=lambda path: path.stem)
def test_stages_never_import_each_other(path):
    assert {module for module in imports(path) if module.startswith("stages")} == {"stages"}


def test_a_net_knows_no_data_set():
    for path in (SRC / "nets").glob("*.py"):
        assert {room(module) for module in reached(path)} <= {"nets", "errors", "evaluating"}


def modules_of(part: str) -> list[str]:
    """Every module of a room, or the one module that is named."""
    return [
        name for name in map(name_of, MODULES) if f"{name}.".startswith(f"interference.{part}.")
    ]


# The packages without which these modules take longest to load, and then a fork for each line.
IMPORTS = """
import os
import sys
from importlib import import_module

import matplotlib.pyplot, pandas, pyarrow.parquet, scipy.signal, scipy.stats, typer.rich_utils

for line in sys.stdin:
    child = os.fork()
    if child:
        print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
        continue
    for module in line.split():
        import_module(module)
    sys.exit("torch" in sys.modules)
"""


@pytest.fixture(scope="module")
def imports_alone() -> Iterator[subprocess.Popen[str]]:
    """A process that imports the modules of each line in a fork of its own.

    It answers 0 if no import failed and none imported PyTorch.
    """
    with subprocess.Popen(
        [sys.executable, "-c", IMPORTS],
        cwd=ROOT,
        env={"PYTHONPATH": "src"},
        text=True,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as process:
        yield process
        process.communicate()


def without_torch(modules: list[str], process: subprocess.Popen[str]) -> bool:
    """Whether modules can be imported without PyTorch being imported."""
    assert process.stdin
    assert process.stdout
    process.stdin.write(" ".join(modules) + "\n")
    process.stdin.flush()
    return process.stdout.readline() == "0\n"


@pytest.mark.slow
@pytest.mark.parametrize("part", WITHOUT_TORCH)
def test_a_room_that_reads_tables_loads_without_torch(
    part: str, imports_alone: subprocess.Popen[str]
):
    assert modules_of(part)
    assert without_torch(modules_of(part), imports_alone)


@pytest.mark.slow
def test_a_module_that_loads_torch_or_does_not_exist_is_found(
    imports_alone: subprocess.Popen[str],
):
    assert not without_torch(["stages.train"], imports_alone)
    assert not without_torch(["stages.no_such_stage"], imports_alone)
    assert without_torch(["stages.claims"], imports_alone)


@pytest.mark.slow
@pytest.mark.parametrize(
    "stage", ["claims", "export", "figures", "look", "mistakes", "plots", "report", "reproduction"]
)
def test_tables_become_figures_without_torch(stage: str, imports_alone: subprocess.Popen[str]):
    assert without_torch([f"stages.{stage}"], imports_alone)
