"""Errors of two classifiers compared: counts, exact tests and their corrections."""

import math
from itertools import product

import numpy as np
import pytest
from scipy import stats

from interference.confusion import comparison, multiple_tests, paired_tests, unpaired_tests

#      label  before  after
IMAGES = [
    *[(0, 1, 0)] * 7,  # mended
    *[(0, 0, 1)] * 2,  # broken
    *[(0, 1, 1)] * 3,  # mistaken by both
    *[(0, 1, 2)] * 1,  # another error
    *[(0, 0, 0)] * 4,
    *[(1, 0, 1)] * 1,
    *[(1, 1, 2)] * 8,
    *[(1, 1, 1)] * 9,
    *[(2, 2, 2)] * 5,
]


def compared(images=IMAGES, classes=4):
    labels, before, after = np.array(images).T
    return comparison.of_images(labels, before, after, classes)


def row(columns, level, label=-1, predicted=-1):
    is_row = columns["level"] == level
    is_row &= (columns["label"] == label) & (columns["predicted"] == predicted)
    (place,) = np.flatnonzero(is_row)
    return {name: values[place] for name, values in columns.items()}


def counts_of(found):
    names = ("images", "before", "after", "mended", "broken", "both", "moved_out", "moved_in")
    return tuple(int(found[name]) for name in names)


@pytest.mark.parametrize(
    ("place", "expected"),
    [
        (("total",), (40, 12, 14, 8, 10, 4, 0, 0)),
        (("class", 0), (17, 11, 6, 7, 2, 4, 0, 0)),
        (("class", 1), (18, 1, 8, 1, 8, 0, 0, 0)),
        (("class", 2), (5, 0, 0, 0, 0, 0, 0, 0)),
        (("pair", 0, 1), (35, 12, 5, 8, 2, 3, 1, 0)),
        (("pair", 0, 2), (22, 0, 1, 0, 0, 0, 0, 1)),
        (("pair", 1, 2), (23, 0, 8, 0, 8, 0, 0, 0)),
        (("cell", 0, 1), (17, 11, 5, 7, 2, 3, 1, 0)),
        (("cell", 1, 0), (18, 1, 0, 1, 0, 0, 0, 0)),
        (("cell", 1, 2), (18, 0, 8, 0, 8, 0, 0, 0)),
    ],
)
def test_images_are_counted_in_all_of_each_class_pair_and_cell(place, expected):
    assert counts_of(row(compared(), *place)) == expected


def test_a_class_without_images_and_a_cell_without_errors_have_no_row():
    columns = compared()
    assert sorted(columns["label"][columns["level"] == "class"]) == [0, 1, 2]
    assert (columns["level"] == "cell").sum() == 4
    assert (columns["level"] == "pair").sum() == 3


def test_the_difference_is_that_of_the_error_rates_in_points():
    pair = row(compared(), "pair", 0, 1)
    assert pair["difference"] == pytest.approx(100 * (5 - 12) / 35)
    assert pair["low"] < pair["difference"] < pair["high"]


@pytest.mark.parametrize(("first", "second"), [(0, 0), (1, 0), (9, 2), (5, 5), (40, 70)])
def test_mcnemars_p_is_that_of_a_binomial_test(first, second):
    tail = sum(math.comb(first + second, k) for k in range(min(first, second) + 1)) / 2 ** (
        first + second
    )
    assert float(paired_tests.mcnemar(first, second)) == pytest.approx(min(1, 2 * tail))
    if first + second:
        expected = stats.binomtest(first, first + second).pvalue
        assert float(paired_tests.mcnemar(first, second)) == pytest.approx(expected)


def test_fishers_p_is_twice_the_smaller_tail():
    k1, n1, k2, n2 = 3, 12, 9, 15

    def chance(k: int) -> float:
        return math.comb(n1, k) * math.comb(n2, k1 + k2 - k) / math.comb(n1 + n2, k1 + k2)

    below = sum(chance(k) for k in range(k1 + 1))
    above = sum(chance(k) for k in range(k1, k1 + k2 + 1) if k <= n1)
    expected = min(1, 2 * min(below, above))
    assert float(unpaired_tests.fisher(k1, n1, k2, n2)) == pytest.approx(expected)


def test_holm_and_false_discovery_match_a_plain_computation():
    p = [0.01, 0.04, 0.03, 0.005, 0.5]
    ordered = sorted(p)
    holm = {}
    discovery = {}
    for place, value in enumerate(ordered):
        earlier = [(len(p) - k) * ordered[k] for k in range(place + 1)]
        later = [len(p) / (k + 1) * ordered[k] for k in range(place, len(p))]
        holm[value] = min(1, max(earlier))
        discovery[value] = min(1, min(later))
    np.testing.assert_allclose(multiple_tests.holm(p), [holm[value] for value in p])
    np.testing.assert_allclose(multiple_tests.false_discovery(p), [discovery[value] for value in p])
    assert multiple_tests.false_discovery([]).size == 0


