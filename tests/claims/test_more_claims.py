"""A claim a test: sentences on flat areas, stretches of notes, columns, and a corner."""

from dataclasses import replace

import numpy as np
import pytest

from interference.claims.lookup import PLANES
from interference.claims.runs_of_notes import longest_run
from interference.confusion import by_epoch
from interference.io.tables import Table
from tests.judged import (
    BIRD,
    BOWL,
    CAR,
    CAT,
    CIFAR,
    DEER,
    DOG,
    FROG,
    HORSE,
    NETS,
    PLANE,
    SHIP,
    SIZES,
    T1,
    T2,
    TRUCK,
    cctm,
    judge,
    notes,
    plane,
    predictions,
    training,
    verdict,
)


def few(cells: dict[tuple[int, int], int], least: int = 2) -> np.ndarray:
    errors = least * (1 - np.eye(10, dtype=int))
    for cell, number in cells.items():
        errors[cell] = number
    return errors


@pytest.mark.parametrize(("number", "expected"), [(1, "holds"), (9, "open"), (40, "fails")])
def test_a_low_rate_of_cars_row_is_told_from_a_high_one(number, expected):
    errors = few({(CAR, TRUCK): 25, (CAR, CAT): number}, 1)
    assert verdict("car-row-low", cctm(errors, net="googlenet")) == expected


def test_the_class_that_attracts_most_errors_is_found_in_its_column():
    to_cat = few({(row, CAT): 40 for row in range(10) if row != CAT})
    assert verdict("cat-attracts", cctm(to_cat)) == "holds"
    assert verdict("cat-attracts", cctm(few({}, 5))) == "open"
    to_dog = few({(row, DOG): 40 for row in range(10) if row != DOG})
    assert verdict("cat-attracts", cctm(to_dog)) == "fails"


@pytest.mark.parametrize(
    ("widths", "expected"),
    [((4, 1, 1), "holds"), ((1, 4, 1), "fails"), ((1, 1, 1), "open")],
)
def test_equal_steps_tell_the_sharpest_plane_too(widths, expected):
    swept = [
        plane(pair, width * 0.08 * BOWL, setup="big_lr", scale="step")
        for pair, width in zip(PLANES, widths, strict=True)
    ]
    assert verdict("cat-dog-sharp-fair", *swept) == expected
    assert verdict("cat-dog-sharp-fair", *swept[:2]) == "not measured"


@pytest.mark.parametrize(
    ("ego", "random", "expected"), [(0.3, 0.08, "fails"), (0.08, 0.3, "holds"), (0.2, 0.2, "open")]
)
def test_random_planes_are_compared_with_planes_of_class_gradients(ego, random, expected):
    swept = [plane(pair, ego * BOWL) for pair in PLANES]
    drawn = [plane("bird-frog", random * BOWL, scale="random")]
    assert verdict("random-sharp", *swept, *drawn) == expected
    assert verdict("random-sharp", *swept) == "not measured"


def test_random_planes_are_compared_in_weight_space():
    """A unit square of theta has 36 times the area where each direction is 6 times as long."""
    swept = [plane(pair, 0.08 * BOWL) for pair in PLANES]
    kind, table = plane("bird-frog", 0.08 * BOWL, scale="random")
    longer = {pair: (36 * np.array(gram)).tolist() for pair, gram in table.meta["grams"].items()}
    drawn = kind, Table(table.frame, table.meta | {"grams": longer})
    assert judge("random-sharp", *swept, drawn).figure == pytest.approx(36)


@pytest.mark.slow
@pytest.mark.parametrize(("sign", "expected"), [(1, "holds"), (-1, "fails")])
def test_flat_areas_are_ranked_with_accuracies_over_runs(sign, expected):
    tables = []
    for place in range(6):
        net = f"net{place}"
        tables.append(cctm(few({}, 2 + 3 * place), net=net))
        steepness = 0.2 + sign * 0.02 * place
        tables.extend(plane(pair, steepness * BOWL, scale="step", net=net) for pair in PLANES)
    assert verdict("flat-generalises", *tables) == expected
    assert "at least 6" in judge("flat-generalises", *tables[:16]).measured
    short = [
        cctm(few({}), net="short", epochs=3),
        plane("cat-dog", BOWL, scale="step", net="short", epochs=3),
    ]
    assert verdict("flat-generalises", *tables, *short) == "open"


@pytest.mark.slow
def test_flat_areas_of_a_few_cells_are_not_ranked():
    """A flat area of 3 of the plane's 80 cells is interpolated from the points beside w*."""
    tables = []
    for place in range(6):
        net = f"net{place}"
        tables.append(cctm(few({}, 2 + 3 * place), net=net))
        steepness = 1.2 if place == 3 else 0.2 + 0.02 * place
        tables.extend(plane(pair, steepness * BOWL, scale="step", net=net) for pair in PLANES)
    found = judge("flat-generalises", *tables)
    assert (found.verdict, found.measured) == (
        "open",
        "5 runs of 6, the others with a flat area under 4 cells or cut off by the plane's edge; "
        "at least 6 are needed",
    )


