"""Claims about the loss of each class over interference planes (Section 4.1, Fig. 5)."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from itertools import combinations

import numpy as np

from interference import surfaces
from interference.claims import bounds, rules
from interference.claims.findings import points_finding, prediction
from interference.claims.lookup import (
    PLANES,
    check_rates,
    labels,
    net_plane,
    net_table,
    planes_at,
)
from interference.claims.registry import PREDICTORS, Evidence, claim
from interference.claims.rules import (
    Bounds,
    Finding,
    NotMeasured,
    Undecided,
    all_of,
    conjunction,
    is_beyond,
    is_less,
)
from interference.confusion import statistics
from interference.surfaces import Surface, flatness, scores
from interference.surfaces.cosines import cosines
from interference.vocabulary import Array

CAT_DOG, CAR_TRUCK, _ = PLANES
ALIKE = ("cat", "frog", "dog", "deer")
METAL = ("automobile", "truck", "airplane", "ship")
WRITTEN = 0.1  # percentage points: rates are written with one decimal
AXES = np.array([0, 90])  # degrees: the cuts along theta_1 and along theta_2
Position = tuple[int, int]  # of a point on the grid of a plane
CORNERS = {  # the position of each corner on a plane, by the signs of theta_1 and theta_2
    "++": (-1, -1),
    "+-": (-1, 0),
    "-+": (0, -1),
    "--": (0, 0),
}


def _fig5(evidence: Evidence, pair: str) -> Surface:
    """A plane of Figure 5, which shows classes: that of `claims.net` under anneal-lr."""
    surface = net_plane(evidence, "anneal_lr", pair)
    check_rates(surface)
    return surface


def _rises(surface: Surface) -> Array:
    """The rise of each class's error rate above its value at w* (n1, n2, C), percentage points."""
    rates = surfaces.class_mistake_rates(surface)
    at_centre = rates[surface.centre]  # (C,)
    rises: Array = rates - at_centre
    return rises


def _resolution(surface: Surface, label: int) -> float:
    """The difference of two rates of a class below which they count as equal, percentage points.

    Two rates count as different if the difference is larger than one image and larger than the
    last decimal that is written. If a class's error rate is this close to 100 %, it cannot rise any
    further, and the plane reaches too far to show more.
    """
    class_sizes = surface.counts[..., label, :].sum(-1)  # (n1, n2)
    images = int(class_sizes.min())
    if not images:
        name = surface.classes.labels[label]
        raise NotMeasured(f"the plane has points without an image of {name}")
    one_image = 100 / images
    return max(one_image, WRITTEN) + flatness.ROUNDING


def _pair_names(surface: Surface) -> tuple[str, str]:
    """The labels of a plane's two classes."""
    first, second = surface.pair
    names = surface.classes.labels
    return names[first], names[second]


def _check_points(surface: Surface, label: int, positions: Mapping[str, Position]) -> None:
    """Check that a class is not saturated at points of a plane; raises `Undecided` if it is."""
    rates = surfaces.class_mistake_rates(surface)
    name = surface.classes.labels[label]
    for place, position in positions.items():
        rate = float(rates[position][label])
        rules.check_not_saturated(name, rate, surface.chance, place)


def _outward(surface: Surface, step: int, sides: tuple[int, int]) -> Position:
    """The point some steps of the grid away from w*.

    Args:
        surface: The plane.
        step: The number of steps along the axis with more points; the plane's edge is as far as
            `_steps_to_edge`.
        sides: Along each axis, +1 for descent, -1 for ascent, 0 for neither.
    """
    edge = _steps_to_edge(surface)
    row, column = (
        middle + side * math.ceil(step * middle / edge)
        for middle, side in zip(surface.centre, sides, strict=True)
    )
    return row, column


def _steps_to_edge(surface: Surface) -> int:
    """The number of steps from w* to the edge, along the axis with more points."""
    return max(surface.centre)


