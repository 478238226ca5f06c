"""A claim a test: sentences on flat areas, stretches of notes, columns, and a corner."""

from dataclasses import replace

import numpy as np
import pytest

from interference.claims.lookup import PLANES
from interference.claims.runs_of_notes import longest_run
from interference.io.tables import Table
from tests.judged import (
    BOWL,
    CAR,
    CAT,
    DEER,
    DOG,
    FROG,
    HORSE,
    T1,
    T2,
    TRUCK,
    cctm,
    judge,
    notes,
    plane,
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
    to_the_end = notes(automobile={TRUCK: [200]}, truck={CAR: [195]})
    assert verdict("car-truck-notes", to_the_end) == "open"
    assert (
        verdict("car-truck-notes", notes(automobile={TRUCK: [200]}, truck={CAR: [90]})) == "fails"
    )
    assert verdict("car-truck-notes", notes(automobile={TRUCK: [99]}, truck={CAR: [90]})) == "holds"


def test_a_training_that_was_cut_is_not_judged_as_a_whole_one():
    kind, whole = notes(automobile={TRUCK: [99]}, truck={CAR: [90]})
    cut = replace(whole, frame=whole.frame[whole.frame["epoch"] <= 120])
    assert verdict("car-truck-notes", (kind, cut)) == "not measured"
