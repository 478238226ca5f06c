"""The design's arrows ('imports'), held against the source; a module that is not listed here has no
place yet.
"""

import subprocess
import sys

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


@pytest.mark.slow
@pytest.mark.parametrize("part", WITHOUT_TORCH)
def test_a_room_that_reads_tables_loads_without_torch(part):
    assert modules_of(part)
    assert without_torch(modules_of(part))


@pytest.mark.slow
@pytest.mark.parametrize(
    "stage", ["claims", "export", "figures", "look", "mistakes", "plots", "report", "reproduction"]
)
def test_tables_become_figures_without_torch(stage):
    assert without_torch([f"stages.{stage}"])


def without_torch(modules: list[str]) -> bool:
    """Whether modules can be imported in a new process without torch being imported."""
    code = f"import {', '.join(modules)}, sys; sys.exit('torch' in sys.modules)"
    return (
        subprocess.run([sys.executable, "-c", code], cwd=ROOT, env={"PYTHONPATH": "src"}).returncode
        == 0
    )