def _steps_before_half_lost(
    surface: Surface, label: int, points: Callable[[int], list[Position]], place: str
) -> int:
    """The largest number of steps at which less than half of a class is lost.

    Args:
        surface: The plane.
        label: The class's label number.
        points: The points that are compared, by the number of steps from w*.
        place: The points in words, such as `at -CAT`.

    Returns:
        The number of steps, up to the plane's edge.

    Raises:
        Undecided: Half of the class is lost at the first step.
    """
    rates = surfaces.class_mistake_rates(surface)[..., label]
    edge = _steps_to_edge(surface)
    highest = [max(float(rates[point]) for point in points(step)) for step in range(1, edge + 1)]
    rules.check_half_left(surface.classes.labels[label], highest[0], place)
    is_lost = [rate >= rules.HALF_LOST for rate in highest]
    return is_lost.index(True) if True in is_lost else edge


def _steps_text(surface: Surface, steps: int) -> str:
    """How far from w* an effect is measured; empty at the plane's edge."""
    edge = _steps_to_edge(surface)
    return "" if steps == edge else f" ({steps} of {edge} steps out)"


def _sum_of_rates(
    surface: Surface, weights: Mapping[tuple[Position, int], float], limit: float = 0.0
) -> Finding:
    """A weighted sum of class error rates, such as a rise, which should be above a limit.

    The points are taken as independent samples. They share their images, so that the interval is
    rather too long than too short. Each variance adds one error and one success (Agresti and Caffo
    2000), so that a rate of 0 or 100 % has one, too.

    Args:
        surface: The plane.
        weights: The weight of the rate at each point, of each class by its label number.
        limit: The limit, percentage points.
    """
    correct = surfaces.correct_counts(surface)  # (n1, n2, C)
    images = surface.counts.sum(-1)
    total = 0.0
    variance = 0.0
    for (position, label), weight in weights.items():
        number = int(images[position][label])
        errors = number - int(correct[position][label])
        rate = (errors + 1) / (number + 2)
        total += weight * errors / max(number, 1)
        variance += weight**2 * rate * (1 - rate) / (number + 2)
    half = statistics.NORMAL * np.sqrt(variance)
    points, low, high = (100 * value for value in (total, total - half, total + half))
    finding = points_finding(points, low, high, +1)
    held = is_beyond(low, high, +1, limit)
    return finding._replace(held=held, limit=limit, measured=f"{points:+.1f} points")


def _rise(surface: Surface, label: int, position: Position, control: Position) -> dict:
    """The weights of a class's rise at a point above its rate at another point."""
    if position == control:
        return {(position, label): 0.0}
    return {(position, label): 1.0, (control, label): -1.0}


@claim(
    "fig5-cat",
    "CAT's loss rises on CAT's ascent, and little on the joint ascent of CAT and DOG",
    "Fig. 5",
    exhibit="class losses",
)
def _fig5_cat(evidence: Evidence) -> Finding:
    surface = _fig5(evidence, CAT_DOG)
    cat_name, dog_name = _pair_names(surface)
    cat, _ = surface.pair
    little = evidence.settings.little

    def points(step: int) -> list[Position]:
        return [_outward(surface, step, (-1, 0)), _outward(surface, step, (-1, -1))]

    place = f"at -{cat_name} or -{cat_name} -{dog_name}"
    steps = _steps_before_half_lost(surface, cat, points, place)
    alone, joint = points(steps)
    rise_alone = _sum_of_rates(
        surface, _rise(surface, cat, alone, surface.centre), evidence.settings.epsilon
    )
    rise_joint = _sum_of_rates(surface, _rise(surface, cat, joint, surface.centre))
    weights = {(alone, cat): little, (joint, cat): -1.0, (surface.centre, cat): 1 - little}
    is_little = _sum_of_rates(surface, weights)
    return conjunction(
        {"alone": rise_alone, "little": is_little},
        measured=(
            f"{rise_alone.measured} at -{cat_name}, {rise_joint.measured} at -{cat_name} "
            f"-{dog_name}{_steps_text(surface, steps)} (expected: at most {little:.0%} of the "
            "first)"
        ),
        figure=rise_alone.figure - rise_joint.figure,
    )


