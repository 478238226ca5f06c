import doctest

import numpy as np
import pandas as pd
import pytest
from scipy import signal, stats

from interference import confusion
from interference.confusion import by_epoch, dance
from interference.errors import BadInput
from interference.io.tables import Table

SIZE = 5000


def cctm(*rows: list[int]) -> np.ndarray:
    """The CCTM (epochs, 4, 4) of a net with errors on class 1 alone: `rows`, of 5,000 images."""
    counts = np.broadcast_to(SIZE * np.eye(4, dtype=int), (len(rows), 4, 4)).copy()
    counts[:, 1] = rows
    counts[:, 1, 1] = SIZE - counts[:, 1].sum(-1)
    return confusion.cctm(counts)


def table(counts: np.ndarray, split: str = "train_augmented") -> Table:
    """A counts table whose rows lie in no order, beside another split of other counts."""
    epochs = 1 + np.arange(len(counts))
    frame = pd.concat(
        [
            pd.DataFrame(confusion.columns(part, part / 2, epoch=epochs, split=name))
            for name, part in ((split, counts), ("test", counts[::-1]))
        ]
    )
    size = counts.shape[-1]
    return Table(
        frame.sample(frac=1, random_state=0),
        {
            "classes": [f"c{label}" for label in range(size)],
            "labels": [f"C{label}" for label in range(size)],
            "run": {"name": "toy"},
        },
    )


def test_a_note_is_the_class_most_often_predicted_instead():
    assert dance.notes(cctm([10, 0, 30, 20], [40, 0, 30, 20], [10, 0, 30, 31]), 1).tolist() == [
        2,
        0,
        3,
    ]


def test_five_of_5000_is_no_note_and_six_is():
    assert dance.notes(cctm([5, 0, 5, 5], [5, 0, 6, 5], [0, 0, 0, 0]), 1).tolist() == [-2, 2, -2]


def test_ties_go_to_the_lower_label():
    assert dance.notes(cctm([0, 0, 9, 9], [9, 0, 9, 9]), 1).tolist() == [2, 0]


def test_the_class_itself_is_never_its_note():
    assert dance.notes(cctm([0, 0, 4, 0]), 1).tolist() == [dance.NONE]


def test_an_absent_class_has_no_notes():
    absent = np.zeros((2, 4, 4), int)
    absent[:, 0, 0] = 3
    assert dance.notes(confusion.cctm(absent), 1).tolist() == [-2, -2]


@pytest.mark.parametrize(
    ("highest", "second", "expected"), [(6, 0, True), (5, 0, False), (9, 1, True), (8, 2, False)]
)
def test_a_note_is_told_from_the_next_class_by_the_exact_binomial_test(highest, second, expected):
    counts = np.zeros((1, 4, 4), int)
    counts[0, 1] = [second, 5000, highest, min(second, 1)]
    assert dance.told_apart(counts, 1).tolist() == [expected]
    p = stats.binomtest(highest, highest + second).pvalue
    assert (p < 0.05) == expected
    two_classes = np.array([[[90, highest], [0, 100]]])  # no class is next
    assert dance.told_apart(two_classes, 0).tolist() == [highest > 5]


def test_two_equally_frequent_classes_are_seldom_told_apart_and_unequal_ones_are():
    rng = np.random.default_rng(0)
    told = {}
    for second in (0.01, 0.005):
        counts = rng.multinomial(5000, [0.01, second, 1 - 0.01 - second], size=(4000, 1))
        told[second] = dance.told_apart(np.repeat(counts, 3, axis=1), 2).mean()
    assert told[0.01] < 0.05
    assert told[0.005] > 0.75


def test_notes_do_not_change_the_cctm():
    matrix = cctm([10, 0, 30, 20])
    before = matrix.copy()
    dance.notes(matrix, 1)
    np.testing.assert_array_equal(matrix, before)


