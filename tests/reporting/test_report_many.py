"""The report of many classes, of long names: all can be reached, what is shown of them is said, and
it stays light.
"""

import re
from dataclasses import replace

import numpy as np
import pytest

from interference import confusion
from interference.confusion import by_epoch
from interference.reporting import report
from interference.reporting.report import pictures
from interference.study.study import MANY
from tests import reports, toy

KIN, LONG, RUNS = reports.KIN, reports.LONG, reports.MANY_RUNS
SIZE = len(LONG)
SPLIT = "train_augmented"
PAIRS = np.triu_indices(SIZE, 1)


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> report.Study:
    """Two runs of more classes than numbers are legible of, with long names."""
    return reports.many(tmp_path_factory)


def counts(study: report.Study, run: str) -> np.ndarray:
    return by_epoch.test_counts(study.cctm[run])


# What the page says


@pytest.mark.slow
def test_recalls_of_many_classes_are_a_row_a_class_the_lowest_first(source, study):
    table = re.search(r'<table class="heat">(.*?)</table>', source, re.DOTALL)[1]
    assert re.findall(r'<th scope="col">(.*?)</th>', table) == ["class", *RUNS]
    heads = re.findall(r'<th scope="row".*?>(.*?)</th>', table)
    rows = [
        [float(re.sub("<.*?>", "", cell)) for cell in re.findall("<td.*?>(.*?)</td>", row)]
        for row in re.findall('<tr><th scope="row".*?</tr>', table)
    ]
    recalls = np.stack([confusion.recall(counts(study, run)) for run in RUNS], 1)
    order = np.argsort(recalls.mean(1), kind="stable")
    assert heads == ["all", *(LONG.labels[label] for label in order)]
    np.testing.assert_allclose(rows[1:], recalls[order], atol=0.05)
    np.testing.assert_allclose(
        rows[0], [confusion.accuracy(counts(study, run)) for run in RUNS], atol=0.005
    )
    assert table.count("<b>") == (recalls == recalls.min(0)).sum()


def test_the_pairs_that_are_shown_dancing_are_those_that_interfere_most_and_it_is_said(
    source, study
):
    ranked = confusion.ranked_pairs(
        confusion.cctm(by_epoch.training_counts(study.counts["vgg19"], "test")[1][-1])
    )
    shown = reports.page_data(source)["views"]["dances"]["runs"]["vgg19"]["most"]
    assert shown == [list(pair[:2]) for pair in ranked[:45]]
    text = (
        "shows the 45 pairs that interfere most after the last epoch (on the test set if that was recorded). "
        f"Some of all {len(ranked)} pairs are opposed merely by chance"
    )
    assert text in " ".join(source.split())


@pytest.mark.slow
def test_the_sheet_of_pictures_is_bounded_and_what_is_left_out_is_said(study, monkeypatch):
    noise = np.random.default_rng(0).integers(0, 256, (len(study.images), 3, 64, 64), np.uint8)
    whole = reports.page_data(report.html(replace(study, images=noise)))["views"]["cctm"][
        "mistakes"
    ]
    monkeypatch.setattr(pictures, "HEAVIEST", 100_000)
    source = report.html(replace(study, images=noise))
    given, block = reports.page_data(source)["views"]["cctm"]["mistakes"], reports.arrays(source)
    sheet, tile = given["sheet"]["uri"], reports.array(block, given["tile"])
    assert 50_000 < 3 / 4 * len(sheet) < 100_100 < 3 / 4 * len(whole["sheet"]["uri"])
    assert sorted(tile[tile > 0]) == list(range(1, given["pictures"] + 1))
    assert 0 < given["pictures"] < whole["pictures"]
    assert (
        f"{given['pictures']:,} of the {len(tile):,} errors on test images have a picture" in source
    )


@pytest.mark.slow
def test_a_sheet_that_cannot_be_light_enough_is_none(study, monkeypatch):
    monkeypatch.setattr(pictures, "HEAVIEST", 10)
    given = reports.page_data(report.html(study))["views"]["cctm"]["mistakes"]
    assert given["sheet"] is None
    assert given["pictures"] == 0


@pytest.mark.slow
@pytest.mark.parametrize(
    ("without", "words"),
    [
        ({"counts": {}}, ("Move the slider", "since epoch")),
        ({"images": None}, ("See them",)),
        ({"predictions": {}}, ("See them", "The list", "have a picture")),
        ({"runs": ["vgg19"]}, ("Choose a second run", "ranked over the chosen runs")),
        ({"counts": {}, "predictions": {}}, ("Move the slider", "See them")),
    ],
)
def test_help_speaks_only_of_what_is_there(source, study, without, words):
    def said(text: str) -> str:
        return " ".join(text.split("<main")[1].split("</main>")[0].split())

    some = said(report.html(replace(study, **without)))
    for word in words:
        assert word not in some
        assert word in said(source) or word == "The list" or word == "have a picture"


def test_numbers_and_the_given_order_stand_up_to_as_many_classes_as_are_legible():
    assert len(toy.CIFAR) <= MANY < SIZE
