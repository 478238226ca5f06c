"""A claim a test: how errors are spread over pairs, and scores that tell who interferes."""

import numpy as np
import pandas as pd
import pytest

from interference import claims, confusion
from interference.claims import CLAIMS
from interference.claims.errors_of_classes import effective_interferers
from interference.io.tables import Table
from tests.judged import (
    BIRD,
    CAR,
    CAT,
    DEER,
    DOG,
    FROG,
    HORSE,
    NETS,
    PLANE,
    SHIP,
    SIZES,
    TRUCK,
    cctm,
    ego_lines,
    evidence,
    gram,
    judge,
    meta,
    of_nets,
    paper_errors,
    predictions,
    training,
    verdict,
)

OTHERS = 1 - np.eye(10, dtype=int)
RING = 2 * np.pi * np.arange(10) / 10  # classes on a ring
NEAR = np.cos(RING[:, None] - RING)  # neighbours are alike
RING_ERRORS = np.round(40 + 35 * NEAR).astype(int) * OTHERS


def few(cells: dict[tuple[int, int], int]) -> np.ndarray:
    """Errors (10, 10) in these cells alone."""
    errors = np.zeros((10, 10), int)
    for cell, number in cells.items():
        errors[cell] = number
    return errors


# Errors of pairs and classes


def test_the_pair_with_the_largest_share_of_errors_is_told_from_the_next():
    found = judge("pair-bottleneck", cctm(paper_errors()))
    errors = paper_errors()
    assert found.verdict == "holds"
    assert found.figure == pytest.approx((65 + 50) / errors.sum())
    near = few({(CAT, DOG): 50, (DOG, CAT): 50, (PLANE, SHIP): 45, (SHIP, PLANE): 45})
    assert verdict("pair-bottleneck", cctm(near)) == "open"
    less = few({(CAT, DOG): 20, (DOG, CAT): 20, (PLANE, SHIP): 60, (SHIP, PLANE): 60})
    assert verdict("pair-bottleneck", cctm(less)) == "fails"


def test_interference_is_the_errors_in_cells_above_the_threshold():
    scattered = 4 * OTHERS  # 0.4 % in every cell
    assert judge("interfering-share", cctm(scattered)).verdict == "fails"
    dense = scattered.copy()
    dense[CAT, DOG], dense[DOG, CAT] = 600, 600
    found = judge("interfering-share", cctm(dense))
    assert found.verdict == "holds"
    assert found.figure == pytest.approx(1200 / dense.sum())
    half = scattered.copy()
    half[CAT, DOG], half[DOG, CAT] = 176, 176
    assert verdict("interfering-share", cctm(half)) == "open"


def test_recalls_differ_where_chance_does_not_explain_it():
    assert verdict("recalls-differ", cctm(paper_errors())) == "holds"
    even = np.zeros((10, 10), int)
    even[range(10), (np.arange(10) + 1) % 10] = np.round(0.05 * SIZES)
    assert verdict("recalls-differ", cctm(even)) == "open"
    assert verdict("recalls-differ", cctm(0 * even)) == "not measured"


def test_resnet_has_fewer_interferers_of_cat():
    many = few({(CAT, to): 20 for to in (DOG, BIRD, DEER, HORSE)})
    one = few({(CAT, DOG): 80})
    close = few({(CAT, DOG): 20, (CAT, BIRD): 20, (CAT, DEER): 20, (CAT, HORSE): 5})

    def judged(resnet: np.ndarray, vgg: np.ndarray) -> str:
        return verdict("resnet-fewer-dark", cctm(vgg), cctm(resnet, net="resnet18"))

    assert judged(one, many) == "holds"
    assert judged(many, one) == "fails"
    assert judged(close, many) == "open"
    assert verdict("resnet-fewer-dark", cctm(many)) == "not measured"


def of_two(errors: np.ndarray) -> list[tuple[str, Table]]:
    return [cctm(errors, net=net) for net in ("googlenet", "dla")]


@pytest.mark.parametrize(("others", "expected"), [(1, "holds"), (12, "open"), (40, "fails")])
def test_cars_recall_and_its_top_interferer_are_nearly_all_of_car(others, expected):
    assert verdict("car-top-two", *of_two(few({(CAR, TRUCK): 30, (CAR, SHIP): others}))) == expected


def test_a_claim_about_googlenet_and_dla_holds_partly_on_one_of_them():
    alone = cctm(few({(CAR, TRUCK): 30}), net="dla")
    found = judge("car-top-two", alone)
    assert (found.verdict, found.measured[:11]) == ("partly", "1 of 2 nets")


@pytest.mark.parametrize(("others", "expected"), [(5, "holds"), (28, "open"), (90, "fails")])
def test_most_errors_on_truck_are_predictions_of_car(others, expected):
    assert verdict("truck-car", *of_two(few({(TRUCK, CAR): 30, (TRUCK, SHIP): others}))) == expected