def test_training_counts_are_of_the_split_asked_for_epoch_by_epoch():
    counts = np.random.default_rng(0).integers(1, 100, (5, 3, 3))
    epochs, back = by_epoch.training_counts(table(counts), "train_augmented")
    assert epochs.tolist() == [1, 2, 3, 4, 5]
    np.testing.assert_array_equal(back, counts)
    np.testing.assert_array_equal(by_epoch.training_counts(table(counts), "test")[1], counts[::-1])


def test_a_split_that_was_not_recorded_is_bad_input_and_the_others_are_named():
    counts = np.ones((2, 3, 3), int)
    with pytest.raises(BadInput, match=r"'train', recorded: test, train_augmented"):
        by_epoch.training_counts(table(counts), "train")


def test_recalls_are_the_diagonal_in_percent():
    counts = np.random.default_rng(1).integers(1, 100, (5, 3, 3))
    np.testing.assert_allclose(by_epoch.recalls(confusion.cctm(counts)), confusion.recall(counts))


def test_a_dance_is_where_one_rises_and_the_other_falls():
    cat, dog = np.array([10, 20, 15, 15, 30, 40.0]), np.array([50, 40, 60, 70, 80, 70.0])
    assert dance.dance_epochs(cat, dog).tolist() == [1, 2, 5]
    assert dance.dance_epochs(cat, cat).tolist() == []


def test_a_planted_dance_is_a_perfect_anticorrelation_under_any_common_pace():
    sway = np.random.default_rng(2).normal(size=50)
    assert dance.anticorrelation(60 + sway, 80 - 2 * sway) == pytest.approx(-1)
    assert dance.anticorrelation(
        60 + sway + np.arange(50), 80 - sway + np.arange(50)
    ) == pytest.approx(-1)
    assert np.isnan(dance.anticorrelation(sway, np.full(50, 3.0)))


def test_relabelling_the_classes_permutes_the_notes():
    counts, order = (
        np.random.default_rng(3).permutation(6 * 25).reshape(6, 5, 5),
        np.array([3, 0, 4, 2, 1]),
    )
    renamed = counts[:, order][..., order]
    notes = dance.notes(confusion.cctm(renamed), 2)
    np.testing.assert_array_equal(order[notes], dance.notes(confusion.cctm(counts), order[2]))


# Moments

CAT, DOG, BIRD, FROG = range(4)


def still(epochs: int = 20) -> np.ndarray:
    """Counts (epochs, 4, 4) of a net that never changes.

    Each class loses 100 of its 5,000 images to each other class.
    """
    return np.broadcast_to(100 + 4600 * np.eye(4, dtype=int), (epochs, 4, 4)).copy()


def move(counts: np.ndarray, epoch: int, true: int, taker: int, images: int) -> None:
    """Give that many more images of class `true` to `taker`, of those predicted right."""
    counts[epoch, true, taker] += images
    counts[epoch, true, true] -= images


def kinds(
    counts: np.ndarray, pair: tuple[int, int] = (CAT, DOG)
) -> list[tuple[int, str, int, int, int]]:
    return [
        (moment.position, moment.kind, moment.own, moment.partner, moment.taker)
        for moment in dance.moments(confusion.cctm(counts), pair, size=counts[0].sum(-1))
    ]


def takes(
    counts: np.ndarray, epoch: int, own: int = CAT, partner: int = DOG, late: int = 0
) -> None:
    """Plant a red moment: the partner takes images of own and is recognised better itself.

    The partner's recall rises `late` epochs later.
    """
    move(counts, epoch, own, partner, 300)
    move(counts, epoch + late, partner, own, -90)


def test_each_planted_moment_is_found_and_no_other():
    counts = still()
    takes(counts, 3)
    takes(counts, 8, own=DOG, partner=CAT, late=1)
    takes(counts, 15, late=-1)
    for true, taker in ((CAT, BIRD), (DOG, CAT)):
        move(counts, 11, true, taker, 300)
    assert kinds(counts) == [
        (3, "red", CAT, DOG, DOG),
        (8, "red", DOG, CAT, CAT),
        (11, "blue", CAT, DOG, BIRD),
        (15, "red", CAT, DOG, DOG),
    ]


