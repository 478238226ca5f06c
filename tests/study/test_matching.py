"""Runs that were recorded one by one are matched by the files of their images."""

import numpy as np
import pytest

from interference import agreement, record_predictions
from interference.external import runs
from interference.study import comparison, overlap

RNG = np.random.default_rng(0)
LABEL = np.repeat([0, 1], 50)
PREDICTED = np.where(np.arange(100) % 5 == 0, 1 - LABEL, LABEL)
FILES = np.array([f"{number}.png" for number in range(100)])
# Another order within each class, so that the true classes of the numbers agree by chance.
ORDER = np.concatenate([RNG.permutation(50), 50 + RNG.permutation(50)])


@pytest.fixture
def both():
    first = record_predictions(LABEL, PREDICTED, name="a", image=FILES)
    second = record_predictions(LABEL[ORDER], PREDICTED[ORDER], name="b", image=FILES[ORDER])
    return first, second


def test_a_comparison_of_equal_predictions_finds_no_change(both):
    compared = comparison.of_runs(runs.tables_by_kind(both), "a", "b")
    assert compared.is_paired
    assert not len(compared.images)
    total = compared.kinds.iloc[0]
    assert (total["images"], total["mended"], total["broken"]) == (100, 0, 0)


def test_the_errors_of_equal_predictions_are_all_shared(both):
    shared = overlap.of_runs(runs.tables_by_kind(both)["predictions"])
    assert shared.difficulty["images"].tolist() == [80, 0, 20]


def test_the_agreement_with_equal_predictions_has_no_excess(both):
    found = agreement(both[0], both[1])
    assert found.images == 100
    assert found.pairs[["excess", "p"]].values.tolist() == [[0, 1]]


def test_names_and_numbers_cannot_be_matched(both):
    numbered = record_predictions(LABEL, PREDICTED, name="c", index=np.arange(100))
    compared = comparison.of_runs(runs.tables_by_kind([both[0], numbered]), "a", "c")
    assert not compared.is_paired
    assert overlap.of_runs(runs.tables_by_kind([both[0], numbered])["predictions"]) is None
    assert agreement(both[0], numbered).images == 0