def test_the_longest_run_of_a_series():
    assert longest_run(np.array([True, True, False, True])) == 2
    assert longest_run(np.zeros(4, bool)) == 0


def test_stretches_of_notes_are_told_from_scattered_ones():
    stretch = list(range(60, 120))
    scattered = [int(epoch) for epoch in np.random.default_rng(1).permutation(200)[:60] + 1]
    both = notes(cat={DOG: stretch}, dog={CAT: stretch})
    assert verdict("stretched-notes", both) == "holds"
    assert verdict("stretched-notes", notes(cat={DOG: scattered}, dog={CAT: stretch})) == "open"
    assert verdict("stretched-notes", notes(30, cat={DOG: [1]}, dog={CAT: [1]})) == "open"


@pytest.mark.parametrize(("linked", "expected"), [(True, "holds"), (False, "fails")])
def test_a_recall_that_rises_with_interference_is_ranked_among_all_pairs(linked, expected):
    rng = np.random.default_rng(0)
    errors = rng.integers(50, 100, (80, 10, 10)) * (1 - np.eye(10, dtype=int))
    swing = rng.integers(0, 400, 80)
    errors[:, CAT, DOG] = 100 + swing
    errors[:, DOG, FROG] = 500 - swing if linked else 100 + swing
    assert verdict("interference-lifts", training(errors)) == expected


def test_a_rise_that_grows_towards_the_corner_is_told_from_a_bump():
    towards = np.clip(T1 - T2, 0, None) / 2  # the corner +CAT -DOG
    bump = 0.6 * np.exp(-12 * ((T1 - 0.5) ** 2 + (T2 + 0.5) ** 2))
    growing = {DOG: 0.8 * towards, HORSE: 0.8 * towards, DEER: 0.6 * towards}
    assert verdict("fig5-closer", plane("cat-dog", growing)) == "holds"
    falling = growing | {HORSE: bump}
    assert verdict("fig5-closer", plane("cat-dog", falling)) == "fails"


def test_notes_that_last_to_the_end_of_a_training_do_not_tell_which_last_longer():
    to_the_end = notes(automobile={TRUCK: [200]}, truck={CAR: [195]}, images=20)
    assert verdict("car-truck-notes", to_the_end) == "open"
    to_90 = notes(automobile={TRUCK: [200]}, truck={CAR: [90]}, images=20)
    assert verdict("car-truck-notes", to_90) == "fails"
    to_99 = notes(automobile={TRUCK: [99]}, truck={CAR: [90]}, images=20)
    assert verdict("car-truck-notes", to_99) == "holds"


def test_a_training_that_was_cut_is_not_judged_as_a_whole_one():
    kind, whole = notes(automobile={TRUCK: [99]}, truck={CAR: [90]})
    cut = replace(whole, frame=whole.frame[whole.frame["epoch"] <= 120])
    assert verdict("car-truck-notes", (kind, cut)) == "not measured"


def with_errors(**numbers: int) -> np.ndarray:
    """Predictions of the test images; the first few of some classes are wrong."""
    labels = np.repeat(np.arange(10), SIZES)
    predicted = labels.copy()
    for key, number in numbers.items():
        images = np.flatnonzero(labels == CIFAR.index(key))[:number]
        predicted[images] = FROG
    return predicted


def better_nets(**numbers: int) -> list[tuple[str, Table]]:
    """VGG19 with 100 errors on each of four classes, and three nets with these numbers."""
    vgg = with_errors(cat=100, dog=100, horse=100, ship=100)
    tables = list(predictions(vgg))
    for net in NETS[1:]:
        tables.extend(predictions(with_errors(**numbers), net=net))
    return tables


@pytest.mark.parametrize(
    ("numbers", "expected"),
    [
        ({"cat": 50, "dog": 60, "horse": 95, "ship": 95}, "holds"),
        ({"cat": 100, "dog": 110, "horse": 20, "ship": 20}, "fails"),
        ({"cat": 98, "dog": 98, "horse": 90, "ship": 94}, "open"),
    ],
)
def test_a_gain_on_cat_and_dog_is_told_from_a_gain_on_all_classes(numbers, expected):
    assert verdict("gain-cat-dog", *better_nets(**numbers)) == expected


