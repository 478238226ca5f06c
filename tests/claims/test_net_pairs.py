"""Two nets on the same test images: the paired comparison against a plain one by hand."""

import math

import numpy as np
import pytest
from scipy import stats

from interference.claims.net_pairs import Counted, net_difference
from tests.judged import CAT, DOG, SIZES, cctm, evidence, judge, predictions

LABELS = np.repeat(np.arange(10), SIZES)
DOGS = np.flatnonzero(LABELS == DOG)


def taken_for_cat(images: np.ndarray) -> np.ndarray:
    """Predictions that are right but for some dogs, which are predicted as cats."""
    predicted = LABELS.copy()
    predicted[DOGS[images]] = CAT
    return predicted


VGG = taken_for_cat(np.arange(100))
FEWER = taken_for_cat(np.arange(80))  # 80 of the same dogs


def test_a_small_difference_on_the_same_images_is_clear_and_on_different_images_is_not():
    paired = judge("resnet-less", *predictions(VGG), *predictions(FEWER, net="resnet18"))
    assert paired.verdict == "holds"
    assert paired.figure == pytest.approx(-100 * 20 / SIZES[DOG])
    assert paired.p == pytest.approx(stats.binomtest(0, 20).pvalue)
    assert "0 images of the first alone, 20 of the second alone" in paired.measured
    counts_alone = judge("resnet-less", predictions(VGG)[0], predictions(FEWER, net="resnet18")[0])
    assert counts_alone.verdict == "open"
    assert counts_alone.figure == pytest.approx(paired.figure)


@pytest.mark.parametrize("seed", [0, 1])
def test_a_paired_difference_is_that_of_counting_image_by_image(seed):
    """McNemar's p by adding up a binomial distribution, the interval by Bonett and Price's rule."""
    rng = np.random.default_rng(seed)
    first = LABELS.copy()
    second = LABELS.copy()
    first[rng.permutation(len(LABELS))[:400]] = CAT
    second[rng.permutation(len(LABELS))[:460]] = CAT
    only_first = only_second = 0
    rows = zip(LABELS.tolist(), first.tolist(), second.tolist(), strict=True)
    for label, own, other in rows:
        only_first += own == label != other
        only_second += other == label != own
    images = len(LABELS)
    discordant = only_first + only_second
    fewer = min(only_first, only_second)
    tail = sum(math.comb(discordant, k) for k in range(fewer + 1)) / 2**discordant
    first_rate = (only_first + 1) / (images + 2)
    second_rate = (only_second + 1) / (images + 2)
    middle = first_rate - second_rate
    variance = (first_rate + second_rate - middle**2) / (images + 2)
    half = 1.959964 * math.sqrt(variance)
    tables = [predictions(first), predictions(second, net="resnet18")]
    nets = [table[0][1] for table in tables]
    paired = net_difference(evidence(*tables[0], *tables[1]), *nets, Counted(), +1)
    assert paired.figure == pytest.approx(100 * (only_first - only_second) / images)
    assert (paired.low, paired.high) == pytest.approx(
        (100 * (middle - half), 100 * (middle + half))
    )
    assert paired.p == pytest.approx(min(1, 2 * tail))


def test_a_difference_made_of_many_exchanges_is_open():
    other = taken_for_cat(np.arange(90, 180))  # 90 dogs, 10 of them the same
    found = judge("resnet-less", *predictions(VGG), *predictions(other, net="resnet18"))
    assert found.verdict == "open"
    assert "80 images of the first alone, 90 of the second alone" in found.measured


def test_the_order_of_rows_in_a_table_does_not_matter():
    kind, table = predictions(FEWER, net="resnet18")[1]
    shuffled = table.frame.sample(frac=1, random_state=0)
    tables = [
        *predictions(VGG),
        predictions(FEWER, net="resnet18")[0],
        (kind, type(table)(shuffled, table.meta)),
    ]
    straight = [*predictions(VGG), *predictions(FEWER, net="resnet18")]
    assert judge("resnet-less", *tables) == judge("resnet-less", *straight)


@pytest.mark.parametrize("counted", [Counted(), Counted(DOG), Counted(DOG, CAT), Counted(CAT)])
def test_what_is_counted_is_the_same_with_and_without_predictions(counted):
    first, second = predictions(VGG), predictions(FEWER, net="resnet18")
    both = [first[0][1], second[0][1]]
    paired = net_difference(evidence(*first, *second), *both, counted, +1)
    plain = net_difference(evidence(first[0], second[0]), *both, counted, +1)
    assert paired.figure == pytest.approx(plain.figure)


def test_other_images_are_not_paired():
    errors = np.zeros((10, 10), int)
    errors[DOG, CAT] = 80
    short = predictions(FEWER, net="resnet18")[1]
    frame = short[1].frame.iloc[:-1]  # one image fewer
    tables = [
        *predictions(VGG),
        cctm(errors, net="resnet18"),
        ("predictions", type(short[1])(frame, short[1].meta)),
    ]
    assert "McNemar" not in judge("resnet-less", *tables).measured
