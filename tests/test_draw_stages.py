"""The picture of the pipeline in the docs."""

import pytest
from ruamel.yaml import YAML

from tests.imports import ROOT
from tools import draw_stages

PIPELINE = YAML(typ="safe").load(ROOT / "dvc.yaml")["stages"]


def test_an_arrow_that_a_longer_path_implies_is_left_out():
    assert draw_stages.reduced({"a": set(), "b": {"a"}, "c": {"a", "b"}}) == {
        "a": set(),
        "b": {"a"},
        "c": {"b"},
    }


def test_a_stage_reads_from_the_stages_whose_outputs_are_its_deps():
    sources = draw_stages.graph(PIPELINE)
    assert sources["sweep"] == {"download", "train", "ego"}
    assert sources["mistakes"] == {"download", "cctm"}
    assert sources["source"] == set()


@pytest.mark.parametrize("stage", PIPELINE)
def test_every_stage_is_in_the_picture(stage: str):
    assert stage in draw_stages.PLACES
    assert f">{stage}</text>" in draw_stages.PICTURE.read_text()