def test_a_gain_has_the_variance_of_its_pairs_of_images():
    """By hand: 50 and 40 images of CAT and DOG are right in the better net alone."""
    tables = better_nets(cat=50, dog=60, horse=100, ship=100)
    finding = judge("gain-cat-dog", *tables)
    cat, dog = int(SIZES[CAT]), int(SIZES[DOG])
    assert finding.figure == pytest.approx(100 * (50 / cat + 40 / dog) / 2)
    variance = 0.0
    for label, number in enumerate([0, 0, 0, 50, 0, 40, 0, 0, 0, 0]):
        images = int(SIZES[label]) + 2
        first, second = (number + 1) / images, 1 / images
        weight = 1 / 2 if label in (CAT, DOG) else 1 / 8
        variance += weight**2 * (first + second - (first - second) ** 2) / images
    assert finding.high - finding.figure == pytest.approx(196 * variance**0.5, rel=1e-4)
    unpaired = judge("gain-cat-dog", *[table for table in tables if table[0] == "cctm"])
    assert unpaired.figure == pytest.approx(finding.figure)
    assert unpaired.high - unpaired.low > finding.high - finding.low


def lossy(losses: np.ndarray, **run: object) -> tuple[str, Table]:
    """Counts of a training without errors and with these mean losses (epochs,) while it trains."""
    kind, table = training(np.zeros((len(losses), 10, 10), int), split="train_online", **run)
    sums = 5000 * np.repeat(losses, 10)  # ten classes of 5,000 images
    return kind, replace(table, frame=table.frame.assign(loss_sum=sums))


@pytest.mark.parametrize(
    ("swing", "expected"), [(0.3, "holds"), (0.0, "fails"), (0.011, "open"), (0.005, "fails")]
)
def test_a_training_loss_that_oscillates_is_told_from_one_that_falls(swing, expected):
    epochs = np.arange(60)
    noise = np.random.default_rng(0).normal(size=(2, 60))
    big = lossy(2 * 0.9**epochs + 0.01 * noise[0], setup="big_lr")
    constant = lossy(1 - 0.012 * epochs + swing * noise[1], seed=7, schedule="constant")
    assert verdict("big-constant-oscillates", big, constant) == expected


def test_the_loss_of_an_epoch_is_that_of_its_images():
    _, table = lossy(np.array([2.0, 0.5]))
    assert by_epoch.losses(table, "train_online").tolist() == pytest.approx([2.0, 0.5])


@pytest.mark.parametrize(
    ("rates", "expected"),
    [
        (T1**2 + 0.05 * T2**2, "holds"),  # a valley along DOG
        (0.05 * T1**2 + T2**2, "fails"),  # along CAT
        (T1**2 + T2**2, "open"),  # as long in all directions
        (np.where(T1 == 0, 0, 0.9) + 0 * T2, "holds"),  # one point wide, and cut off by the edge
        (np.where(BOWL > 0, 0.9, 0), "open"),  # a spike between the points
    ],
)
def test_the_direction_of_a_valley_is_told(rates, expected):
    assert verdict("dog-direction", plane("cat-dog", rates, setup="big_lr")) == expected


def test_a_spike_in_a_plateau_is_told_from_a_bowl():
    spike = np.where(BOWL > 0.05, 0.85, 0)

    def planes(rates: np.ndarray) -> list[tuple[str, Table]]:
        return [plane(pair, rates, setup="small_lr", net="resnet18") for pair in PLANES]

    assert verdict("small-plateau", *planes(spike)) == "holds"
    assert verdict("small-plateau", *planes(spike)[:2]) == "partly"
    assert verdict("small-plateau", *planes(BOWL / 2)) == "fails"
    assert verdict("small-plateau", *planes(0 * BOWL)) == "fails"
    half = np.where(T1 > 0, 0.4, 0.85) * (BOWL > 0.05)
    assert judge("small-plateau", *planes(half)).figure < 0.6