def test_the_order_of_a_pair_changes_no_moment():
    counts = restless(classes=4)
    assert kinds(counts, (DOG, CAT)) == kinds(counts, (CAT, DOG))


def test_all_moments_are_those_of_every_pair_in_the_order_of_the_epochs():
    counts = restless()
    cctm, size = confusion.cctm(counts), counts[0].sum(-1)
    rows = dance.all_moments(cctm, size=size)
    moments = [dance.Moment(*row) for row in rows.tolist()]
    assert rows.shape == (len(moments), 4)
    each = [
        moment
        for a in range(5)
        for b in range(a)
        for moment in dance.moments(cctm, (a, b), size=size)
    ]
    assert len(moments) == len(each) > 20
    assert set(moments) == set(each)
    assert [moment.position for moment in moments] == sorted(moment.position for moment in each)
    assert {moment.kind for moment in moments} == {"red", "blue"}


def test_what_happens_two_epochs_apart_is_no_moment():
    counts = still()
    takes(counts, 3, late=2)
    takes(counts, 13, late=-2)
    assert kinds(counts) == []


@pytest.mark.parametrize("taker", [BIRD, FROG])
def test_a_loss_to_a_third_class_while_the_partner_rises_is_no_moment(taker):
    counts = still()
    move(counts, 5, CAT, taker, 300)
    move(counts, 5, DOG, CAT, -90)
    assert kinds(counts) == []


def test_a_fall_of_both_without_a_third_class_is_no_moment():
    counts = still()
    move(counts, 5, CAT, DOG, 300)
    move(counts, 5, DOG, CAT, 300)
    assert kinds(counts) == []


def test_the_third_class_of_a_fall_is_the_one_that_takes_most():
    counts = still()
    move(counts, 5, DOG, CAT, 300)
    move(counts, 5, CAT, FROG, 200)
    move(counts, 6, CAT, BIRD, 199)  # within one epoch
    assert kinds(counts) == [(5, "blue", CAT, DOG, FROG)]
    move(counts, 6, CAT, BIRD, 2)
    assert kinds(counts) == [(6, "blue", CAT, DOG, BIRD)]


def test_a_fall_of_both_with_a_taker_in_each_row_is_a_moment_of_each():
    counts = still()
    move(counts, 5, CAT, FROG, 300)
    move(counts, 5, DOG, BIRD, 300)
    assert kinds(counts) == [(5, "blue", CAT, DOG, FROG), (5, "blue", DOG, CAT, BIRD)]


def test_what_counting_could_move_is_no_moment():
    counts = still()
    move(counts, 5, CAT, DOG, 60)
    move(counts, 5, DOG, CAT, -40)
    assert kinds(counts) == []
    assert [kind for _, kind, *_ in kinds(10 * counts)] == [
        "red"
    ]  # the same shares of ten times the images


