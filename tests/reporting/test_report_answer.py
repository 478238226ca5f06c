"""The card at the top of the report: which two classes, how many errors, how sure, what next."""

from dataclasses import replace

import numpy as np
import pytest

from interference import confusion
from interference.claims import CLAIMS
from interference.confusion import by_epoch
from interference.reporting import report
from interference.reporting.report import answer, verdicts
from tests import reports


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> report.Study:
    return reports.small(tmp_path_factory)


def test_the_answer_counts_the_errors_of_the_worst_pair(study):
    counts = by_epoch.test_counts(study.cctm["vgg19"])
    errors = counts[3, 5] + counts[5, 3]
    card = answer.answer(study)
    assert set(card.labels) == {"CAT", "DOG"}
    assert card.errors == errors
    assert card.all_errors == counts.sum() - np.trace(counts)
    assert card.share == pytest.approx(100 * errors / card.all_errors)
    assert card.leading == card.runs == 3


def test_the_more_frequent_way_comes_first(study):
    counts = by_epoch.test_counts(study.cctm["vgg19"])
    rates = confusion.cctm(counts)
    expected = (3, 5) if rates[3, 5] >= rates[5, 3] else (5, 3)
    assert answer.answer(study).cell == expected


def test_the_rates_of_both_ways_add_up_to_that_of_the_pair(study):
    card = answer.answer(study)
    more, less = card.ways
    assert more.rate == pytest.approx(100 * more.count / more.images)
    assert more.rate + less.rate == pytest.approx(card.pair.rate)
    assert answer.Way("a", "b", 0, 0).rate == 0


def test_the_trend_has_the_rates_after_three_epochs(study):
    trend = answer.answer(study).trend
    epochs, counts = by_epoch.training_counts(study.counts["vgg19"], "test")
    rates = 100 * confusion.cctm(counts)
    both_ways = rates[:, 3, 5] + rates[:, 5, 3]
    at = list(epochs).index(trend.middle_epoch)
    assert [trend.first, trend.middle, trend.last] == pytest.approx(list(both_ways[[0, at, -1]]))


def test_an_answer_needs_a_confusion(study):
    assert answer.answer(report.Study("", [])) is None
    table = study.cctm["vgg19"]
    is_right = table.frame["label"] == table.frame["predicted"]
    perfect = replace(table, frame=table.frame.assign(count=table.frame["count"] * is_right))
    assert answer.answer(report.Study("", ["vgg19"], cctm={"vgg19": perfect})) is None


@pytest.mark.parametrize(
    ("before", "after", "word"), [(40, 10, "falls"), (10, 40, "rises"), (20, 21, "level")]
)
def test_a_trend_is_a_change_beyond_chance(before, after, word):
    def counts(errors: int) -> np.ndarray:
        return np.array([[100 - errors, errors], [errors, 100 - errors]])

    assert answer._change(counts(before), counts(after)) == word


def test_a_label_that_is_a_number_is_called_a_class():
    assert answer._named("8") == "class 8"
    assert answer._named("cat") == "cat"


@pytest.mark.parametrize(
    ("more", "less", "clear", "link"),
    [
        (20, 2, True, "cctm"),
        (20, 15, True, "pairs-and-classes"),
        (20, 2, False, "pairs-and-classes"),
    ],
)
def test_the_advice_is_the_most_urgent(more, less, clear, link):
    ways = [answer.Way("a", "b", more, 100), answer.Way("b", "a", less, 100)]
    assert answer._advice(report.Study("", []), ways, None, clear).link == link


def test_the_reason_of_a_claim_without_its_runs_is_plain():
    reason = "cctm: no run of dla under big_lr; cctm: no run of dla under small_lr"
    assert (
        verdicts.plain_reason(reason)
        == "It needs dla with big_lr and small_lr, which were not run."
    )
    assert verdicts.plain_reason("small: 12 epochs") == "small: 12 epochs"


def test_every_claim_has_a_topic():
    assert {claim.exhibit for claim in CLAIMS.values()} <= set(verdicts.TOPICS)
