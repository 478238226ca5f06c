import numpy as np
import pandas as pd
import pytest

from interference import confusion, surfaces
from interference.classes import Classes
from interference.errors import BadInput
from interference.surfaces import Surface
from interference.tables import Table

LETTERS = Classes(("a", "b", "c"), ("alpha", "beta", "gamma"))
SIZES = np.array([100, 40, 60])


def square(n1: int = 19, n2: int = 23, edge: float = 1.0) -> tuple[np.ndarray, np.ndarray]:
    return np.linspace(-edge, edge, n1), np.linspace(-edge, edge, n2)


def of_mistakes(theta_1: np.ndarray, theta_2: np.ndarray, mistakes: np.ndarray) -> Surface:
    """A plane whose classes (n1, n2, C) are mistaken for the next class in `mistakes` of each one's `SIZES` images."""
    counts = np.zeros((*mistakes.shape, 3), np.int64)
    for label in range(3):
        counts[..., label, label] = SIZES[label] - mistakes[..., label]
        counts[..., label, (label + 1) % 3] = mistakes[..., label]
    return Surface(theta_1, theta_2, counts, 0.5 * counts, (0, 1), "raw", "toy", LETTERS)


def small() -> Surface:
    rng = np.random.default_rng(0)
    return of_mistakes(np.linspace(-2, 2, 3), np.linspace(-3, 3, 5), rng.integers(0, 41, (3, 5, 3)))


def as_table(surface: Surface) -> Table:
    n1, n2 = surface.counts.shape[:2]
    columns = confusion.columns(
        surface.counts, surface.loss_sum, class_1=surface.pair[0], class_2=surface.pair[1],
        i=np.arange(n1)[:, None], j=np.arange(n2), theta_1=surface.theta_1[:, None], theta_2=surface.theta_2)
    frame = pd.DataFrame(columns).sample(frac=1, random_state=0)
    return Table(frame, {"classes": list(LETTERS.keys), "labels": list(LETTERS.labels), "scale": surface.scale,
                         "run": {"name": surface.run}})


def test_a_surface_comes_back_from_its_table_with_theta_1_first():
    there, back = small(), surfaces.from_table(as_table(small()))
    for name in ("theta_1", "theta_2", "counts", "loss_sum"):
        np.testing.assert_array_equal(getattr(back, name), getattr(there, name))
    assert (back.pair, back.scale, back.run, back.classes) == ((0, 1), "raw", "toy", LETTERS)
    assert back.counts.shape == (3, 5, 3, 3)


def test_a_table_of_a_plane_with_a_hole_is_bad_input():
    table = as_table(small())
    with pytest.raises(BadInput, match=r"134 rows.* x 3 of i x 5 of j"):
        surfaces.from_table(Table(table.frame.iloc[1:], table.meta))


def test_swapping_the_pair_transposes_the_surface():
    surface, other = small(), surfaces.swapped(small())
    np.testing.assert_array_equal(surfaces.mistake_rate(other), surfaces.mistake_rate(surface).T)
    assert other.pair == (1, 0)
    assert len(other.theta_1) == 5
    assert other.area == surface.area == 4 * 6


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
    assert 0 < surfaces.flat_share(surfaces.mistake_rate(surface)) < 1


@pytest.mark.parametrize("radius", [0.3, 0.6, 0.9])
def test_the_flat_share_of_a_cone_is_a_circle(radius):
    theta_1, theta_2 = square(61, 81)
    cone = 7 + 5 / radius * np.hypot(theta_1[:, None], theta_2)
    assert surfaces.flat_share(cone) == pytest.approx(np.pi * radius**2 / 4, rel=0.01)


def test_a_plane_without_a_slope_is_flat_all_over():
    assert surfaces.flat_share(np.full((5, 9), 12.3)) == pytest.approx(1)


def test_a_spike_is_as_flat_as_its_slope_is_long():
    spike = np.full((5, 9), 90.0)
    spike[2, 4] = 0
    assert 0 < surfaces.flat_share(spike) < 1 / (4 * 8)


def test_a_second_lowland_behind_a_wall_does_not_count():
    theta_1, _ = square(21, 9)
    valleys = np.broadcast_to(np.where(np.abs(np.abs(theta_1) - 0.5) < 0.06, 90.0, 0.0)[:, None], (21, 9))
    within = 2 * (0.4 + 0.1 * 5 / 90) / 2  # to where the wall has risen by epsilon
    assert surfaces.flat_share(valleys) == pytest.approx(within, abs=0.01)


