from dataclasses import astuple, replace

import numpy as np
import pytest

from interference import surfaces
from interference.classes import Classes
from interference.surfaces import Surface, flatness
from interference.surfaces.flatness import Flatness

LETTERS = Classes(("a", "b", "c", "d"), ("alpha", "beta", "gamma", "delta"))
IMAGES = 10**6  # in class a, all of which count: a plane's mistakes are as fine as that
LONG = np.array([[4.0, 1.5], [1.5, 9.0]])  # the Gram matrix of directions of length 2 and 3


def square(n1: int = 19, n2: int = 23, edge: float = 1.0) -> tuple[np.ndarray, np.ndarray]:
    return np.linspace(-edge, edge, n1), np.linspace(-edge, edge, n2)


def of_mistakes(
    theta_1: np.ndarray, theta_2: np.ndarray, mistakes: np.ndarray, gram: np.ndarray = LONG
) -> Surface:
    """A plane of these mistakes (n1, n2), percent, up to 100."""
    wrong = np.round(IMAGES * np.minimum(mistakes, 100) / 100).astype(int)
    counts = np.zeros((*mistakes.shape, 4, 4), np.int64)
    counts[..., 0, 0], counts[..., 0, 1] = IMAGES - wrong, wrong
    return Surface(theta_1, theta_2, counts, 0.5 * counts, (0, 1), "raw", "toy", LETTERS, gram)


def cone(
    n1: int = 61, n2: int = 81, edge: float = 1.0, radius: float = 0.6, gram: np.ndarray = LONG
) -> Surface:
    """Mistakes of 7 % at w* that have risen by 5 points at a radius."""
    theta_1, theta_2 = square(n1, n2, edge)
    return of_mistakes(theta_1, theta_2, 7 + 5 / radius * np.hypot(theta_1[:, None], theta_2), gram)


@pytest.mark.parametrize("radius", [0.3, 0.6, 0.9])
def test_the_flat_share_of_a_cone_is_a_circle(radius):
    mistakes = surfaces.mistake_rate(cone(radius=radius))
    assert flatness.flat_share(mistakes) == pytest.approx(np.pi * radius**2 / 4, rel=0.01)


@pytest.mark.parametrize("points", [9, 19])
def test_the_flat_share_of_a_coarse_plane_is_exact_where_the_bilinear_surface_is(points: int):
    """A bowl |x| + |y| is bilinear between grid points, and its flat area is a square on its tip."""
    theta_1, theta_2 = square(points, points)
    bowl = 10 * (np.abs(theta_1)[:, None] + np.abs(theta_2))
    assert flatness.flat_share(bowl) == pytest.approx(2 * 0.5**2 / 4, rel=1e-6)
    assert flatness.flat_share(bowl, 1.0) == pytest.approx(2 * 0.1**2 / 4, rel=1e-6)


def test_a_hole_in_the_flat_area_is_not_part_of_it():
    theta_1, theta_2 = square(41, 41)
    distance = np.hypot(theta_1[:, None] - 0.3, theta_2)
    hill = np.maximum(0, 20 - 100 * distance)  # above 5 within 0.15 of its top
    assert flatness.flat_share(hill) == pytest.approx(1 - np.pi * 0.15**2 / 4, rel=0.002)