def test_a_level_that_few_images_blur_is_open():
    spike = np.where(BOWL > 0.05, 0.85, 0)
    few_images = []
    for pair in PLANES:
        kind, table = plane(pair, spike, setup="small_lr", net="resnet18")
        fewer = table.frame.assign(count=table.frame["count"] // 20)
        few_images.append((kind, replace(table, frame=fewer)))
    assert verdict("small-plateau", *few_images) == "open"


def halves_alike(alike: tuple[int, ...], turns: int = 0) -> tuple[str, Table]:
    """A plane whose left half has one shape for some classes, and random shapes for all others."""
    rng = np.random.default_rng(0)
    size = T1.size, T2.size
    shape = np.clip(-T1, 0, 1) * (1 + 0.3 * T2)
    rates = {}
    for label in range(10):
        own = rng.random(size)
        left = shape if label in alike else own
        values = 0.1 + 0.5 * np.where(T1 < 0, left, own)
        rates[label] = values[::-1] if turns else values
    return plane("automobile-truck", rates)


MACHINES, ANIMALS = (PLANE, CAR, SHIP, TRUCK), (BIRD, CAT, DEER, DOG, FROG, HORSE)


@pytest.mark.parametrize("turns", [0, 1])
def test_similar_shapes_in_one_half_are_found_whichever_half_it_is(turns):
    found = judge("fig5-left", halves_alike(MACHINES, turns))
    assert found.verdict == "holds"
    own, other = ("+CAR", "-CAR") if turns else ("-CAR", "+CAR")
    assert f"{own} +0.99 (rank 1 of 210, p = 0.038)" in found.measured
    assert f"{other} +0.10 (rank 13 of 210" in found.measured


def test_shapes_that_are_less_similar_than_others_in_every_half_fail():
    """The machines are the corners of a tetrahedron: any two correlate by -1/3."""
    assert verdict("fig5-left", halves_alike(())) == "open"
    assert verdict("fig5-left", plane("automobile-truck", 0 * BOWL)) == "open"
    x, y, z = np.random.default_rng(1).normal(size=(3, *BOWL.shape)) / 12
    corners = (x + y + z, x - y - z, y - x - z, z - x - y)
    rates = dict.fromkeys(ANIMALS, 0.1 + 0.4 * BOWL)
    for label, corner in zip(MACHINES, corners, strict=True):
        rates[label] = 0.5 + corner
    assert verdict("fig5-left", plane("automobile-truck", rates)) == "fails"


def strengths(to_truck: float, to_car: float, noise: float = 10.0) -> tuple[str, Table]:
    errors = np.zeros((200, 10, 10), int)
    falling = np.linspace(2, 0.2, 200)
    rng = np.random.default_rng(0)
    for cell, size in (((CAR, TRUCK), to_truck), ((TRUCK, CAR), to_car)):
        errors[:, *cell] = np.clip(size * falling + noise * rng.normal(size=200), 0, None)
    return training(errors)


@pytest.mark.parametrize(
    ("to_truck", "to_car", "expected"),
    [(100, 90, "holds"), (90, 100, "holds"), (100, 30, "fails"), (30, 100, "fails")],
)
def test_two_strengths_are_close_whichever_is_larger(to_truck, to_car, expected):
    assert verdict("car-truck-strength", strengths(to_truck, to_car)) == expected


def test_strengths_are_compared_with_their_sum_and_open_at_the_limit():
    assert verdict("car-truck-strength", strengths(100, 50)) == "open"
    assert verdict("car-truck-strength", training(np.zeros((200, 10, 10), int))) == "not measured"
    found = judge("car-truck-strength", strengths(100, 50, noise=0))
    assert found.figure == pytest.approx(1 / 3, abs=0.01)


def dancing(kind: int, seed: int = 0) -> tuple[str, Table]:
    """A hundred epochs in which CAT's and DOG's recalls have ten highs or lows together.

    `kind` is -1 if DOG's recall moves against CAT's, 1 if with it, 0 if at epochs of its own.
    """
    rng = np.random.default_rng(seed)
    epochs = 3 + 9 * np.arange(10) + rng.integers(0, 5, 10)
    others = epochs if kind else 3 + 9 * np.arange(10) + rng.integers(0, 5, 10)
    signs = rng.choice([-1, 1], 10)
    errors = np.zeros((100, 10, 10), int)
    errors[:, CAT, DOG] = errors[:, DOG, CAT] = 1000
    errors[epochs, CAT, DOG] -= 600 * signs
    errors[others, DOG, CAT] -= 600 * signs * (kind or rng.choice([-1, 1], 10))
    return training(errors)


@pytest.mark.parametrize(("kind", "expected"), [(-1, "holds"), (0, "open")])
def test_moments_of_one_high_and_the_other_low_are_counted_beside_chance(kind, expected):
    found = judge("many-moments", dancing(kind))
    assert found.verdict == expected
    assert "both high or both low in 0" in found.measured or kind == 0
    assert kind == 0 or found.figure == 10


@pytest.mark.slow
def test_recalls_that_move_by_themselves_seldom_have_many_moments():
    decided = [judge("many-moments", dancing(0, seed)).verdict != "open" for seed in range(100)]
    assert sum(decided) <= 8  # 4 are expected at most


def test_a_third_class_that_takes_images_of_cat_is_named():
    errors = np.zeros((100, 10, 10), int)
    errors[:, CAT, DOG] = errors[:, DOG, CAT] = 100
    errors[40, CAT, BIRD] = errors[40, DOG, HORSE] = 800
    errors[60, CAT, FROG] = errors[60, DOG, HORSE] = 800
    found = judge("third-class-moments", training(errors))
    assert (found.verdict, found.figure) == ("holds", 1)
    assert found.measured == "2 in 100 epochs: BIRD 1, FROG 1"
    errors[40, CAT, BIRD] = 0
    assert verdict("third-class-moments", training(errors)) == "fails"
    assert verdict("third-class-moments", training(errors[:40])) == "open"
