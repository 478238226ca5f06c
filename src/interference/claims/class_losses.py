"""Claims about the loss of each class over interference planes (Section 4.1, Fig. 5)."""

from dataclasses import dataclass

import numpy as np

from interference import confusion, surfaces
from interference.claims.findings import correlation, for_each, named_numbers_text
from interference.claims.lookup import (
    PLANES,
    cctm_on_test,
    error_rate,
    labels,
    net_plane,
    net_table,
)
from interference.claims.registry import Evidence, Finding, NotMeasured, claim
from interference.confusion import statistics
from interference.surfaces import Surface, flatness, shapes
from interference.surfaces.cosines import cosines
from interference.vocabulary import Array

CAT_DOG, CAR_TRUCK, _ = PLANES
ALIKE = ("cat", "frog", "dog", "deer")
METAL = ("automobile", "truck", "airplane", "ship")
WRITTEN = 0.1  # percentage points: rates are written with one decimal
CORNERS = {  # the position of each corner on a plane, by the signs of theta_1 and theta_2
    "++": (-1, -1),
    "+-": (-1, 0),
    "-+": (0, -1),
    "--": (0, 0),
}


def _fig5(evidence: Evidence, pair: str) -> Surface:
    """A plane of Figure 5: that of `claims.net` under anneal-lr."""
    return net_plane(evidence, "anneal_lr", pair)


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
    rise = _rises(surface)[..., cat]  # (n1, n2)
    middle = surface.centre[1]
    alone = rise[0, middle]
    joint = rise[0, 0]
    little = evidence.settings.little
    return Finding(
        held=alone > 0 and joint <= little * alone,
        measured=(
            f"{alone:+.1f} points at -{cat_name}, {joint:+.1f} at -{cat_name} -{dog_name} "
            f"(expected: at most {little:.0%} of the first)"
        ),
        figure=alone - joint,
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
        raise NotMeasured(
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
    rises = _rises(surface)
    car_ascends = rises[0, :, car]  # (n2,)
    middle = surface.centre[1]
    truck_ascends = car_ascends[:middle].mean()
    truck_descends = car_ascends[middle + 1 :].mean()
    car_descends = rises[-1, :, truck].mean()
    least = min(truck_descends, truck_ascends, car_descends)
    return Finding(
        held=bool(least > 0),
        measured=(
            f"{car_name} {truck_descends:+.1f} and {truck_ascends:+.1f} points at -{car_name}, "
            f"{truck_name} {car_descends:+.1f} at +{car_name}"
        ),
        figure=least,
    )


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
    rise = _rises(surface)[0, 0, truck]
    return Finding(
        held=rise > 0,
        measured=f"{rise:+.1f} points at -{car_name} -{truck_name}",
        figure=rise,
    )


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
    other_lengths = [length for name, length in lengths.items() if name != car_name]
    middle = car_truck.centre[1]
    along_car = surfaces.class_mistake_rates(car_truck)[:, middle]  # (n1, C)
    ranges = np.ptp(along_car, axis=0)  # (C,)
    changes = ranges > evidence.settings.epsilon
    number = int(changes.sum())
    return Finding(
        held=lengths[car_name] < min(other_lengths) and number == len(ranges),
        measured=(
            f"flat lengths {named_numbers_text(lengths, '.3g')}; "
            f"{number} of {len(ranges)} classes respond to {car_name}"
        ),
        figure=lengths[car_name],
    )


def _axis_lengths(evidence: Evidence, surface: Surface) -> dict[str, float]:
    """The flat length along each axis of a plane, by the label of its class, in units of theta."""
    rates = error_rate(evidence, surface)
    epsilon = evidence.settings.epsilon
    first, second = _pair_names(surface)
    return {
        first: flatness.flat_length(surface, rates, 0, epsilon),
        second: flatness.flat_length(surface, rates, 90, epsilon),
    }


@claim(
    "fig5-sensitive",
    "every other class is more sensitive in CAR-TRUCK than in CAT-DOG",
    "8 of 8",
    exhibit="class losses",
)
def _fig5_sensitive(evidence: Evidence) -> Finding:
    cat_dog = _fig5(evidence, CAT_DOG)
    car_truck = _fig5(evidence, CAR_TRUCK)
    is_wider = _error_ranges(car_truck) > _error_ranges(cat_dog)
    others = np.delete(is_wider, car_truck.pair)
    number = int(others.sum())
    name = "-".join(_pair_names(car_truck))
    return Finding(
        held=number == len(others),
        measured=f"{number} of {len(others)} classes have the larger range in {name}",
        figure=number,
    )


def _error_ranges(surface: Surface) -> Array:
    """The range of each class's error rate over a plane (C,), percentage points."""
    rates = surfaces.class_mistake_rates(surface)  # (n1, n2, C)
    ranges: Array = np.ptp(rates, axis=(0, 1))
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
    common = set.intersection(*(set(highest) for highest in corners.values()))
    is_tie = any(len(highest) > 1 for highest in corners.values())
    if common and is_tie:
        raise NotMeasured(f"{measured}: equally high in several corners, so the answer is open")
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
    """The corners in which a class's error rate is highest; several if they are equally high."""
    class_rises = _rises(surface)[..., label]  # (n1, n2)
    rises = {corner: class_rises[position] for corner, position in CORNERS.items()}
    enough = max(rises.values()) - _resolution(surface, label)
    return [corner for corner, rise in rises.items() if rise >= enough]


@claim(
    "fig5-horse-deer",
    "in CAT-DOG, HORSE's and DEER's losses rise towards the corner where DOG's does, HORSE's more",
    "Fig. 5",
    exhibit="class losses",
)
def _fig5_horse_deer(evidence: Evidence) -> Finding:
    surface = _fig5(evidence, CAT_DOG)
    _, dog = surface.pair
    horse, deer = labels(surface.classes, "horse", "deer")
    names = surface.classes.labels
    rises = _rises(surface)
    rates = surfaces.class_mistake_rates(surface)
    resolution = max(_resolution(surface, horse), _resolution(surface, deer))

    def find(corner: str) -> Finding:
        position = CORNERS[corner]
        horse_rise = rises[position][horse]
        deer_rise = rises[position][deer]
        smaller_rate = rates[position][[horse, deer]].min()
        measured = f"{names[horse]} {horse_rise:+.1f}, {names[deer]} {deer_rise:+.1f} points"
        if smaller_rate >= 100 - resolution:
            raise NotMeasured(
                f"{measured} at {corner} {_pair_text(surface)}, where all images of both are "
                "predicted wrongly: the plane extends too far to tell"
            )
        return Finding(
            held=horse_rise > deer_rise + resolution and deer_rise > 0,
            measured=measured,
            figure=horse_rise - deer_rise,
        )

    items: dict[str, str] = {}
    for corner in _highest_corners(surface, dog):
        items[f"at {corner} {_pair_text(surface)}"] = corner
    return for_each(items, find)


@dataclass(frozen=True, eq=False)
class Similarities:
    """How similar the class losses over the CAR-TRUCK plane are.

    Attributes:
        surface: The plane.
        matrix: The similarity of each two classes (C, C).
        among_four: The mean over the pairs of the four classes of `ALIKE`.
        others: The mean over all other pairs.
    """

    surface: Surface
    matrix: Array
    among_four: float
    others: float


def _similarities(evidence: Evidence) -> Similarities:
    surface = _fig5(evidence, CAR_TRUCK)
    matrix = surfaces.similarity(surface)
    four = labels(surface.classes, *ALIKE)
    is_among = np.zeros(matrix.shape, bool)
    is_among[np.ix_(four, four)] = True
    is_pair = np.triu(np.ones(matrix.shape, bool), 1)
    among_four = matrix[is_among & is_pair]
    others = matrix[~is_among & is_pair]
    return Similarities(
        surface,
        matrix,
        among_four=float(among_four.mean()),
        others=float(np.nanmean(others)),
    )


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
    car, plane, truck, ship = labels(classes, "automobile", "airplane", "truck", "ship")
    car_plane = similar.matrix[car, plane]
    truck_ship = similar.matrix[truck, ship]
    least = min(similar.among_four, car_plane, truck_ship)
    return Finding(
        held=least > similar.others,
        measured=(
            f"the four {similar.among_four:.2f}, "
            f"{names[car]}-{names[plane]} {car_plane:.2f}, "
            f"{names[truck]}-{names[ship]} {truck_ship:.2f}, "
            f"other pairs {similar.others:.2f}"
        ),
        figure=least - similar.others,
    )


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
    (horse,) = labels(classes, "horse")
    four = labels(classes, *ALIKE)
    mean = float(similar.matrix[horse, four].mean())
    return Finding(
        held=similar.others < mean < similar.among_four,
        measured=(
            f"{classes.labels[horse]} with the four {mean:.2f}, "
            f"among the four {similar.among_four:.2f}, "
            f"other pairs {similar.others:.2f}"
        ),
        figure=mean,
    )


@claim(
    "shapes-predict",
    "classes with similar loss shapes interfere",
    "Section 4.1",
    exhibit="likeness",
)
def _shapes_predict(evidence: Evidence) -> Finding:
    cat_dog = _fig5(evidence, CAT_DOG)
    car_truck = _fig5(evidence, CAR_TRUCK)
    planes = (cat_dog, car_truck)
    similarity = shapes.mean_similarity([surfaces.similarity(surface) for surface in planes])
    cctm = cctm_on_test(evidence, cat_dog.run)
    interference = confusion.symmetrised(cctm)
    estimate = statistics.pair_correlation(similarity, interference)
    return correlation(evidence, estimate, +1)


@claim(
    "cosine-predicts",
    "opposed class gradients mark interfering classes (not in the paper)",
    "-0.58 in a small net with 91.1 % test accuracy, before the runs of this project",
    exhibit="gradients",
)
def _cosine_predicts(evidence: Evidence) -> Finding:
    grams = net_table(evidence, "grams", "anneal_lr")
    cctm = cctm_on_test(evidence, grams.run["name"])
    interference = confusion.symmetrised(cctm)
    estimate = statistics.pair_correlation(cosines(grams), interference)
    return correlation(evidence, estimate, -1)