def test_dla_recalls_car_better_image_by_image():
    labels = np.repeat(np.arange(10), SIZES)
    cars = np.flatnonzero(labels == CAR)

    def lost(number: int) -> np.ndarray:
        predicted = labels.copy()
        predicted[cars[:number]] = TRUCK
        return predicted

    def judged(dla: int, googlenet: int) -> str:
        return verdict(
            "dla-car",
            *predictions(lost(dla), net="dla"),
            *predictions(lost(googlenet), net="googlenet"),
        )

    assert judged(22, 33) == "holds"
    assert judged(33, 22) == "fails"
    assert judged(22, 24) == "open"


def test_classes_of_many_interferers_have_lower_recalls():
    def judged(plane: int, bird: int, car: int, many: int = 3) -> str:
        errors = few({(CAR, TRUCK): car, (TRUCK, CAR): car})
        for of, number in ((PLANE, plane), (BIRD, bird)):
            others = [DEER, FROG, CAT][:many]
            errors[of, others] = number // many
        return verdict("many-interferers", cctm(errors, net="googlenet"))

    assert judged(90, 120, 30) == "holds"
    assert judged(10, 120, 60) == "fails"
    assert judged(40, 120, 30) == "open"
    assert judged(90, 120, 30, many=1) == "fails"  # lower recalls by a single interferer each


def test_the_effective_number_of_interferers_is_that_of_equal_shares():
    counts = np.diag([100, 100, 100, 100, 100])
    counts[0, 1:] = 6, 6, 6, 6
    counts[1, [0, 2]] = 9, 9
    counts[2, 0] = 5
    counts[3, [0, 1, 2]] = 4, 2, 2
    found = effective_interferers(counts)
    assert found.tolist() == pytest.approx([4, 2, 1, 64 / 24, 0])
    order = np.random.default_rng(0).permutation(5)
    assert effective_interferers(counts[np.ix_(order, order)]) == pytest.approx(found[order])


def test_machines_and_animals_are_blocks():
    in_metal = np.isin(np.arange(10), [PLANE, CAR, SHIP, TRUCK])
    within = (in_metal[:, None] == in_metal) * OTHERS
    found = judge("metal-block", cctm(20 * within + 2 * OTHERS))
    assert (found.verdict, found.p) == ("holds", pytest.approx(2 / 210))
    assert verdict("metal-block", cctm(20 * (OTHERS - within) + 2 * OTHERS)) == "fails"
    mixed = np.random.default_rng(0).integers(10, 30, (10, 10)) * OTHERS
    assert verdict("metal-block", cctm(mixed)) == "open"


def test_nets_agree_on_the_classes_that_they_confuse():
    shuffled = np.random.default_rng(0).permutation(10)
    other = RING_ERRORS[np.ix_(shuffled, shuffled)]
    assert verdict("nets-agree", *of_nets(RING_ERRORS)) == "holds"
    assert verdict("nets-agree", *of_nets(RING_ERRORS)[:2]) == "partly"
    two = [cctm(RING_ERRORS), cctm(other, net="resnet18")]
    assert verdict("nets-agree", *two) == "open"
    opposed = [cctm(RING_ERRORS), cctm((80 - RING_ERRORS) * OTHERS, net="resnet18")]
    assert verdict("nets-agree", *opposed) == "fails"
    assert verdict("nets-agree", cctm(RING_ERRORS)) == "not measured"


# Scores that tell who interferes


def shuffled(score: np.ndarray, seed: int = 5) -> np.ndarray:
    """A score of the same numbers whose classes are in another order."""
    order = np.random.default_rng(seed).permutation(10)
    return score[np.ix_(order, order)]


@pytest.mark.parametrize(
    ("costs", "expected"),
    [
        (0.3 + 0.2 * NEAR, "holds"),
        (0.3 - 0.2 * NEAR, "fails"),
        (0.3 + 0.2 * shuffled(NEAR), "open"),
    ],
)
def test_the_cost_of_ego_models_tells_who_interferes(costs, expected):
    assert verdict("egos-predict", cctm(RING_ERRORS), *ego_lines(costs)) == expected


def test_ego_models_of_some_classes_alone_are_not_enough():
    kind, table = ego_lines(0.3 + 0.2 * NEAR)[0]
    part = Table(table.frame[table.frame["class_1"] < 9], table.meta)
    found = judge("egos-predict", cctm(RING_ERRORS), (kind, part))
    assert found.verdict == "not measured"
    assert "9 ego models" in found.measured


@pytest.mark.parametrize(("own", "expected"), [(-1.0, "holds"), (1.0, "fails"), (0.0, "open")])
def test_a_class_gets_worse_on_its_own_ascent_alone(own, expected):
    assert verdict("ego-descent", *ego_lines(0.3 + 0 * NEAR, own)) == expected


def trained_and_tested(train: np.ndarray, test: np.ndarray) -> tuple[str, Table]:
    """A cctm table with errors (10, 10) on either split."""
    frames = []
    for split, errors in (("train", train), ("test", test)):
        counts = errors + np.diag(SIZES - errors.sum(1))
        frames.append(pd.DataFrame(confusion.columns(counts, 0.1 * counts, split=split)))
    return "cctm", Table(pd.concat(frames), meta())


