"""A study gathered from its folders, as the pages show it."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from interference import params
from interference.errors import BadInput
from interference.study.study import Folders, Study
from tests.imports import ROOT

QUICK = ROOT / "published" / "quick"
FOLDERS = Folders.below(QUICK)


@pytest.fixture(scope="module")
def study() -> Study:
    return Study.gather(params.load(QUICK / "params.yaml"), FOLDERS)


def test_a_study_holds_every_table_of_its_runs_and_is_titled_by_its_data_set(study):
    settings = params.load(QUICK / "params.yaml")
    assert study.title == settings.data.title
    assert list(study.runs) == list(settings.runs)
    for kind, folder in FOLDERS.tables.items():
        assert set(getattr(study, kind)) == {path.stem for path in folder.glob("*.parquet")}


def test_times_are_those_of_the_stages_and_none_are_known_without(study):
    assert list(study.spent) == list(study.runs)
    assert set(study.swept) == set(study.surfaces)
    without = Study.gather(params.load(QUICK / "params.yaml"), replace(FOLDERS, seconds=None))
    assert without.spent == without.swept == {}


def test_without_a_folder_of_predictions_there_are_none_and_all_else_is_the_same(study):
    without = Study.gather(params.load(QUICK / "params.yaml"), replace(FOLDERS, predictions=None))
    assert without.predictions == {}
    assert list(without.cctm) == list(study.cctm)
    for run, table in study.cctm.items():
        np.testing.assert_array_equal(without.cctm[run].frame["count"], table.frame["count"])


def test_a_folder_that_is_absent_is_named(tmp_path: Path):
    with pytest.raises(BadInput, match="absent"):
        Study.gather(
            params.load(QUICK / "params.yaml"), replace(FOLDERS, grams=tmp_path / "absent")
        )
