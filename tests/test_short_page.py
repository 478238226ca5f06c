"""The page "The paper's nets, shorter" states the numbers of the published study."""

import json
import re
from collections import Counter

import numpy as np
import pandas as pd
import pytest

from interference import claims, confusion, surfaces
from interference.confusion import by_epoch
from interference.io import tables
from interference.surfaces import flatness
from tests.imports import ROOT

PAGE = ROOT / "docs" / "short-study.md"
STUDY = ROOT / "published" / "short"
ROW = re.compile(r"^\| `([\w-]+)` \| (holds|partly|fails) \| (.*) \|$", re.MULTILINE)
LISTED = ("holds", "partly", "fails")


def text() -> str:
    return re.sub(r"\s+", " ", PAGE.read_text(encoding="utf-8"))


def test_the_page_counts_the_published_verdicts():
    verdicts = pd.read_csv(STUDY / "plots" / "verdicts.csv")["verdict"]
    counts = Counter(verdicts)
    assert (
        f"Of the {len(verdicts)} claims {counts['holds']} hold, {counts['partly']} hold partly, "
        f"{counts['fails']} fail, {counts['open']} are open and {counts['not measured']} are not "
        "measured"
    ) in text()


def test_the_page_lists_the_published_verdicts_that_are_not_open():
    published = {}
    for verdict in claims.read(STUDY / "data" / "claims.csv"):
        if verdict.verdict in LISTED:
            published[verdict.id] = (verdict.verdict, verdict.measured)
    listed = {
        name: (verdict, measured) for name, verdict, measured in ROW.findall(PAGE.read_text())
    }
    assert listed == published


@pytest.mark.parametrize("run", ["vgg19", "resnet18"])
def test_the_page_states_the_accuracy_and_the_confusion_of_cats_and_dogs(run: str):
    table = tables.read(STUDY / "data" / "cctm" / f"{run}.parquet", "cctm")
    counts = by_epoch.test_counts(table)
    cat, dog = table.classes.pair("cat-dog")
    percent = 100 * confusion.cctm(counts)
    accuracy = json.loads((STUDY / "metrics" / f"{run}.json").read_text())["test_accuracy"]
    errors = counts.sum() - np.trace(counts)
    part = 100 * (counts[cat, dog] + counts[dog, cat]) / errors
    assert f"({accuracy:.2f} %" in text()
    for number in (percent[cat, dog], percent[dog, cat], part):
        assert f"{number:.1f} %" in text()


def test_the_page_states_the_flat_areas_of_vgg19():
    areas: dict[str, flatness.Flatness] = {}
    for pair in ("cat-dog", "automobile-truck", "horse-ship"):
        file = STUDY / "data" / "surfaces" / f"vgg19-{pair}-raw.parquet"
        areas[pair] = flatness.measure(surfaces.from_table(tables.read(file, "surfaces")))
    in_weights = ", ".join(f"{area.area:.4f}" for area in list(areas.values())[:2])
    last = areas["horse-ship"].area
    assert f"({in_weights} and {last:.4f})" in text()
    cat_dog = areas["cat-dog"].theta_area
    others = [areas[pair].theta_area for pair in ("automobile-truck", "horse-ship")]
    assert [round(other / cat_dog) for other in others] == [9, 9]
    assert "nine times smaller" in text()