def test_training_counts_tell_the_test_counts():
    assert (
        verdict("training-predicts", trained_and_tested(RING_ERRORS // 3, RING_ERRORS)) == "holds"
    )
    opposed = (80 - RING_ERRORS) * OTHERS
    assert verdict("training-predicts", trained_and_tested(opposed, RING_ERRORS)) == "fails"
    mixed = trained_and_tested(shuffled(RING_ERRORS), RING_ERRORS)
    assert verdict("training-predicts", mixed) == "open"


def test_counts_of_the_first_quarter_tell_the_end():
    def run(early: np.ndarray) -> tuple[str, Table]:
        errors = np.repeat(shuffled(RING_ERRORS, 9)[None], 40, axis=0)
        errors[9] = early  # the tenth of 40 epochs
        return training(errors)

    tested = cctm(RING_ERRORS)
    found = judge("early-predicts", run(RING_ERRORS), tested)
    assert (found.verdict, found.measured[-14:]) == ("holds", "epoch 10 of 40")
    assert verdict("early-predicts", run((80 - RING_ERRORS) * OTHERS), tested) == "fails"
    assert verdict("early-predicts", run(shuffled(RING_ERRORS)), tested) == "open"


def test_recalls_that_move_against_each_other_tell_who_interferes():
    def run(score: np.ndarray) -> tuple[str, Table]:
        """A training in which the changes of recalls correlate as the score says."""
        values, vectors = np.linalg.eigh(score + 10 * np.eye(10))
        root = vectors * np.sqrt(values)
        swings = np.random.default_rng(7).normal(size=(2000, 10)) @ root.T
        errors = np.zeros((2000, 10, 10), int)
        errors[:, range(10), (np.arange(10) + 1) % 10] = np.round(1000 + 20 * swings)
        return training(errors)

    tested = cctm(RING_ERRORS)
    assert verdict("dance-predicts", run(-1.9 * NEAR), tested) == "holds"
    assert verdict("dance-predicts", run(1.9 * NEAR), tested) == "fails"
    short = training(np.repeat(RING_ERRORS[None], 49, axis=0))
    assert verdict("dance-predicts", short, tested) == "open"


def test_gradients_cancel_near_a_minimum():
    setups = ("anneal_lr", "big_lr", "small_lr")
    cancel = np.eye(10) - 0.1  # sums to zero
    aligned = 0.5 * np.eye(10) + 0.5

    def runs(dots: np.ndarray) -> list[tuple[str, Table]]:
        return [gram(dots, net=net, setup=setup) for setup in setups for net in NETS[:2]]

    assert verdict("near-minimum", *runs(cancel)) == "holds"
    assert verdict("near-minimum", *runs(cancel)[:4]) == "partly"
    assert verdict("near-minimum", *runs(cancel)[::2]) == "partly"  # VGG19 alone
    assert verdict("near-minimum", *runs(cancel)[:4], gram(aligned, setup="small_lr")) == "fails"
    other = [gram(cancel, net="googlenet")]
    assert verdict("near-minimum", *other) == "not measured"


# The family of predictors


def test_the_p_values_of_predictors_are_one_family():
    tables = [cctm(RING_ERRORS), *ego_lines(0.3 + 0.2 * NEAR), gram(np.eye(10) - 0.05 * NEAR)]
    alone = {name: judge(name, *tables) for name in ("egos-predict", "cosine-predicts")}
    together = {one.id: one for one in claims.check_all(evidence(*tables))}
    members = [one for one in together.values() if CLAIMS[one.id].family and one.p is not None]
    assert len(members) == 2
    for name, one in alone.items():
        assert one.p < together[name].p <= 2 * one.p
        assert "by Holm over 2 predictors" in together[name].measured


def test_a_predictor_whose_corrected_p_is_too_large_is_open():
    names = [name for name, one in CLAIMS.items() if one.family == "predictors"]
    p_values = dict(zip(names, (0.03, 0.02, 0.5), strict=False))
    verdicts = [
        claims.Verdict(name, "", "holds" if p < 0.05 else "open", "", "", p=p)
        for name, p in p_values.items()
    ]
    result = claims.registry.corrected(verdicts, "predictors")
    assert [one.verdict for one in result] == ["open", "open", "open"]
    assert [one.p for one in result] == pytest.approx([0.06, 0.06, 0.5])


def one_way(share: float) -> np.ndarray:
    """Errors (10, 10), 200 a pair, of which a share is made in the row of the lower number."""
    errors = np.full((10, 10), round(200 * (1 - share)))
    errors[np.triu_indices(10, 1)] = round(200 * share)
    np.fill_diagonal(errors, 0)
    return errors


@pytest.mark.parametrize(
    ("early", "late", "expected"),
    [(0.8, 0.5, "holds"), (0.5, 0.8, "fails"), (0.6, 0.6, "open")],
)
def test_a_cctm_that_becomes_symmetric_is_told_from_one_that_does_not(early, late, expected):
    shares = np.linspace(early, late, 20)
    shares[:5] = early
    errors = np.stack([one_way(share) for share in shares])
    assert verdict("symmetry-grows", training(errors, "test")) == expected
    assert verdict("symmetry-grows", training(errors)) == "not measured"
