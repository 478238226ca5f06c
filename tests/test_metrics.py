"""What `dvc metrics diff` compares: results, and in every file an accuracy first."""

import json
from pathlib import Path

import numpy as np
import pytest
from ruamel.yaml import YAML

from interference.classes import Classes
from stages.cctm import save_plot
from tests.imports import ROOT

CLASSES = Classes.from_labels(["a", "b", "c"])


def rows(path: Path) -> list[str]:
    """The names of the metrics of a file in DVC's order."""
    names = []
    for key, value in json.loads(path.read_text()).items():
        names += [f"{key}.{name}" for name in value] if isinstance(value, dict) else [key]
    return sorted(names)


def test_accuracy_and_top_pair_come_before_the_recalls(tmp_path: Path):
    counts = np.array([[6, 2, 0], [1, 7, 0], [0, 0, 4]])
    metrics = tmp_path / "net.json"
    save_plot(metrics, tmp_path / "net.csv", counts, CLASSES)
    compared = json.loads(metrics.read_text())
    assert compared["accuracy"] == pytest.approx(85)
    assert compared["interference"] == {"pair": "a-b", "rate": pytest.approx(37.5)}
    assert rows(metrics)[:3] == ["accuracy", "interference.pair", "interference.rate"]


def test_without_test_images_there_is_no_accuracy(tmp_path: Path):
    save_plot(tmp_path / "net.json", tmp_path / "net.csv", np.zeros((3, 3), int), CLASSES)
    assert json.loads((tmp_path / "net.json").read_text()) == {"test_recall": {}}


def test_the_metrics_of_the_pipeline_are_those_of_trainings_and_matrices():
    """DVC lists files in random order, so a file without accuracy could come first."""
    stages = YAML(typ="safe").load(ROOT / "dvc.yaml")["stages"]
    with_metrics = {name for name, stage in stages.items() if stage.get("do", stage).get("metrics")}
    assert with_metrics == {"train", "cctm"}
