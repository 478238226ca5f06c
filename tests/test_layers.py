"""The design's arrows ('imports'), held against the source; a module that is not listed here has no place yet."""

import subprocess
import sys

import pytest

from tests.imports import ROOT, SRC, imports, reached

BASE = {"errors", "atomic", "thresholds", "vocabulary", "version"}  # anybody may import these
TABLES = {"tables", "classes"}
ARROWS = {
    **dict.fromkeys(("errors", "atomic", "classes", "confusion", "evaluating", "losses", "seeds", "weights", "fetch",
                     "convolution", "replay", "cluster", "timing", "tolerance", "paper", "console",
                     "wording", "vocabulary"), frozenset()),
    "machine": {"convolution", "replay"},
    "ego": {"evaluating", "losses"},
    "nets": {"evaluating"},
    "tables": {"classes"},
    "gram": {"confusion", *TABLES},
    "evidence": {"params", *TABLES},
    "arrays": {"confusion"},
    "naming": {"arrays", "classes"},
    "history": {"confusion", *TABLES},
    "record": {"arrays", "confusion", "history", "params", *TABLES},
    "predictions_file": frozenset(),
    "prediction_columns": {"confusion", "history", "naming", "params", *TABLES},
    "elsewhere": {"arrays", "confusion", "naming", "params", "prediction_columns", "predictions_file", "record",
                  *TABLES},
    "external_runs": {"elsewhere", "history", "params", "record", *TABLES},
    "rates": {"arrays", "confusion", "dance", "elsewhere", "history"},
    "given": {"arrays", "ego", "evaluating", "images", "nets", "weights"},
    "metric": {"arrays", "given", "prediction"},
    "loops": {"classes", "metric", "naming", "params", "record"},
    "api": {"arrays", "classes", "confusion", "ego", "given", "gram", "machine", "params", "surfaces", "sweeping"},
    "datasets": {"tables", "classes", "fetch"},
    "images": {"tables", "classes"},
    "params": {"classes", "datasets", "nets", "thresholds"},  # the names that are allowed, known without torch
    "optim": {"params"},
    "prediction": {"images", "confusion", "evaluating", "losses", "machine", "params"},
    "training": {"images", "losses", "optim", "confusion", "machine", "params", "prediction", "seeds"},
    "checkpoint": {"history", "weights"},
    "resumable": {"timing"},
    "training_run": {"checkpoint", "classes", "confusion", "folded", "history", "images", "machine", "nets", "optim",
                     "params", "prediction", "resumable", "run_facts", "seeds", "tables", "timing", "training",
                     "weights"},
    "run_facts": {"params"},
    "trained": {"nets", "weights", "classes", "machine", "params", "run_facts", "tables"},
    "folded": {"convolution", "machine"},
    "plane": {"confusion", "ego", "params"},
    "recalibration": {"evaluating", "machine"},
    "sweeping": {"cluster", "confusion", "ego", "folded", "images", "machine", "params", "plane", "prediction",
                 "recalibration", "resumable", "seeds", "timing", "tolerance", "trained", "weights", *TABLES},
    "chance": {"confusion"},
    "surfaces": {"confusion", "chance", "wording", *TABLES},
    "flatness": {"confusion", "surfaces", "thresholds"},
    "lowland": {"surfaces", "flatness"},
    "shapes": {"confusion"},
    "by_epoch": {"confusion", *TABLES},
    "grouping": {"confusion"},
    "predictors": {"chance", "confusion"},
    "dance": {"by_epoch", "confusion", "chance", *TABLES},
    "mistakes": {"confusion", *TABLES},
    "making": {"tables"},
    "runs": TABLES,
    "top_pairs": {"by_epoch", "chance", "confusion", "wording", *TABLES},
    "study": {"confusion", "dance", "by_epoch", "grouping", "surfaces", *TABLES},
    "claims": {"surfaces", "flatness", "shapes", "dance", "by_epoch", "confusion", "chance", "gram", "paper", "params",
               *TABLES},
    "figures": {"surfaces", "flatness", "lowland", "shapes", "grouping", "predictors", "dance", "by_epoch", "confusion",
                "chance", "gram", "mistakes", "paper", "runs", "top_pairs", "wording", *TABLES},
    "dvc_plots": {"by_epoch", "top_pairs", "figures", "surfaces", "dance", "confusion", *TABLES},
    "reproduction": {"chance", "claims", "confusion", "dance", "by_epoch", "figures", "flatness", "gram", "lowland",
                     "making", "paper", "params", "predictors", "shapes", "study", "surfaces", "timing", "top_pairs",
                     "runs", "wording", *TABLES},
    "exports": {"surfaces", "confusion", *TABLES},
    "report": {"claims", "surfaces", "flatness", "grouping", "lowland", "shapes", "predictors", "dance", "by_epoch",
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
        assert imports(path) == {"interference.version"}
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
        assert {part(module) for module in reached(path)} <= {"nets", "errors", "evaluating"}


@pytest.mark.slow
@pytest.mark.parametrize("module", ["stages.claims", "stages.export", "stages.figures", "stages.look",
                                    "stages.mistakes", "stages.plots", "stages.report", "stages.reproduction",
                                    "interference.elsewhere",
                                    "interference.exports", "interference.figures", "interference.claims",
                                    "interference.report", "interference.params"])
def test_tables_become_figures_without_torch(module):
    code = f"import {module}, sys; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, env={"PYTHONPATH": "src"}).returncode == 0
