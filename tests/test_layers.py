"""The design's arrows ('imports'), held against the source; a module that is not listed here has no place yet."""

import subprocess
import sys

import pytest

from tests.imports import ROOT, SRC, imports, reached

BASE = {"errors", "atomic", "interference"}  # anybody's: the user's error, a file whole or absent, the version
TABLES = {"tables", "classes"}
ARROWS = {
    **dict.fromkeys(("errors", "atomic", "classes", "confusion", "ego", "nets", "resume", "seeds", "weights", "fetch",
                     "convolution", "replay", "cluster", "timing", "tolerance", "paper", "console",
                     "wording"), frozenset()),
    "machine": {"convolution", "replay"},
    "tables": {"classes"},
    "gram": {"confusion", *TABLES},
    "evidence": {"params", *TABLES},
    "arrays": {"confusion"},
    "naming": {"arrays", "classes"},
    "record": {"arrays", "confusion", "params", *TABLES},
    "elsewhere": {"arrays", "confusion", "naming", "params", "record", *TABLES},
    "rates": {"arrays", "confusion", "dance", "elsewhere", "record"},
    "given": {"arrays", "ego", "images", "nets", "weights"},
    "metric": {"arrays", "given", "prediction"},
    "loops": {"classes", "metric", "naming", "params", "record"},
    "api": {"arrays", "classes", "confusion", "ego", "given", "gram", "machine", "params", "plane", "seeds", "surfaces",
            "sweeping"},
    "datasets": {"tables", "classes", "fetch"},
    "images": {"tables", "classes"},
    "params": {"classes", "datasets", "nets"},  # the names that are allowed, known without torch
    "optim": {"params"},
    "prediction": {"images", "confusion", "machine", "params"},
    "training": {"images", "optim", "confusion", "machine", "params", "prediction", "seeds"},
    "history": {"confusion", "prediction"},
    "checkpoint": {"history", "weights"},
    "trained": {"nets", "weights", "classes", "machine", "params", "tables"},
    "folded": {"convolution", "machine"},
    "plane": {"confusion", "ego", "params"},
    "recalibration": {"machine"},
    "sweeping": {"ego", "folded", "images", "machine", "params", "plane", "prediction", "recalibration", "tolerance"},
    "chance": {"confusion"},
    "surfaces": {"confusion", "chance", "wording", *TABLES},
    "flatness": {"confusion", "surfaces"},
    "lowland": {"surfaces", "flatness"},
    "shapes": {"confusion"},
    "ending": {"confusion"},
    "grouping": {"confusion"},
    "predictors": {"chance", "confusion"},
    "dance": {"confusion", "chance", *TABLES},
    "mistakes": {"confusion", *TABLES},
    "making": {"tables"},
    "top_pairs": {"chance", "confusion", "wording"},
    "study": {"confusion", "dance", "ending", "evidence", "grouping", "making", "params", "surfaces", *TABLES},
    "claims": {"surfaces", "flatness", "shapes", "dance", "ending", "confusion", "chance", "gram", "paper", "params",
               *TABLES},
    "figures": {"surfaces", "flatness", "lowland", "shapes", "grouping", "predictors", "dance", "ending", "confusion",
                "chance", "gram", "mistakes", "paper", "wording", *TABLES},
    "dvc_plots": {"figures", "surfaces", "dance", "confusion", *TABLES},
    "reproduction": {"chance", "claims", "confusion", "dance", "ending", "figures", "flatness", "gram", "lowland",
                     "making", "paper", "params", "predictors", "shapes", "study", "surfaces", "timing", "top_pairs",
                     "wording", *TABLES},
    "exports": {"surfaces", "confusion", *TABLES},
    "report": {"claims", "surfaces", "flatness", "grouping", "lowland", "shapes", "predictors", "dance", "ending",
               "confusion", "chance", "gram", "making", "mistakes", "paper", "study", "timing", "top_pairs", "wording",
               *TABLES},
}
MODULES = sorted(SRC.rglob("*.py"))
STAGES = sorted((ROOT / "stages").glob("[!_]*.py"))


def part(module: str) -> str:
    """`interference.nets.small` is of the part `nets`."""
    return module.removeprefix("interference.").split(".")[0]


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(SRC)))
def test_arrows_point_where_the_design_says(path):
    own = part(f"interference.{path.relative_to(SRC).with_suffix('').as_posix().replace('/', '.')}")
    if own == "__init__":
        assert not imports(path)
        return
    targets = {part(module) for module in imports(path)} - {own}
    assert targets <= ARROWS[own] | BASE, f"{own} imports {targets - ARROWS[own] - BASE}"


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(SRC)))
def test_no_module_of_src_imports_a_stage(path):
    assert not [module for module in imports(path) if module.startswith("stages")]


@pytest.mark.parametrize("path", STAGES, ids=lambda path: path.stem)
def test_stages_never_import_each_other(path):
    assert {module for module in imports(path) if module.startswith("stages")} == {"stages"}


def test_a_net_knows_no_data_set():
    for path in (SRC / "nets").glob("*.py"):
        assert {part(module) for module in reached(path)} <= {"nets", "errors"}


@pytest.mark.parametrize("module", ["stages.claims", "stages.export", "stages.figures", "stages.look",
                                    "stages.mistakes", "stages.plots", "stages.report", "stages.reproduction",
                                    "interference.elsewhere",
                                    "interference.exports", "interference.figures", "interference.claims",
                                    "interference.report", "interference.params"])
def test_tables_become_figures_without_torch(module):
    code = f"import {module}, sys; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, env={"PYTHONPATH": "src"}).returncode == 0
