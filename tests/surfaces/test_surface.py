import numpy as np
import pandas as pd
import pytest

from interference import confusion, surfaces
from interference.classes import Classes
from interference.errors import BadInput
from interference.io.tables import Table
from interference.surfaces import Surface

LETTERS = Classes(("a", "b", "c"), ("alpha", "beta", "gamma"))
GRAM = np.array([[4.0, 1.5], [1.5, 9.0]])
SIZES = np.array([100, 40, 60])


def square(n1: int = 19, n2: int = 23, edge: float = 1.0) -> tuple[np.ndarray, np.ndarray]:
    return np.linspace(-edge, edge, n1), np.linspace(-edge, edge, n2)


def of_mistakes(theta_1: np.ndarray, theta_2: np.ndarray, mistakes: np.ndarray) -> Surface:
    """A plane on which `mistakes` (n1, n2, C) images of each class are predicted as the next class.

    Each class has `SIZES` images.
    """
    counts = np.zeros((*mistakes.shape, 3), np.int64)
    for label in range(3):
        counts[..., label, label] = SIZES[label] - mistakes[..., label]
        counts[..., label, (label + 1) % 3] = mistakes[..., label]
    return Surface(theta_1, theta_2, counts, 0.5 * counts, (0, 1), "raw", "toy", LETTERS, GRAM)


def small() -> Surface:
    rng = np.random.default_rng(0)
    return of_mistakes(np.linspace(-2, 2, 3), np.linspace(-3, 3, 5), rng.integers(0, 41, (3, 5, 3)))


def as_table(surface: Surface) -> Table:
    n1, n2 = surface.counts.shape[:2]
    columns = confusion.columns(
        surface.counts,
        surface.loss_sum,
        class_1=surface.pair[0],
        class_2=surface.pair[1],
        i=np.arange(n1)[:, None],
        j=np.arange(n2),
        theta_1=surface.theta_1[:, None],
        theta_2=surface.theta_2,
    )
    frame = pd.DataFrame(columns).sample(frac=1, random_state=0)
    return Table(
        frame,
        {
            "classes": list(LETTERS.keys),
            "labels": list(LETTERS.labels),
            "scale": surface.scale,
            "run": {"name": surface.run},
            "grams": {"c-b": [[1, 0], [0, 1]], "a-b": GRAM.tolist()},
        },
    )


def test_a_surface_comes_back_from_its_table_with_theta_1_first():
    there, back = small(), surfaces.from_table(as_table(small()))
    for name in ("theta_1", "theta_2", "counts", "loss_sum", "gram"):
        np.testing.assert_array_equal(getattr(back, name), getattr(there, name))
    assert (back.pair, back.scale, back.run, back.classes) == ((0, 1), "raw", "toy", LETTERS)
    assert back.counts.shape == (3, 5, 3, 3)


def test_the_planes_of_a_table_are_parts_of_it_and_the_same_where_their_rows_are_mixed():
    first, second = as_table(small()).frame, as_table(small()).frame.assign(class_1=2, class_2=1)
    meta, whole = as_table(small()).meta, pd.concat([second, first], ignore_index=True)
    apart, mixed = (
        surfaces.planes(Table(frame, meta))
        for frame in (whole, whole.sample(frac=1, random_state=1))
    )
    assert all(np.shares_memory(plane.frame["count"], whole["count"]) for plane in apart)
    for planes in (apart, mixed):
        by_pair = {surface.pair: surface for surface in map(surfaces.from_table, planes)}
        assert set(by_pair) == {(2, 1), (0, 1)}
        for surface in by_pair.values():
            np.testing.assert_array_equal(surface.counts, small().counts)
    assert [tuple(plane.frame[["class_1", "class_2"]].iloc[0]) for plane in apart] == [
        (2, 1),
        (0, 1),
    ]
    assert surfaces.planes(Table(whole.iloc[:0], meta)) == []


def test_a_table_of_a_plane_with_a_hole_is_bad_input():
    table = as_table(small())
    rows = table.frame[(table.frame["i"] > 0) | (table.frame["j"] > 0)]
    with pytest.raises(BadInput, match=rf"{len(rows)} rows.* x 3 of i x 5 of j"):
        surfaces.from_table(Table(rows, table.meta))


def test_a_table_without_its_pairs_gram_matrix_is_bad_input():
    table = as_table(small())
    with pytest.raises(BadInput, match="no a-b in the metadata 'grams', found b-a"):
        surfaces.from_table(Table(table.frame, table.meta | {"grams": {"b-a": GRAM.tolist()}}))


def test_swapping_the_pair_transposes_the_surface():
    surface, other = small(), surfaces.swapped(small())
    np.testing.assert_array_equal(surfaces.mistake_rate(other), surfaces.mistake_rate(surface).T)
    assert other.pair == (1, 0)
    assert len(other.theta_1) == 5
    assert other.area == surface.area == 4 * 6
    np.testing.assert_array_equal(other.gram, [[9, 1.5], [1.5, 4]])


def test_mistake_rate_is_the_class_mistake_rates_weighted_by_class_size():
    surface = small()
    rates = surfaces.class_mistake_rates(surface)
    np.testing.assert_allclose(rates, 100 - confusion.recall(surface.counts))
    np.testing.assert_allclose(surfaces.mistake_rate(surface), rates @ SIZES / SIZES.sum())


def test_class_loss_is_the_mean_over_the_class():
    np.testing.assert_allclose(surfaces.class_losses(small()), 0.5)


def test_losses_that_are_not_finite_count_as_mistakes():
    surface = of_mistakes(*square(3, 5), np.zeros((3, 5, 3), int))
    surface.loss_sum[2, 4, 1, 1] = np.nan
    surface.loss_sum[0, 1, 2, 2] = np.inf
    rates = surfaces.class_mistake_rates(surface)
    assert rates[2, 4].tolist() == [0, 100, 0]
    assert rates[0, 1].tolist() == [0, 0, 100]
    assert surfaces.mistake_rate(surface)[2, 4] == pytest.approx(100 * 40 / 200)
    assert np.isnan(surfaces.class_losses(surface)[2, 4]).tolist() == [False, True, False]


def test_classes_of_one_shape_are_alike_whatever_their_height():
    hill = np.random.default_rng(2).integers(0, 20, (5, 7))
    surface = of_mistakes(
        *square(5, 7), np.stack([hill * 2, 30 - hill, np.full((5, 7), 9)], axis=-1)
    )
    np.testing.assert_allclose(
        surfaces.similarity(surface), [[1, -1, np.nan], [-1, 1, np.nan], [np.nan, np.nan, np.nan]]
    )


def test_relabelling_the_classes_permutes_their_surfaces_and_their_likeness():
    surface, order = small(), np.array([2, 0, 1])
    renamed = Surface(
        surface.theta_1,
        surface.theta_2,
        surface.counts[:, :, order][..., order],
        surface.loss_sum[:, :, order][..., order],
        (1, 2),
        "raw",
        "toy",
        LETTERS,
        surface.gram,
    )
    np.testing.assert_allclose(surfaces.mistake_rate(renamed), surfaces.mistake_rate(surface))
    np.testing.assert_allclose(
        surfaces.class_mistake_rates(renamed), surfaces.class_mistake_rates(surface)[..., order]
    )
    np.testing.assert_allclose(
        surfaces.similarity(renamed), surfaces.similarity(surface)[np.ix_(order, order)]
    )