@claim(
    "fig5-dog",
    "VGG19 under anneal-lr, CAT-DOG plane: CAT's loss rises most where DOG descends",
    "Fig. 5",
    exhibit="class losses",
)
def _fig5_dog(evidence: Evidence) -> Finding:
    surface = _fig5(evidence, CAT_DOG)
    cat, _ = surface.pair
    cat_name, dog_name = _pair_names(surface)
    resolution = _resolution(surface, cat)
    rates = surfaces.class_mistake_rates(surface)[..., cat]
    centre = rates[surface.centre]
    highest, dog = _highest_on_rim(surface, rates, resolution)
    is_on_both_sides = dog.min() <= 0 < dog.max()
    if is_on_both_sides and highest >= 100 - resolution:
        raise Undecided(
            f"{cat_name}'s error rate reaches {highest:.1f} % in several places, from "
            f"{dog.min():+.2f} to {dog.max():+.2f} edges along {dog_name}: the plane extends too "
            "far to tell"
        )
    return Finding(
        held=dog.min() > 0 and highest > centre,
        measured=(
            f"{cat_name}'s error rate rises from {centre:.1f} to {highest:.1f} % "
            f"at {dog.mean():+.2f} edges along {dog_name}"
        ),
        figure=dog.mean(),
    )


def _highest_on_rim(surface: Surface, rates: Array, resolution: float) -> tuple[float, Array]:
    """The highest of some rates (n1, n2) on a plane's rim, and the points that reach it.

    The points are given by their theta_2, as a fraction of the plane's edge. Rates that differ by
    less than the resolution count as equal.
    """
    rim = np.ones(rates.shape, bool)
    rim[1:-1, 1:-1] = False
    highest = rates[rim].max()
    is_highest = rim & (rates >= highest - resolution)
    theta_2 = np.broadcast_to(surface.theta_2, rates.shape)
    edge = surface.theta_2[-1]
    positions: Array = theta_2[is_highest] / edge
    return highest, positions


@claim(
    "fig5-car",
    "CAR's loss rises along both +TRUCK and -TRUCK while CAR ascends; "
    "TRUCK's rises when CAR descends",
    "Fig. 5",
    exhibit="class losses",
)
def _fig5_car(evidence: Evidence) -> Finding:
    surface = _fig5(evidence, CAR_TRUCK)
    car, truck = surface.pair
    car_name, truck_name = _pair_names(surface)
    effects = {
        f"{car_name} at -{car_name} -{truck_name}": (car, -1, (-1,)),
        f"{car_name} at -{car_name} +{truck_name}": (car, -1, (+1,)),
        f"{truck_name} at +{car_name}": (truck, +1, (-1, 0, +1)),
    }
    least = evidence.settings.epsilon
    rises: dict[str, Finding] = {}
    for name, (label, side, columns) in effects.items():
        rises[name] = rules.or_open(_effect_of_car, surface, label, side, columns, least)
    figures = [rise.figure for rise in rises.values() if np.isfinite(rise.figure)]
    texts = [f"{name}: {rise.measured}" for name, rise in rises.items()]
    return conjunction(rises, measured="; ".join(texts), figure=min(figures, default=np.nan))


def _effect_of_car(
    surface: Surface, label: int, side: int, sides_of_truck: tuple[int, ...], least: float
) -> Finding:
    """The mean rise of a class along a row of the grid, above its rates along the row of w*.

    The points of the two rows have the same steps along TRUCK, so that the rise is CAR's effect.
    They reach as far from w* as less than half of the class is lost on both rows.

    Args:
        surface: The CAR-TRUCK plane.
        label: The class's label number.
        side: +1 for descent on CAR, -1 for ascent.
        sides_of_truck: The sides along TRUCK, of +1, 0 and -1.
        least: The rise that counts, percentage points.
    """
    _, middle = surface.centre

    def columns(step: int) -> list[int]:
        _, last = _outward(surface, step, (0, 1))
        distances = range(1, last - middle + 1)
        far = [middle + own * distance for own in sides_of_truck if own for distance in distances]
        return far + [middle] * (0 in sides_of_truck)

    def points(step: int) -> list[Position]:
        row, _ = _outward(surface, step, (side, 0))
        return [(own, column) for own in (row, surface.centre[0]) for column in columns(step)]

    steps = _steps_before_half_lost(surface, label, points, f"along {_pair_names(surface)[0]}")
    row, _ = _outward(surface, steps, (side, 0))
    compared = columns(steps)
    weights: dict[tuple[Position, int], float] = {}
    for column in compared:
        weights[(row, column), label] = 1 / len(compared)
        weights[(surface.centre[0], column), label] = -1 / len(compared)
    rise = _sum_of_rates(surface, weights, least)
    return rise._replace(measured=f"{rise.measured}{_steps_text(surface, steps)}")