def flooded(rates: np.ndarray, epsilon: float, pixels: int = 601) -> float:
    """The flat share by flooding pixels from w*, of a bilinear surface that is computed by hand."""
    rows = np.linspace(0, len(rates) - 1, pixels)
    columns = np.linspace(0, len(rates[0]) - 1, pixels)
    top = np.minimum(rows.astype(int), len(rates) - 2)[:, None]
    left = np.minimum(columns.astype(int), len(rates[0]) - 2)
    down = rows[:, None] - top
    right = columns - left
    upper = (1 - right) * rates[top, left] + right * rates[top, left + 1]
    lower = (1 - right) * rates[top + 1, left] + right * rates[top + 1, left + 1]
    values = (1 - down) * upper + down * lower
    is_low = values <= values[pixels // 2, pixels // 2] + epsilon
    wet = np.zeros_like(is_low)
    wet[pixels // 2, pixels // 2] = True
    size = 0
    while wet.sum() > size:
        size = wet.sum()
        wet[1:] |= wet[:-1]
        wet[:-1] |= wet[1:]
        wet[:, 1:] |= wet[:, :-1]
        wet[:, :-1] |= wet[:, 1:]
        wet &= is_low
    return float(wet.mean())


@pytest.mark.parametrize("seed", range(4))
def test_the_polygon_of_a_flat_area_is_as_large_as_what_a_flood_from_the_centre_covers(seed):
    """Random hills in a bowl: with islands, holes and hollows that are not connected."""
    rng = np.random.default_rng(seed)
    theta_1, theta_2 = square(13, 17)
    bowl = 6 * (theta_1[:, None] ** 2 + theta_2**2)
    rates = 10 + bowl + rng.normal(0, 3, (13, 17))
    rates[6, 8] = 9
    share = flatness.flat_share(rates)
    assert 0.1 < share < 0.9
    assert share == pytest.approx(flooded(rates, 5.0), abs=0.005)


def ridge() -> np.ndarray:
    """An error rate that rises by 5 points at 0.4 along theta_1 and does not change along theta_2."""
    theta_1, theta_2 = square(9, 9)
    return np.broadcast_to(12.5 * np.abs(theta_1)[:, None], (9, 9)) + 0 * theta_2


@pytest.mark.slow
@pytest.mark.parametrize(
    ("rates", "share"),
    [
        (5 + 10 * np.hypot(*np.meshgrid(*square(9, 9), indexing="ij")), np.pi * 0.5**2 / 4),
        (5 + ridge(), 0.4),
    ],
    ids=["cone", "ridge"],
)
def test_the_interval_of_a_flat_area_holds_it_in_95_of_100_samples(rates, share):
    """Samples of 1,000 images a point; a sampled plane's interval holds the true plane's share."""
    theta_1, theta_2 = square(9, 9)
    truth = flatness.flat_share(rates)
    assert truth == pytest.approx(share, rel=0.06)  # nine points see a cone as a polygon
    rng = np.random.default_rng(0)
    held = 0
    for _ in range(40):
        wrong = rng.binomial(1000, rates / 100)
        counts = np.zeros((9, 9, 4, 4), np.int64)
        counts[..., 0, 0], counts[..., 0, 1] = 1000 - wrong, wrong
        plane = Surface(theta_1, theta_2, counts, counts, (0, 1), "raw", "toy", LETTERS, LONG)
        low, high = flatness.flat_share_interval(plane, surfaces.mistake_rate(plane))
        held += low <= truth <= high
    assert held >= 34  # 38 are expected; fewer than 34 have a probability of 1 %
    assert high - low > 0.01


def test_a_plane_without_a_slope_is_flat_all_over():
    assert flatness.flat_share(np.full((5, 9), 12.3)) == pytest.approx(1)


def test_a_spike_is_as_flat_as_its_slope_is_long():
    spike = np.full((5, 9), 90.0)
    spike[2, 4] = 0
    assert 0 < flatness.flat_share(spike) < 1 / (4 * 8)


def test_a_second_lowland_behind_a_wall_does_not_count():
    theta_1, _ = square(21, 9)
    valleys = np.broadcast_to(
        np.where(np.abs(np.abs(theta_1) - 0.5) < 0.06, 90.0, 0.0)[:, None], (21, 9)
    )
    within = 2 * (0.4 + 0.1 * 5 / 90) / 2  # to where the wall has risen by epsilon
    assert flatness.flat_share(valleys) == pytest.approx(within, abs=0.01)


def test_a_wider_margin_is_never_less_flat():
    rough = np.random.default_rng(1).random((7, 9)) * 50
    shares = [flatness.flat_share(rough, epsilon) for epsilon in (0, 5, 20, 60)]
    assert shares == sorted(shares)
    assert shares[-1] == pytest.approx(1)


def test_the_level_share_is_of_the_largest_region_only():
    theta_1, _ = square(21, 9)
    steps = np.broadcast_to(
        np.select([theta_1 < -0.55, theta_1 > 0.15], [90.0, 90.4], 0.0)[:, None], (21, 9)
    )
    assert flatness.level_share(steps, 90, 1) == pytest.approx(0.8 / 2, abs=0.01)
    assert flatness.level_share(steps, 50, 0) < 0.01
    assert flatness.level_share(steps, 99, 1) == 0


def test_a_cut_follows_a_plane_exactly():
    theta_1, theta_2 = np.linspace(-2, 2, 5), np.linspace(-3, 3, 7)
    values = 10 + 3 * theta_1[:, None] - 7 * theta_2
    surface = of_mistakes(theta_1, theta_2, np.zeros((5, 7)))
    for angle, reach in ((0, 2), (90, 3), (45, 2 * 2**0.5), (135, 2 * 2**0.5), (60, 2 * 3**0.5)):
        distance, along = flatness.cut(surface, values, angle)
        slope = 3 * np.cos(np.radians(angle)) - 7 * np.sin(np.radians(angle))
        np.testing.assert_allclose(along, 10 + slope * distance, atol=1e-9)
        assert distance[-1] == pytest.approx(reach)


def test_the_flat_lengths_of_a_cone_are_its_diameter_at_any_angle():
    theta_1, theta_2 = square(61, 81)
    peak = 10 * np.hypot(theta_1[:, None], theta_2)
    surface = of_mistakes(theta_1, theta_2, np.zeros((61, 81)))
    lengths = [flatness.flat_length(surface, peak, angle) for angle in (0, 30, 45, 90, 135)]
    np.testing.assert_allclose(lengths, 1.0, rtol=0.01)


def test_a_valley_at_135_degrees_is_long_at_135_degrees_and_short_across():
    theta_1, theta_2 = square(41, 21)
    valley = 20 * np.abs(theta_1[:, None] + theta_2)
    surface = of_mistakes(theta_1, theta_2, np.zeros((41, 21)))
    lengths = {angle: flatness.flat_length(surface, valley, angle) for angle in (0, 45, 90, 135)}
    assert lengths[135] == pytest.approx(2 * 2**0.5)
    assert lengths[0] == pytest.approx(0.5)
    assert lengths[90] == pytest.approx(0.5)
    assert lengths[45] == pytest.approx(0.5 / 2**0.5)


def test_each_axis_has_its_own_flat_length():
    theta_1, theta_2 = square(21, 41)
    bowl = np.abs(10 * theta_1[:, None]) + np.abs(25 * theta_2)
    surface = of_mistakes(theta_1, theta_2, np.zeros((21, 41)))
    assert flatness.flat_length(surface, bowl, 0) == pytest.approx(1.0)
    assert flatness.flat_length(surface, bowl, 90) == pytest.approx(0.4)
    assert flatness.flat_length(surface, bowl, 0, epsilon=100) == pytest.approx(2.0)


@pytest.mark.parametrize("gram", [np.eye(2), LONG, np.diag([1e-4, 9.0])])
def test_the_flat_area_of_a_cone_is_pi_r_squared_times_the_unit_squares_area_in_weight_space(gram):
    area = flatness.measure(cone(edge=2, radius=1.2, gram=gram)).area
    assert area == pytest.approx(np.pi * 1.2**2 * np.sqrt(np.linalg.det(gram)), rel=0.01)


def test_directions_of_twice_the_length_have_four_times_the_area_and_twice_the_length_at_any_angle():
    plane, doubled = cone(), cone(gram=4 * LONG)
    assert flatness.measure(doubled).area == pytest.approx(4 * flatness.measure(plane).area)
    short, long = (flatness.unit_steps(surface, flatness.ANGLES) for surface in (plane, doubled))
    np.testing.assert_allclose(long, 2 * short)


def test_parallel_directions_span_no_area():
    assert flatness.measure(cone(gram=np.array([[1.0, 3.0], [3.0, 9.0]]))).area == pytest.approx(
        0, abs=1e-6
    )


def test_the_flat_area_of_a_raw_and_of_a_step_plane_is_the_same_in_weight_space():
    """The same cone of weight space, in a plane of gradients and in a plane of unit steps."""
    lengths = np.sqrt(np.diagonal(LONG))
    cosine = LONG / np.outer(lengths, lengths)
    theta_1, theta_2 = square(81, 121)
    raw = of_mistakes(theta_1, theta_2, 10 * np.hypot(2 * theta_1[:, None], 3 * theta_2))
    step = of_mistakes(theta_1, theta_2, 10 * np.hypot(theta_1[:, None], theta_2), cosine)
    assert (
        flatness.flat_share(surfaces.mistake_rate(raw))
        < flatness.flat_share(surfaces.mistake_rate(step)) / 5
    )
    assert flatness.measure(raw).area == pytest.approx(flatness.measure(step).area, rel=0.01)


def test_a_unit_step_is_as_long_as_the_direction_it_goes_along():
    steps = flatness.unit_steps(cone(), np.array([0, 90, 45, 135]))
    np.testing.assert_allclose(steps, np.sqrt([4, 9, (4 + 9 + 3) / 2, (4 + 9 - 3) / 2]))


def test_opposed_directions_of_one_length_cancel_where_both_are_descended():
    surface = cone(gram=np.array([[1.0, -1.0], [-1.0, 1.0]]))
    np.testing.assert_allclose(
        flatness.unit_steps(surface, np.array([45, 135])), [0, 2**0.5], atol=1e-6
    )


def test_swapping_the_pair_mirrors_every_reading_at_45_degrees():
    rng = np.random.default_rng(3)
    rough = np.round(40 * rng.random((7, 11)), 1)
    rough[3, 5] = 8
    surface = of_mistakes(*square(7, 11), rough)
    surface = replace(surface, theta_2=2 * surface.theta_2)
    other = surfaces.swapped(surface)
    mistakes, turned = surfaces.mistake_rate(surface), surfaces.mistake_rate(other)
    own_flat, other_flat = flatness.measure(surface), flatness.measure(other)
    assert other_flat.share_interval == pytest.approx(own_flat.share_interval, rel=0.01)
    share, _, *numbers = astuple(own_flat)
    other_share, _, *other_numbers = astuple(other_flat)
    assert [other_share, *other_numbers] == pytest.approx([share, *numbers])
    angles = np.array([0, 20, 45, 70, 90, 135, 160])
    for read in (
        flatness.unit_steps,
        lambda plane, at: flatness.flat_lengths(plane, surfaces.mistake_rate(plane), at),
    ):
        np.testing.assert_allclose(read(other, (90 - angles) % 180), read(surface, angles))
    assert flatness.steepest_step(other, turned) == flatness.steepest_step(surface, mistakes)[::-1]
    assert flatness.steepest_slope(other, turned) == pytest.approx(
        flatness.steepest_slope(surface, mistakes)[::-1]
    )


def test_the_flattest_cut_of_a_valley_at_135_degrees_is_there_and_the_sharpest_across():
    theta_1, theta_2 = square(41, 21)
    valley = of_mistakes(theta_1, theta_2, 20 * np.abs(theta_1[:, None] + theta_2))
    lengths = flatness.flat_lengths(valley, surfaces.mistake_rate(valley), flatness.ANGLES)
    (sharpest, shortest), (flattest, longest) = flatness.sharpest_and_flattest(lengths)
    assert (sharpest, flattest) == (45, 135)
    assert (shortest, longest) == (pytest.approx(0.25 * 2**0.5), pytest.approx(2 * 2**0.5))


def test_the_lengths_at_many_angles_are_the_length_at_each():
    surface = of_mistakes(*square(7, 11), 40 * np.random.default_rng(4).random((7, 11)))
    mistakes = surfaces.mistake_rate(surface)
    lengths = flatness.flat_lengths(surface, mistakes, flatness.ANGLES, 3)
    np.testing.assert_allclose(
        lengths, [flatness.flat_length(surface, mistakes, angle, 3) for angle in range(180)]
    )


def test_only_a_flat_area_that_touches_the_edge_is_cut_off():
    assert not flatness.is_cut_off(surfaces.mistake_rate(cone(radius=0.97)))
    assert flatness.is_cut_off(surfaces.mistake_rate(cone(radius=1.03)))
    apart = surfaces.mistake_rate(cone(radius=0.5)).copy()
    apart[0] = 0  # as low as w*, but behind a wall
    assert not flatness.is_cut_off(apart)


def test_the_outline_is_that_of_the_connected_flat_area_alone():
    theta_1, _ = square(21, 9)
    valleys = np.broadcast_to(
        np.where(np.abs(np.abs(theta_1) - 0.5) < 0.06, 90.0, 0.0)[:, None], (21, 9)
    )
    excess = flatness.flat_excess(valleys)
    inside = excess <= 0
    assert inside.shape == (20 * flatness.SUBDIVISION + 1, 8 * flatness.SUBDIVISION + 1)
    assert not inside[0].any()
    assert inside[len(inside) // 2].all()
    assert inside.mean() == pytest.approx(flatness.flat_share(valleys), abs=0.01)


def test_the_outline_of_a_cone_is_a_circle_and_that_of_a_flat_plane_is_empty():
    surface = cone(radius=0.6)
    line = flatness.outline(surface.theta_1, surface.theta_2, surfaces.mistake_rate(surface))
    np.testing.assert_allclose(np.hypot(*line.T), 0.6, rtol=0.02)
    np.testing.assert_array_equal(line[0], line[-1])
    assert flatness.outline(surface.theta_1, surface.theta_2, np.zeros((61, 81))).shape == (0, 2)


def test_the_outline_has_theta_1_first_and_is_open_where_the_flat_area_reaches_the_edge():
    theta_1, theta_2 = square(21, 9)
    line = flatness.outline(
        theta_1, theta_2, np.broadcast_to(10 * np.abs(theta_1)[:, None], (21, 9))
    )
    upper, lower = (
        line[: np.isnan(line[:, 0]).argmax()],
        line[np.isnan(line[:, 0]).argmax() + 1 :],
    )
    for piece in (upper, lower):
        np.testing.assert_allclose(np.abs(piece[:, 0]), 0.5)
        assert (piece[:, 1].min(), piece[:, 1].max()) == (-1, 1)


def test_the_steepest_step_is_the_largest_rise_outwards_on_either_axis():
    values = np.full((5, 7), 99.0)  # off the axes nothing counts
    values[2] = [9, 2, 30, 5, 6, 8, 1]
    values[:, 3] = [4, 4.5, 5, 12, 3]
    surface = of_mistakes(*square(5, 7), values)
    assert flatness.steepest_step(surface, values) == (7, 25)
    along = 7 / (0.5 * 2), 25 / (1 / 3 * 3)  # over the grid's step and the direction's length
    assert flatness.steepest_slope(surface, values) == pytest.approx(along)


def test_the_plateau_is_the_rims_median_and_what_of_it_is_chance():
    values = np.zeros((3, 5))
    values[0], values[2], values[1, [0, 4]] = 75, [75.9, 74.1, 76.5, 75, 40], [70, 75]
    surface = of_mistakes(*square(3, 5), values)
    assert surface.chance == 75
    assert flatness.plateau(surface, values) == (75, 9 / 12)


def test_relabelling_the_classes_leaves_a_plane_as_flat_as_it_is():
    surface, order = cone(), np.array([2, 0, 3, 1])
    renamed = replace(
        surface,
        counts=surface.counts[:, :, order][..., order],
        loss_sum=surface.loss_sum[:, :, order][..., order],
    )
    assert flatness.measure(renamed) == flatness.measure(surface)


def flat(area: float, cut_off: bool = False, within: float = 0) -> Flatness:
    """An area whose interval reaches a fraction of it to both sides."""
    interval = (0.5 * (1 - within), 0.5 * (1 + within))
    return Flatness(0.5, interval, area, area, cut_off, unresolved=False, slope=1.0, plateau=90.0)


@pytest.mark.parametrize(
    ("own", "others", "expected"),
    [
        (flat(2), [flat(1), flat(1.5)], True),
        (flat(2, cut_off=True), [flat(1)], True),  # and may be larger still
        (flat(2), [flat(1), flat(3)], False),
        (flat(2), [flat(1, cut_off=True)], None),  # what is cut off may be larger
        (flat(2), [flat(3), flat(1, cut_off=True)], False),
        (flat(2, cut_off=True), [flat(3)], None),
        (flat(2), [flat(3, cut_off=True)], False),
        (flat(2), [flat(2)], False),
        (flat(2, within=0.2), [flat(1, within=0.2)], True),
        (flat(2, within=0.2), [flat(1.5, within=0.2)], None),  # 1.6 to 2.4 and 1.2 to 1.8
        (flat(2, within=0.2), [flat(3, within=0.2)], False),
        (flat(2, within=0.2), [flat(1.5, within=0.2), flat(3)], False),
    ],
)
def test_an_area_is_the_largest_unless_an_edge_leaves_that_open(own, others, expected):
    assert flatness.is_largest(own, others, lambda plane: plane.area) is expected


def test_a_flat_area_of_less_than_a_cell_is_unresolved():
    side = 2 / 10  # of a cell of 11 x 11 points from -1 to 1
    wide, narrow = (cone(n1=11, n2=11, radius=radius) for radius in (side, side / 2))
    assert not flatness.measure(wide).unresolved
    assert flatness.measure(narrow).unresolved


def zoomed(radius: float) -> Surface:
    """A cone on 19 x 19 points of edge 1, and its zoom of edge 0.1."""
    narrow = cone(19, 19, edge=0.1, radius=radius)
    return replace(cone(19, 19, radius=radius), zoom=narrow)


def test_a_small_flat_area_is_measured_on_the_zoom():
    """A circle of 0.05 lies within one cell of the plane, and spans nine cells of the zoom."""
    plane = zoomed(0.05)
    wide = flatness.measure(replace(plane, zoom=None))
    fine = flatness.measure(plane)
    truth = np.pi * 0.05**2 / 4
    assert fine.share == pytest.approx(truth, rel=0.02)
    assert abs(wide.share - truth) > 0.2 * truth  # what lies between its points is a guess
    assert wide.unresolved
    assert not wide.zoomed
    assert not fine.unresolved
    assert fine.zoomed
    assert fine.cells == pytest.approx(np.pi * 4.5**2, rel=0.02)
    assert fine.theta_area == pytest.approx(np.pi * 0.05**2, rel=0.02)
    assert fine.share_interval[0] <= fine.share <= fine.share_interval[1]
    assert fine.plateau == wide.plateau
    assert flatness.finest(plane) is plane.zoom


def test_a_flat_area_that_the_zoom_cuts_off_is_measured_on_the_plane():
    plane = zoomed(0.3)
    assert flatness.finest(plane) is plane
    assert flatness.measure(plane) == flatness.measure(replace(plane, zoom=None))


def test_swapping_a_pair_swaps_its_zoom_and_a_table_keeps_it():
    plane = replace(zoomed(0.05), found_edge=True)
    swapped = surfaces.swapped(plane)
    assert np.array_equal(swapped.zoom.counts, plane.zoom.counts.swapaxes(0, 1))
    assert flatness.measure(swapped).share == pytest.approx(flatness.measure(plane).share)
    table = surfaces.to_table(plane, {"name": "toy"})
    (part,) = surfaces.planes(table)
    again = surfaces.from_table(part)
    assert np.array_equal(again.counts, plane.counts)
    assert np.array_equal(again.zoom.counts, plane.zoom.counts)
    assert np.array_equal(again.zoom.theta_1, plane.zoom.theta_1)
    assert again.found_edge