def test_the_family_is_every_class_pair_and_cell_that_can_differ():
    columns = compared()
    tested = ~np.isnan(columns["p_holm"]) & (columns["level"] != "total")
    kinds = {
        (level, int(label), int(predicted))
        for level, label, predicted in zip(
            columns["level"][tested],
            columns["label"][tested],
            columns["predicted"][tested],
            strict=True,
        )
    }
    assert kinds == {
        ("class", 0, -1),
        ("class", 1, -1),
        ("pair", 0, 1),
        ("pair", 1, 2),
        ("cell", 0, 1),
        ("cell", 1, 2),
    }
    lowest = columns["p"][tested].min()
    assert columns["p_holm"][tested].min() == pytest.approx(6 * lowest)


def test_six_errors_alone_are_the_fewest_that_can_differ():
    assert paired_tests.mcnemar(comparison.LEAST, 0) < comparison.LEVEL
    assert paired_tests.mcnemar(comparison.LEAST - 1, 0) > comparison.LEVEL


def test_counts_without_images_are_compared_as_other_images():
    before = np.array([[80, 20, 0], [10, 90, 0], [0, 0, 0]])
    after = np.array([[95, 5, 0], [10, 40, 0], [0, 0, 0]])
    columns = comparison.of_counts(before, after)
    pair = row(columns, "pair", 0, 1)
    assert (pair["images"], pair["images_after"]) == (200, 150)
    assert (pair["before"], pair["after"]) == (30, 15)
    assert pair["difference"] == pytest.approx(100 * (15 / 150 - 30 / 200))
    cell = row(columns, "cell", 0, 1)
    assert float(cell["p"]) == pytest.approx(float(unpaired_tests.fisher(5, 100, 20, 100)))
    assert "mended" not in columns


def test_rows_that_are_chosen_beforehand_are_their_own_family():
    columns = compared()
    rows = np.array(
        [
            np.flatnonzero((columns["level"] == "class") & (columns["label"] == label))[0]
            for label in (0, 1)
        ]
    )
    is_worse, p = comparison.worse(columns, rows)
    assert is_worse.tolist() == [False, False]
    assert p[1] == pytest.approx(2 * columns["p"][rows[1]])
    alone, p_alone = comparison.worse(columns, rows[1:])
    assert alone.tolist() == [True]
    assert p_alone[0] == columns["p"][rows[1]] == paired_tests.mcnemar(8, 1)


def simulated(rng, size=400, classes=5):
    """Two classifiers of equal skill, whose errors are partly shared."""
    labels = np.repeat(np.arange(classes), size // classes)
    hard = rng.random(size) < 0.3
    predictions = []
    for _ in range(2):
        is_error = hard & (rng.random(size) < 0.7)
        shift = rng.integers(1, 3, size)
        predictions.append(np.where(is_error, (labels + shift) % classes, labels))
    return labels, *predictions


@pytest.mark.parametrize("is_paired", [True, False])
def test_two_equal_classifiers_seldom_have_a_finding(is_paired):
    rng = np.random.default_rng(0)
    false = []
    for _ in range(200):
        labels, before, after = simulated(rng)
        if is_paired:
            columns = comparison.of_images(labels, before, after, 5)
        else:
            cells = [np.zeros((5, 5), np.int64) for _ in range(2)]
            for counts, predicted in zip(cells, (before, after), strict=True):
                np.add.at(counts, (labels, predicted), 1)
            columns = comparison.of_counts(*cells)
        family = columns["level"] != "total"
        false.append(bool((columns["p_holm"][family] < comparison.LEVEL).any()))
    assert np.mean(false) <= 0.05 + 2 * math.sqrt(0.05 * 0.95 / 200)


def test_a_real_difference_is_found():
    rng = np.random.default_rng(1)
    labels = np.repeat(np.arange(3), 300)
    before = np.where((labels == 0) & (rng.random(900) < 0.2), 1, labels)
    after = np.where((before != labels) & (rng.random(900) < 0.6), labels, before)
    columns = comparison.of_images(labels, before, after, 3)
    pair = row(columns, "pair", 0, 1)
    assert pair["p_holm"] < 0.001
    assert pair["difference"] < 0


def test_counts_agree_with_a_loop_over_images():
    rng = np.random.default_rng(2)
    labels, before, after = rng.integers(0, 4, (3, 500))
    columns = comparison.of_images(labels, before, after, 4)
    for a, b in product(range(4), range(4)):
        if a == b:
            continue
        cell = row(columns, "cell", a, b)
        images = list(zip(labels, before, after, strict=True))
        of_class = [image for image in images if image[0] == a]
        expected = (
            len(of_class),
            sum(first == b for _, first, _ in of_class),
            sum(second == b for _, _, second in of_class),
            sum(first == b and second == a for _, first, second in of_class),
            sum(first == a and second == b for _, first, second in of_class),
            sum(first == b and second == b for _, first, second in of_class),
        )
        assert counts_of(cell)[:6] == expected