@claim(
    "fig5-truck",
    "TRUCK's loss rises on the joint ascent of CAR and TRUCK",
    "Fig. 5",
    exhibit="class losses",
)
def _fig5_truck(evidence: Evidence) -> Finding:
    surface = _fig5(evidence, CAR_TRUCK)
    _, truck = surface.pair
    car_name, truck_name = _pair_names(surface)
    place = f"at -{car_name} -{truck_name}"

    def points(step: int) -> list[Position]:
        return [_outward(surface, step, (-1, -1))]

    steps = _steps_before_half_lost(surface, truck, points, place)
    (joint,) = points(steps)
    weights = _rise(surface, truck, joint, surface.centre)
    rise = _sum_of_rates(surface, weights, evidence.settings.epsilon)
    return rise._replace(measured=f"{rise.measured} {place}{_steps_text(surface, steps)}")


@claim(
    "fig5-car-ego",
    "CAR's ego direction is the most sensitive: every class's loss responds to it",
    "Fig. 5",
    exhibit="class losses",
)
def _fig5_car_ego(evidence: Evidence) -> Finding:
    cat_dog = _fig5(evidence, CAT_DOG)
    car_truck = _fig5(evidence, CAR_TRUCK)
    car_name, _ = _pair_names(car_truck)
    lengths = _axis_lengths(evidence, cat_dog) | _axis_lengths(evidence, car_truck)
    car = lengths[car_name]
    is_shortest = [is_less(car, length) for name, length in lengths.items() if name != car_name]
    middle = car_truck.centre[1]
    along_car = surfaces.class_mistake_rates(car_truck)[:, middle]  # (n1, C)
    ranges = np.ptp(along_car, axis=0)  # (C,)
    changes = ranges > evidence.settings.epsilon
    number = int(changes.sum())
    return Finding(
        held=all_of([*is_shortest, number == len(ranges)]),
        measured=(
            f"flat lengths {bounds.texts(lengths, '.3g')}; "
            f"{number} of {len(ranges)} classes respond to {car_name}"
        ),
        figure=car.figure,
    )


def _axis_lengths(evidence: Evidence, surface: Surface) -> dict[str, Bounds]:
    """The flat length along each axis of a plane, by the label of its class, in units of theta."""
    lengths = bounds.flat_lengths(evidence, surface, AXES)
    return dict(zip(_pair_names(surface), lengths, strict=True))


@claim(
    "fig5-sensitive",
    "every other class is more sensitive in CAR-TRUCK than in CAT-DOG",
    "8 of 8",
    exhibit="class losses",
)
def _fig5_sensitive(evidence: Evidence) -> Finding:
    cat_dog = _fig5(evidence, CAT_DOG)
    car_truck = _fig5(evidence, CAR_TRUCK)
    narrow = _error_ranges(cat_dog)
    wide = _error_ranges(car_truck)
    others = [label for label in range(len(wide)) if label not in car_truck.pair]
    is_wider = {label: is_less(narrow[label], wide[label]) for label in others}
    number = sum(wide[label].figure > narrow[label].figure for label in others)
    undecided = list(is_wider.values()).count(None)
    name = "-".join(_pair_names(car_truck))
    remark = f", {undecided} of them not told apart" if undecided else ""
    return Finding(
        held=all_of(is_wider.values()),
        measured=f"{number} of {len(others)} classes have the larger range in {name}{remark}",
        figure=number,
    )