def test_a_steady_training_has_no_moment():
    right = np.linspace(2000, 4700, 50).astype(int)
    counts = np.repeat(((5000 - right) // 3)[:, None, None], 4, 1).repeat(4, 2)
    counts[:, range(4), range(4)] = (5000 - 3 * counts[:, 0, 1])[:, None]
    assert kinds(counts) == []


@pytest.mark.slow
def test_counting_alone_makes_less_than_one_moment_in_ten_pairs_and_200_epochs():
    rng = np.random.default_rng(0)
    for error in (0.3, 0.05, 0.01):
        rates = error * rng.dirichlet(np.full(9, 1.0), 10)
        rates = np.stack([np.insert(row, label, 1 - error) for label, row in enumerate(rates)])
        counts = rng.multinomial(5000, np.broadcast_to(rates, (200, 10, 10)))
        pairs = dance.pairs(confusion.cctm(counts))
        assert pairs["moments"].mean() < 0.1
        assert (
            dance.pairs(confusion.cctm(counts), prominence=0)["moments"].mean() > 5
        )  # without the rule


def test_the_first_and_the_last_epoch_and_a_class_without_images_make_no_moment():
    counts = still(6)
    takes(counts, 0)
    takes(counts, 5)
    counts[:, BIRD] = 0
    assert kinds(counts) == []
    assert kinds(counts, (BIRD, CAT)) == []
    assert kinds(counts[:1]) == []


def test_a_class_whose_images_come_after_the_first_epoch_warns_of_nothing():
    rates = np.full((5, 3, 3), 1 / 3)
    rates[0, 2] = np.nan
    assert dance.moments(rates, (0, 2), size=np.array([50, 40, 0])) == []


# All pairs


def restless(classes: int = 5, epochs: int = 60, seed: int = 4) -> np.ndarray:
    """Counts (epochs, C, C) of classes of unequal sizes that come and go."""
    rng = np.random.default_rng(seed)
    rates = rng.dirichlet(np.full(classes, 0.5), (epochs, classes)) * 0.3
    rates += 0.7 * np.eye(classes)
    return rng.multinomial(5000 - 7 * np.arange(classes), rates)


def test_a_pairs_row_says_what_the_functions_of_a_pair_say():
    counts = restless()
    cctm, epochs, size = confusion.cctm(counts), 3 + np.arange(len(counts)), counts[0].sum(-1)
    pairs, recalls = dance.pairs(cctm, epochs, size=size), by_epoch.recalls(confusion.cctm(counts))
    assert len(pairs) == 10
    assert (pairs["moments"] > 0).sum() > 5
    for row in pairs.itertuples():
        pair = row.class_1, row.class_2
        moments = dance.moments(cctm, pair, size=size)
        assert (row.moments, row.red, row.blue) == (
            len(moments),
            *([moment.kind for moment in moments].count(kind) for kind in ("red", "blue")),
        )
        at = epochs[[moment.position for moment in moments]] if moments else [0]
        assert (row.first, row.last, row.duration) == (
            at[0],
            at[-1],
            len(moments) and at[-1] - at[0] + 1,
        )
        a, b = recalls[:, pair[0]], recalls[:, pair[1]]
        assert row.dance_epochs == len(dance.dance_epochs(a, b))
        assert row.anticorrelation == pytest.approx(dance.anticorrelation(a, b))
        assert (row.low, row.high) == pytest.approx(dance.anticorrelation_interval(a, b))


def test_pairs_are_ranked_by_anticorrelation_and_the_planted_one_is_first():
    counts = still(40)
    sway = np.random.default_rng(5).integers(-90, 90, (40, 2))
    for epoch, (both, bird) in enumerate(sway):
        move(counts, epoch, CAT, DOG, both)
        move(counts, epoch, DOG, CAT, -both)
        move(counts, epoch, BIRD, FROG, bird)
    pairs = dance.pairs(confusion.cctm(counts))
    assert pairs.loc[0, ["class_1", "class_2"]].tolist() == [CAT, DOG]
    assert pairs.loc[0, ["anticorrelation", "low", "high"]].tolist() == pytest.approx([-1, -1, -1])
    assert (
        np.isnan(pairs["anticorrelation"]).tolist() == [False] * 3 + [True] * 3
    )  # FROG stands still
    assert pairs["anticorrelation"].head(3).is_monotonic_increasing
    assert pairs.loc[5, ["low", "high"]].tolist() == [-1, 1]


def test_relabelling_the_classes_permutes_moments_and_pairs_and_changes_no_number():
    counts, order = restless(), np.array([3, 0, 4, 2, 1])
    renamed = counts[:, order][..., order]  # class k of `renamed` is class order[k] of `counts`
    expected = kinds(counts, (order[1], order[3]))
    assert len(expected) > 3
    back = [
        (at, kind, *order[list(classes)].tolist()) for at, kind, *classes in kinds(renamed, (1, 3))
    ]
    assert sorted(back) == sorted(expected)
    pairs, back = (
        dance.pairs(confusion.cctm(each), size=each[0].sum(-1)) for each in (counts, renamed)
    )
    labels = np.sort(order[back[["class_1", "class_2"]].to_numpy()], axis=1)
    np.testing.assert_array_equal(labels, pairs[["class_1", "class_2"]])
    pd.testing.assert_frame_equal(
        back.drop(columns=["class_1", "class_2"]), pairs.drop(columns=["class_1", "class_2"])
    )


@pytest.mark.slow
def test_every_recorded_split_has_its_pairs_judged_by_its_own_number_of_images():
    counts = restless()
    pairs = dance.pairs_by_split(table(counts))
    assert pairs["split"].value_counts().to_dict() == {"train_augmented": 10, "test": 10}
    for split, part in (("train_augmented", counts), ("test", counts[::-1])):
        expected = dance.pairs(confusion.cctm(part), size=part[0].sum(-1))
        pairs_of_split = pairs[pairs["split"] == split].drop(columns="split").reset_index(drop=True)
        pd.testing.assert_frame_equal(pairs_of_split, expected)


@pytest.mark.parametrize("sign", [1, -1])
@pytest.mark.parametrize("prominence", [0, 3.0])
def test_series_that_are_searched_at_once_have_the_extrema_that_each_has_alone(sign, prominence):
    size = np.array([40, 90, 30])[:, None]
    shares = (
        np.random.default_rng(2).integers(0, 6, (50, 3, 4)) / 30
    )  # long plateaus, also at the ends
    shares[:, 1, 2] = np.nan
    prominences = dance._all_peaks(shares, sign, prominence, size)
    for a, b in np.ndindex(3, 4):
        expected = np.zeros(50)
        at, known = signal.find_peaks(sign * shares[:, a, b], prominence=0, plateau_size=dance.FLAT)
        base = shares[at, a, b] - sign * known["prominences"]
        variance = (shares[at, a, b] * (1 - shares[at, a, b]) + base * (1 - base)) / size[a, 0]
        high = known["prominences"] ** 2 >= prominence**2 * variance
        expected[at[high]] = known["prominences"][high]
        np.testing.assert_array_equal(prominences[:, a, b], expected)
    assert (
        0
        < np.count_nonzero(prominences)
        < np.count_nonzero(dance._all_peaks(shares, sign, 0, size)) + (prominence == 0)
    )


@pytest.mark.parametrize("sign", [1, -1])
@pytest.mark.parametrize("prominence", [0, 3.0])
def test_the_fast_search_finds_the_peaks_of_each_series(sign, prominence):
    size = np.array([40, 90, 0])[:, None]
    shares = (
        np.random.default_rng(12).integers(0, 6, (50, 3, 4)) / 30
    )  # ties and plateaus, also at the ends
    shares[:, 1, 2] = shares[:7, 2, 1] = shares[20, 0, 0] = np.nan
    prominences = dance._all_peaks(shares, sign, prominence, size)
    for a, b in np.ndindex(3, 4):
        alone = dance._peaks(shares[:, a, b], sign, prominence, size[a, 0])
        assert {
            at: prominences[at, a, b] for at in np.flatnonzero(prominences[:, a, b]).tolist()
        } == alone


@pytest.mark.parametrize("prominence", [0, 0.5, 3.0])
def test_the_fast_search_finds_the_moments_of_each_pair_through_ties_plateaus_and_nan(prominence):
    rng = np.random.default_rng(13)
    counts = rng.multinomial(
        12, rng.dirichlet(np.full(5, 2.0), (80, 5))
    )  # of few images: many ties
    counts[rng.random((80, 5)) < 0.3] = counts[0, 0]
    cctm = confusion.cctm(counts)
    cctm[:9, 4] = np.nan  # a class whose images came later
    size = np.array([12, 40, 12, 90, 0])
    fast = [dance.Moment(*row) for row in dance.all_moments(cctm, prominence, size).tolist()]
    each = [
        moment
        for a in range(5)
        for b in range(a)
        for moment in dance.moments(cctm, (a, b), prominence, size)
    ]
    assert sorted(fast, key=repr) == sorted(each, key=repr)
    assert {moment.kind for moment in fast} == {"red", "blue"}


def test_the_example_of_eight_epochs_runs():
    failed, tried = doctest.testmod(dance)
    assert (failed, tried > 0) == (0, True)


def test_one_epoch_has_no_extremum():
    assert not dance._all_peaks(np.full((1, 2, 2), 0.5), 1, 0, np.array(9)).any()


# How sure an anticorrelation is


def swaying(
    rng: np.random.Generator, epochs: int, r: float, memory: float, pairs: int = 1
) -> np.ndarray:
    """Two recalls of each pair (2, pairs, epochs) that correlate with r, as their changes do.

    They are autoregressive of the first order, with this memory.
    """
    shocks = rng.normal(size=(2, pairs, epochs + 50))
    shocks[1] = r * shocks[0] + np.sqrt(1 - r**2) * shocks[1]
    return signal.lfilter([1], [1, -memory], shocks)[..., 50:]


@pytest.mark.parametrize(("r", "memory"), [(-0.7, 0.0), (-0.3, 0.8)])
def test_the_interval_of_an_anticorrelation_holds_the_truth_as_often_as_it_says(r, memory):
    changes = np.diff(swaying(np.random.default_rng(6), 200, r, memory, pairs=1000))
    low, high = dance._intervals(*changes, seed=0)
    assert 0.92 <= ((low <= r) & (r <= high)).mean() <= 0.97


def test_an_interval_holds_its_estimate_and_comes_again_with_its_seed():
    pair = swaying(np.random.default_rng(7), 80, -0.5, 0.3)[:, 0]
    low, high = dance.anticorrelation_interval(*pair)
    assert -1 < low < dance.anticorrelation(*pair) < high < 1
    assert (
        dance.anticorrelation_interval(*pair)
        == (low, high)
        != dance.anticorrelation_interval(*pair, seed=1)
    )
    assert dance.anticorrelation_interval(*pair[::-1]) == pytest.approx((low, high))
    assert dance.anticorrelation_interval(100 - 3 * pair[0], pair[1]) == pytest.approx(
        (-high, -low)
    )


def test_many_pairs_have_the_intervals_that_they_have_alone(monkeypatch):
    changes = np.diff(swaying(np.random.default_rng(5), 30, -0.4, 0.2, pairs=7))
    whole = dance._intervals(*changes, seed=0)
    monkeypatch.setattr(dance, "CHUNK", 3)
    np.testing.assert_allclose(dance._intervals(*changes, seed=0), whole, rtol=1e-12)
    alone = [
        dance._intervals(first[None], second[None], seed=0)
        for first, second in zip(*changes, strict=True)
    ]
    np.testing.assert_allclose(np.squeeze(alone).T, whole, rtol=1e-12)


def test_one_class_has_no_pairs():
    assert dance.pairs(np.ones((12, 1, 1))).empty


def test_too_few_epochs_and_a_recall_that_stands_still_say_nothing():
    pair = swaying(np.random.default_rng(8), 11, -0.9, 0)[:, 0]
    assert dance.anticorrelation_interval(*pair[:, :10]) == (-1, 1)
    assert dance.anticorrelation_interval(*pair)[1] < 1
    assert dance.anticorrelation_interval(pair[0], np.full(11, 0.1)) == (-1, 1)


def test_recalls_that_both_move_in_nine_epochs_say_nothing_and_in_ten_something():
    first, second = 50 + swaying(np.random.default_rng(9), 200, -0.9, 0)[:, 0]
    second[:142] = first[150:] = 50
    assert dance.anticorrelation_interval(first, second) == (-1, 1)
    second[141] = 51
    low, high = dance.anticorrelation_interval(first, second)
    assert -1 < low < high < 1
