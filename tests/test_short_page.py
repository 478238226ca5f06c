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


def flat_areas(run: str) -> list[flatness.Flatness]:
    areas = []
    for pair in ("cat-dog", "automobile-truck", "horse-ship"):
        file = STUDY / "data" / "surfaces" / f"{run}-{pair}-raw.parquet"
        areas.append(flatness.measure(surfaces.from_table(tables.read(file, "surfaces"))))
    return areas


def test_the_page_states_the_flat_areas():
    vgg19 = flat_areas("vgg19")
    resnet18 = flat_areas("resnet18")
    first, second, third = (f"{flat.area:.4f}" for flat in vgg19)
    assert f"({first}, {second} and {third})" in text()
    assert [round(flat.theta_area / vgg19[0].theta_area) for flat in vgg19] == [1, 9, 9]
    for page in (text(), (ROOT / "README.md").read_text()):
        assert "nine times smaller" in page
    pairs = list(zip(resnet18, vgg19, strict=True))
    ratios = [f"{own.theta_area / other.theta_area:.1f}" for own, other in pairs]
    cat_dog, car_truck, horse_ship = ratios
    assert f"{cat_dog} (CAT-DOG), {car_truck} (CAR-TRUCK) and {horse_ship} (HORSE-SHIP)" in text()
    more = [100 * own.area / other.area - 100 for own, other in pairs]
    assert f"only {min(more):.0f} to {max(more):.0f} % larger" in text()