def _error_ranges(surface: Surface) -> list[Bounds]:
    """The range of each class's error rate over a plane, percentage points.

    If a class is saturated somewhere on the plane, its range is a lower bound.
    """
    rates = surfaces.class_mistake_rates(surface)  # (n1, n2, C)
    images = surface.counts.sum(-1)  # (n1, n2, C)
    ranges: list[Bounds] = []
    for label in range(rates.shape[-1]):
        own = rates[..., label]
        number = max(int(images[..., label].min()), 1)
        variances = [rate * (100 - rate) / number for rate in (own.max(), own.min())]
        half = statistics.NORMAL * np.sqrt(sum(variances))
        range_ = float(np.ptp(own))
        is_saturated = own.max() >= surface.chance
        high = 100.0 if is_saturated else range_ + half
        ranges.append(Bounds(range_, range_ - half, high))
    return ranges


@claim(
    "fig5-metal-corner",
    "in CAT-DOG, the losses of CAR, TRUCK, PLANE and SHIP rise in the same corner",
    "Fig. 5",
    exhibit="class losses",
)
def _fig5_metal_corner(evidence: Evidence) -> Finding:
    surface = _fig5(evidence, CAT_DOG)
    corners = {
        surface.classes.labels[label]: _highest_corners(surface, label)
        for label in labels(surface.classes, *METAL)
    }
    texts = [f"{name} {' '.join(highest)}" for name, highest in corners.items()]
    measured = f"highest at {_pair_text(surface)}: {', '.join(texts)}"
    for label in labels(surface.classes, *METAL):
        highest = _highest_corners(surface, label)
        places = {f"at {corner} {_pair_text(surface)}": CORNERS[corner] for corner in highest}
        _check_points(surface, label, places)
    common = set.intersection(*(set(highest) for highest in corners.values()))
    is_tie = any(len(highest) > 1 for highest in corners.values())
    if common and is_tie:
        raise Undecided(f"{measured}: equally high in several corners, so the answer is open")
    different = {tuple(highest) for highest in corners.values()}
    return Finding(
        held=len(common) == 1,
        measured=measured,
        figure=len(different),
    )


def _pair_text(surface: Surface) -> str:
    """The two axes to which the signs of a corner belong, such as `(CAT, DOG)`."""
    first, second = _pair_names(surface)
    return f"({first}, {second})"


def _highest_corners(surface: Surface, label: int) -> list[str]:
    """The corners in which a class's error rate is highest; several if they are not told apart."""
    class_rises = _rises(surface)[..., label]  # (n1, n2)
    rises = {corner: float(class_rises[position]) for corner, position in CORNERS.items()}
    highest = max(rises, key=lambda corner: rises[corner])
    resolution = _resolution(surface, label)
    corners = []
    for corner, position in CORNERS.items():
        weights = _rise(surface, label, CORNERS[highest], position)
        is_equal = rises[highest] - rises[corner] <= resolution
        if is_equal or not _sum_of_rates(surface, weights).held:
            corners.append(corner)
    return corners


@claim(
    "fig5-horse-deer",
    "in CAT-DOG, HORSE's and DEER's losses rise towards the corner where DOG's does, HORSE's more",
    "Fig. 5",
    exhibit="class losses",
)
def _fig5_horse_deer(evidence: Evidence) -> Finding:
    surface = _fig5(evidence, CAT_DOG)
    _, dog = surface.pair
    parts: dict[str, Finding] = {}
    for corner in _highest_corners(surface, dog):
        place = f"at {corner} {_pair_text(surface)}"
        parts[place] = rules.or_open(_horse_less_deer, evidence, surface, CORNERS[corner], place)
    texts = [f"{place}: {part.measured}" for place, part in parts.items()]
    return conjunction(parts, measured="; ".join(texts))


def _horse_less_deer(
    evidence: Evidence, surface: Surface, position: Position, place: str
) -> Finding:
    """Whether HORSE and DEER rise at a corner of the CAT-DOG plane, HORSE more than DEER."""
    horse, deer = labels(surface.classes, "horse", "deer")
    names = surface.classes.labels
    least = evidence.settings.epsilon
    for label in (horse, deer):
        _check_points(surface, label, {place: position})
    horse_rise = _rise(surface, horse, position, surface.centre)
    deer_rise = _rise(surface, deer, position, surface.centre)
    negative = {key: -weight for key, weight in deer_rise.items()}
    horse_rises = _sum_of_rates(surface, horse_rise, least)
    deer_rises = _sum_of_rates(surface, deer_rise, least)
    rises = {
        "more": _sum_of_rates(surface, horse_rise | negative),
        "horse": horse_rises,
        "deer": deer_rises,
    }
    more = rises["more"]
    return conjunction(
        rises,
        measured=(
            f"{names[horse]} {horse_rises.measured}, {names[deer]} {deer_rises.measured}, "
            f"difference {more.low:+.1f} to {more.high:+.1f}"
        ),
        figure=more.figure,
    )