def test_a_wider_margin_is_never_less_flat():
    rough = np.random.default_rng(1).random((7, 9)) * 50
    shares = [surfaces.flat_share(rough, epsilon) for epsilon in (0, 5, 20, 60)]
    assert shares == sorted(shares)
    assert shares[-1] == pytest.approx(1)


def test_the_level_share_is_of_the_largest_region_only():
    theta_1, _ = square(21, 9)
    steps = np.broadcast_to(np.select([theta_1 < -0.55, theta_1 > 0.15], [90.0, 90.4], 0.0)[:, None], (21, 9))
    assert surfaces.level_share(steps, 90, 1) == pytest.approx(0.8 / 2, abs=0.01)
    assert surfaces.level_share(steps, 50, 0) < 0.01
    assert surfaces.level_share(steps, 99, 1) == 0


def test_a_cut_follows_a_plane_exactly():
    theta_1, theta_2 = np.linspace(-2, 2, 5), np.linspace(-3, 3, 7)
    values = 10 + 3 * theta_1[:, None] - 7 * theta_2
    surface = of_mistakes(theta_1, theta_2, np.zeros((5, 7, 3), int))
    for angle, reach in ((0, 2), (90, 3), (45, 2 * 2**0.5), (135, 2 * 2**0.5), (60, 2 * 3**0.5)):
        distance, along = surfaces.cut(surface, values, angle)
        slope = 3 * np.cos(np.radians(angle)) - 7 * np.sin(np.radians(angle))
        np.testing.assert_allclose(along, 10 + slope * distance, atol=1e-9)
        assert distance[-1] == pytest.approx(reach)


def test_the_flat_lengths_of_a_cone_are_its_diameter_at_any_angle():
    theta_1, theta_2 = square(61, 81)
    cone = 10 * np.hypot(theta_1[:, None], theta_2)
    surface = of_mistakes(theta_1, theta_2, np.zeros((61, 81, 3), int))
    lengths = [surfaces.flat_length(surface, cone, angle) for angle in (0, 30, 45, 90, 135)]
    np.testing.assert_allclose(lengths, 1.0, rtol=0.01)


def test_a_valley_at_135_degrees_is_long_at_135_degrees_and_short_across():
    theta_1, theta_2 = square(41, 21)
    valley = 20 * np.abs(theta_1[:, None] + theta_2)
    surface = of_mistakes(theta_1, theta_2, np.zeros((41, 21, 3), int))
    lengths = {angle: surfaces.flat_length(surface, valley, angle) for angle in (0, 45, 90, 135)}
    assert lengths[135] == pytest.approx(2 * 2**0.5)
    assert lengths[0] == pytest.approx(0.5)
    assert lengths[90] == pytest.approx(0.5)
    assert lengths[45] == pytest.approx(0.5 / 2**0.5)


def test_each_axis_has_its_own_flat_length():
    theta_1, theta_2 = square(21, 41)
    bowl = np.abs(10 * theta_1[:, None]) + np.abs(25 * theta_2)
    surface = of_mistakes(theta_1, theta_2, np.zeros((21, 41, 3), int))
    assert surfaces.flat_length(surface, bowl, 0) == pytest.approx(1.0)
    assert surfaces.flat_length(surface, bowl, 90) == pytest.approx(0.4)
    assert surfaces.flat_length(surface, bowl, 0, epsilon=100) == pytest.approx(2.0)


def test_classes_of_one_shape_are_alike_whatever_their_height():
    hill = np.random.default_rng(2).integers(0, 20, (5, 7))
    surface = of_mistakes(*square(5, 7), np.stack([hill * 2, 30 - hill, np.full((5, 7), 9)], axis=-1))
    np.testing.assert_allclose(surfaces.similarity(surface),
                               [[1, -1, np.nan], [-1, 1, np.nan], [np.nan, np.nan, np.nan]])


def test_relabelling_the_classes_permutes_their_surfaces_and_their_likeness():
    surface, order = small(), np.array([2, 0, 1])
    renamed = Surface(surface.theta_1, surface.theta_2, surface.counts[:, :, order][..., order],
                      surface.loss_sum[:, :, order][..., order], (1, 2), "raw", "toy", LETTERS)
    np.testing.assert_allclose(surfaces.mistake_rate(renamed), surfaces.mistake_rate(surface))
    np.testing.assert_allclose(surfaces.class_mistake_rates(renamed), surfaces.class_mistake_rates(surface)[..., order])
    np.testing.assert_allclose(surfaces.similarity(renamed), surfaces.similarity(surface)[np.ix_(order, order)])