@claim(
    "fig5-closer",
    "in CAT-DOG, HORSE's and DEER's losses rise further as the corner of DOG's rise comes closer",
    "Fig. 5",
    exhibit="class losses",
)
def _fig5_closer(evidence: Evidence) -> Finding:
    surface = _fig5(evidence, CAT_DOG)
    _, dog = surface.pair
    names = surface.classes.labels
    parts: dict[str, Finding] = {}
    for corner in _highest_corners(surface, dog):
        for label in labels(surface.classes, "horse", "deer"):
            place = f"{names[label]} towards {corner} {_pair_text(surface)}"
            parts[place] = rules.or_open(_rises_all_the_way, surface, label, corner)
    return conjunction(parts)


def _rises_all_the_way(surface: Surface, label: int, corner: str) -> Finding:
    """Whether a class's error rate rises half-way to a corner, and further from there on."""
    row, column = _signs(corner)
    half = (surface.centre[0] // 2, surface.centre[1] // 2)
    middle = (surface.centre[0] + row * half[0], surface.centre[1] + column * half[1])
    _check_points(surface, label, {f"half-way to {corner}": middle})
    first = _sum_of_rates(surface, _rise(surface, label, middle, surface.centre))
    second = _sum_of_rates(surface, _rise(surface, label, CORNERS[corner], middle))
    return conjunction({"to half-way": first, "further": second}, figure=second.figure)


def _signs(corner: str) -> tuple[int, int]:
    """The sides of a corner along the two axes: +1 for descent, -1 for ascent."""
    row, column = CORNERS[corner]
    return (1 if row else -1), (1 if column else -1)


@dataclass(frozen=True, eq=False)
class Similarities:
    """How similar the class losses over the CAR-TRUCK plane are.

    Attributes:
        surface: The plane.
        matrix: The similarity of each two classes (C, C).
        drawn: The same of samples of images that are drawn anew, (draws, C, C).
    """

    surface: Surface
    matrix: Array
    drawn: Array

    def less(self, first: Array, second: Array) -> Finding:
        """The mean similarity of some pairs less that of others, which should be positive.

        The interval comes from the standard error over the redrawn samples.

        Args:
            first: The pairs (C, C), bool.
            second: The pairs whose mean is subtracted, (C, C), bool.
        """
        value = self.mean(first) - self.mean(second)
        drawn = self.drawn[:, first].mean(1) - self.drawn[:, second].mean(1)
        half = statistics.NORMAL * float(drawn.std())
        return Finding(
            held=is_beyond(value - half, value + half, +1),
            measured=f"{value:+.2f} ({value - half:+.2f} to {value + half:+.2f})",
            figure=value,
            low=value - half,
            high=value + half,
            sign=+1,
        )

    def mean(self, pairs: Array) -> float:
        """The mean similarity of some pairs, (C, C) bool."""
        return float(np.nanmean(self.matrix[pairs]))

    def pairs(self, first: list[int], second: list[int]) -> Array:
        """The pairs of different classes of two groups, (C, C) bool."""
        is_pair = np.zeros(self.matrix.shape, bool)
        is_pair[np.ix_(first, second)] = True
        np.fill_diagonal(is_pair, False)
        return is_pair & np.isfinite(self.matrix)


def _similarities(evidence: Evidence) -> Similarities:
    surface = _fig5(evidence, CAR_TRUCK)
    rates = surfaces.class_mistake_rates(surface) / 100  # (n1, n2, C)
    images = surface.counts.sum(-1)
    rng = np.random.default_rng(0)
    chances = np.clip(np.nan_to_num(rates), 0, 1)
    drawn = rng.binomial(images, chances, size=(flatness.DRAWS, *rates.shape))
    by_class = drawn.reshape(flatness.DRAWS, -1, rates.shape[-1]).swapaxes(1, 2)
    matrices = [statistics.correlations(statistics.ranks(own)) for own in by_class]
    return Similarities(surface, surfaces.similarity(surface), np.nan_to_num(np.stack(matrices)))


@claim(
    "fig5-shapes",
    "in CAR-TRUCK, the losses of CAT, FROG, DOG and DEER have similar shapes, "
    "as have those of CAR and PLANE and those of TRUCK and SHIP",
    "Fig. 5",
    exhibit="class losses",
)
def _fig5_shapes(evidence: Evidence) -> Finding:
    similar = _similarities(evidence)
    classes = similar.surface.classes
    names = classes.labels
    four = labels(classes, *ALIKE)
    car, plane, truck, ship = labels(classes, "automobile", "airplane", "truck", "ship")
    others = [label for label in range(len(names)) if label not in (car, truck)]
    rest = [label for label in others if label not in four]
    everyone = list(range(len(names)))
    among = similar.pairs(four, four)
    beside = similar.pairs(others, rest)  # pairs of classes whose gradients do not span the plane
    pairs = {
        f"{names[own]}-{names[partner]}": similar.pairs([own], [partner])
        for own, partner in ((car, plane), (truck, ship))
    }
    tested = np.logical_or.reduce([among, *pairs.values()])
    is_other = similar.pairs(everyone, everyone) & ~tested & ~tested.T
    is_other &= ~similar.pairs([car, truck], [car, truck])
    steps = {"the four": similar.less(among, beside)}
    texts = [f"the four {similar.mean(among):.2f} against {similar.mean(beside):.2f}"]
    for name, pair in pairs.items():
        steps[name] = similar.less(pair, is_other)
        texts.append(f"{name} {similar.mean(pair):.2f} against {similar.mean(is_other):.2f}")
    least = min(step.figure for step in steps.values())
    return conjunction(steps, measured="; ".join(texts), figure=least)


@claim(
    "fig5-horse-shape",
    "in CAR-TRUCK, the shape of HORSE's loss is similar to those of CAT, FROG, DOG and DEER, "
    "but less so than they are to each other",
    "Fig. 5",
    exhibit="class losses",
)
def _fig5_horse_shape(evidence: Evidence) -> Finding:
    similar = _similarities(evidence)
    classes = similar.surface.classes
    four = labels(classes, *ALIKE)
    (horse,) = labels(classes, "horse")
    everyone = list(range(len(classes)))
    rest = [label for label in everyone if label not in (*four, horse)]
    among = similar.pairs(four, four)
    with_horse = similar.pairs([horse], four)
    without = similar.pairs(everyone, rest)
    less = similar.less(among, with_horse)
    steps = {"above others": similar.less(with_horse, without), "below the four": less}
    return conjunction(
        steps,
        measured=(
            f"{classes.labels[horse]} with the four {similar.mean(with_horse):.2f}, "
            f"among the four {similar.mean(among):.2f}, difference {less.measured}, "
            f"other pairs {similar.mean(without):.2f}"
        ),
        figure=similar.mean(with_horse),
    )


@claim(
    "fig5-left",
    "in one half of CAR-TRUCK, the losses of CAR, PLANE, TRUCK and SHIP have more similar shapes "
    "than those of other classes",
    "Fig. 5: similar loss shapes on the left side of the plots",
    exhibit="class losses",
)
def _fig5_left(evidence: Evidence) -> Finding:
    """The paper does not say which half is left, so each is tried, by Holm's rule.

    The chance is that of the choice of classes: all groups of four are compared.
    """
    whole = _fig5(evidence, CAR_TRUCK)
    four = labels(whole.classes, *METAL)
    halves = {side: _rank_of_group(half, four) for side, half in _halves(whole).items()}
    known = {side: rank for side, rank in halves.items() if rank is not None}
    if not known:
        raise Undecided("no half of the plane has losses that vary")
    p_values = rules.holm([rank.p for rank in known.values()])
    is_clear = p_values < rules.LEVEL
    is_above = np.array([rank.is_above for rank in known.values()])
    if (is_clear & is_above).any():
        held: bool | None = True
    else:
        held = False if is_clear.all() and len(known) == len(halves) else None
    texts = [
        f"{side} {rank.excess:+.2f} (rank {rank.place} of {rank.groups}, {rules.p_text(p)})"
        for (side, rank), p in zip(known.items(), p_values, strict=True)
    ]
    return Finding(
        held=held,
        measured=f"mean similarity of the four less that of other pairs: {', '.join(texts)}",
        figure=max(rank.excess for rank in known.values()),
    )


@dataclass(frozen=True)
class GroupRank:
    """The similarity within a group of classes, compared with all groups of the same size.

    Attributes:
        excess: The mean similarity within the group less that of all other pairs.
        place: Its place among the groups, the most similar first.
        groups: The number of groups.
        p: The two-sided p-value of a group that is chosen by chance.
    """

    excess: float
    place: int
    groups: int
    p: float

    @property
    def is_above(self) -> bool:
        """Whether the group is in the more similar half of the groups."""
        return 2 * self.place <= self.groups


def _rank_of_group(surface: Surface, group: list[int]) -> GroupRank | None:
    """The rank of a group of classes by similar losses; None if the loss of one never varies."""
    similar = surfaces.similarity(surface)
    np.fill_diagonal(similar, np.nan)
    classes = np.flatnonzero(np.isfinite(similar).any(1))
    if not np.isin(group, classes).all() or len(classes) <= len(group):
        return None
    own = _excess(similar, tuple(group))
    every_group = list(combinations(classes.tolist(), len(group)))
    others = np.array([_excess(similar, other) for other in every_group])
    above = int((others >= own - statistics.ROUNDING).sum())
    below = int((others <= own + statistics.ROUNDING).sum())
    p = min(1.0, 2 * min(above, below) / len(others))
    return GroupRank(own, above, len(others), p)


def _excess(similar: Array, group: tuple[int, ...]) -> float:
    """The mean similarity (C, C) of the pairs within a group less that of all other pairs."""
    is_within = np.zeros(similar.shape, bool)
    is_within[np.ix_(group, group)] = True
    return float(np.nanmean(similar[is_within]) - np.nanmean(similar[~is_within]))


def _halves(surface: Surface) -> dict[str, Surface]:
    """The four halves of a plane, by the side of w* on which they lie, such as `-CAR`."""
    halves: dict[str, Surface] = {}
    for axis, name in enumerate(_pair_names(surface)):
        middle = surface.centre[axis]
        for sign, part in (("-", slice(middle)), ("+", slice(middle + 1, None))):
            rows, columns = (part, slice(None)) if axis == 0 else (slice(None), part)
            halves[f"{sign}{name}"] = replace(
                surface,
                theta_1=surface.theta_1[rows],
                theta_2=surface.theta_2[columns],
                counts=surface.counts[rows, columns],
                loss_sum=surface.loss_sum[rows, columns],
            )
    return halves


@claim(
    "shapes-predict",
    "classes with similar loss shapes in the planes of other classes interfere",
    "Section 4.1",
    exhibit="likeness",
    family=PREDICTORS,
)
def _shapes_predict(evidence: Evidence) -> Finding:
    cat_dog = _fig5(evidence, CAT_DOG)
    planes = planes_at(evidence, cat_dog.run, "raw")
    similarity = scores.similarity_elsewhere(planes)
    finding = prediction(evidence, cat_dog.run, similarity, +1)
    return finding._replace(measured=f"{finding.measured}, {len(planes)} planes")


@claim(
    "cosine-predicts",
    "opposed class gradients mark interfering classes (not in the paper)",
    "-0.58 in a small net with 91.1 % test accuracy, before the runs of this project",
    exhibit="gradients",
    family=PREDICTORS,
)
def _cosine_predicts(evidence: Evidence) -> Finding:
    grams = net_table(evidence, "grams", "anneal_lr")
    return prediction(evidence, grams.run["name"], cosines(grams), -1)
