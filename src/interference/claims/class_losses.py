"""Claims about one class's interference with the others: class losses over planes (Section 4.1, Fig. 5)."""

import numpy as np

from interference import confusion, surfaces
from interference.claims.findings import correlation, for_each
from interference.claims.lookup import (
    PLANES,
    cctm_on_test,
    labels,
    mistake_rate,
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


def _fig5(evidence: Evidence, pair: str) -> Surface:
    """A plane of Figure 5: that of `claims.net` under anneal-lr."""
    return net_plane(evidence, "anneal_lr", pair)


def _rises(surface: Surface) -> Array:
    """The rise of each class's mistake rate above its value at w* (n1, n2, C), percentage points."""
    rates = surfaces.class_mistake_rates(surface)
    rises: Array = rates - rates[surface.centre]
    return rises


def _corners(values: Array) -> dict[str, Array]:
    """The values (C,) at a plane's four corners, by the signs of theta_1 and theta_2."""
    return {"++": values[-1, -1], "+-": values[-1, 0], "-+": values[0, -1], "--": values[0, 0]}


def _resolution(surface: Surface, label: int) -> float:
    """The difference of two rates of a class below which they count as equal, percentage points.

    Two rates count as different if the difference is larger than one image and larger than the
    last decimal that is written. If a class's error rate is this close to 100 %, it cannot rise any
    further, and the plane reaches too far to show more.
    """
    images = int(surface.counts[..., label, :].sum(-1).min())
    if not images:
        name = surface.classes.labels[label]
        raise NotMeasured(f"the plane has points without an image of {name}")
    return max(100 / images, WRITTEN) + flatness.ROUNDING


def _pair_names(surface: Surface) -> tuple[str, str]:
    """The labels of a plane's two classes, in words."""
    first, second = surface.pair
    return surface.classes.labels[first], surface.classes.labels[second]


@claim(
    "fig5-cat",
    "CAT's loss rises on CAT's ascent, and little on the joint ascent of CAT and DOG",
    "Fig. 5",
    exhibit="class losses",
)
def _fig5_cat(evidence: Evidence) -> Finding:
    surface = _fig5(evidence, CAT_DOG)
    cat_name, dog_name = _pair_names(surface)
    cat = _rises(surface)[..., surface.pair[0]]
    alone = cat[0, surface.centre[1]]
    joint = cat[0, 0]
    little = evidence.settings.little
    return Finding(
        alone > 0 and joint <= little * alone,
        f"{alone:+.1f} points at -{cat_name}, {joint:+.1f} at -{cat_name} -{dog_name} "
        f"(asked: at most {little:.0%} of that)",
        alone - joint,
    )


@claim(
    "fig5-dog",
    "VGG19 anneal, CAT-DOG plane: CAT's loss rises most where DOG is descended",
    "Fig. 5",
    exhibit="class losses",
)
def _fig5_dog(evidence: Evidence) -> Finding:
    surface = _fig5(evidence, CAT_DOG)
    cat = surface.pair[0]
    cat_name, dog_name = _pair_names(surface)
    resolution = _resolution(surface, cat)
    rates = surfaces.class_mistake_rates(surface)[..., cat]
    rim = np.ones(rates.shape, bool)
    rim[1:-1, 1:-1] = False
    highest = rates[rim].max()
    centre = rates[surface.centre]
    theta_dog = np.broadcast_to(surface.theta_2, rates.shape) / surface.theta_2[-1]  # in edges
    dog = theta_dog[rim & (rates >= highest - resolution)]
    if dog.min() <= 0 < dog.max() and highest >= 100 - resolution:
        raise NotMeasured(
            f"{cat_name}'s mistakes reach {highest:.1f} % in several places, {dog.min():+.2f} to "
            f"{dog.max():+.2f} edges along {dog_name}: the plane reaches too far to tell"
        )
    return Finding(
        dog.min() > 0 and highest > centre,
        f"{cat_name}'s mistakes rise from {centre:.1f} to {highest:.1f} % "
        f"at {dog.mean():+.2f} edges along {dog_name}",
        dog.mean(),
    )


@claim(
    "fig5-car",
    "CAR's loss rises along both +TRUCK and -TRUCK while CAR ascends; TRUCK's rises when CAR descends",
    "Fig. 5",
    exhibit="class losses",
)
def _fig5_car(evidence: Evidence) -> Finding:
    surface = _fig5(evidence, CAR_TRUCK)
    car_name, truck_name = _pair_names(surface)
    rises = _rises(surface)
    car = rises[..., surface.pair[0]]
    truck = rises[..., surface.pair[1]]
    middle = surface.centre[1]
    truck_descends = car[0, middle + 1 :].mean()
    truck_ascends = car[0, :middle].mean()
    car_descends = truck[-1].mean()
    least = min(truck_descends, truck_ascends, car_descends)
    return Finding(
        least > 0,
        f"{car_name} {truck_descends:+.1f} and {truck_ascends:+.1f} points at -{car_name}, "
        f"{truck_name} {car_descends:+.1f} at +{car_name}",
        least,
    )


@claim(
    "fig5-truck",
    "TRUCK's loss rises on the joint ascent of CAR and TRUCK",
    "Fig. 5",
    exhibit="class losses",
)
def _fig5_truck(evidence: Evidence) -> Finding:
    surface = _fig5(evidence, CAR_TRUCK)
    car_name, truck_name = _pair_names(surface)
    rise = _rises(surface)[0, 0, surface.pair[1]]
    return Finding(rise > 0, f"{rise:+.1f} points at -{car_name} -{truck_name}", rise)


@claim(
    "fig5-car-ego",
    "CAR's ego direction is the most sensitive: every class's loss answers to it",
    "Fig. 5",
    exhibit="class losses",
)
def _fig5_car_ego(evidence: Evidence) -> Finding:
    cat_dog = _fig5(evidence, CAT_DOG)
    car_truck = _fig5(evidence, CAR_TRUCK)
    lengths = _axis_lengths(evidence, cat_dog) | _axis_lengths(evidence, car_truck)
    car, _ = _pair_names(car_truck)
    others = [length for name, length in lengths.items() if name != car]
    along_car = surfaces.class_mistake_rates(car_truck)[:, car_truck.centre[1]]  # (n1, C)
    ranges = np.ptp(along_car, axis=0)  # (C,)
    answering = int((ranges > evidence.settings.epsilon).sum())
    listed = ", ".join(f"{name} {length:.3g}" for name, length in lengths.items())
    return Finding(
        lengths[car] < min(others) and answering == len(ranges),
        f"flat lengths {listed}; {answering} of {len(ranges)} classes answer to {car}",
        lengths[car],
    )


def _axis_lengths(evidence: Evidence, surface: Surface) -> dict[str, float]:
    """The flat length along each of a plane's axes, by the class of that axis, in units of theta."""
    rates = mistake_rate(evidence, surface)
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
    in_cat_dog = np.ptp(surfaces.class_mistake_rates(cat_dog), axis=(0, 1))  # (C,)
    in_car_truck = np.ptp(surfaces.class_mistake_rates(car_truck), axis=(0, 1))
    wider = np.delete(in_car_truck > in_cat_dog, car_truck.pair)
    number = int(wider.sum())
    name = "-".join(_pair_names(car_truck))
    return Finding(
        number == len(wider),
        f"{number} of {len(wider)} classes have the larger range in {name}",
        number,
    )


@claim(
    "fig5-metal-corner",
    "in CAT-DOG, CAR, TRUCK, PLANE and SHIP rise in one same corner",
    "Fig. 5",
    exhibit="class losses",
)
def _fig5_metal_corner(evidence: Evidence) -> Finding:
    surface = _fig5(evidence, CAT_DOG)
    highest = {
        surface.classes.labels[label]: _highest_corners(surface, label)
        for label in labels(surface.classes, *METAL)
    }
    listed = ", ".join(f"{name} {' '.join(corners)}" for name, corners in highest.items())
    measured = f"highest at ({', '.join(_pair_names(surface))}): {listed}"
    common = set.intersection(*map(set, highest.values()))
    if common and max(map(len, highest.values())) > 1:
        raise NotMeasured(f"{measured}: as high in several corners, which leaves it open")
    different = len(set(map(tuple, highest.values())))
    return Finding(len(common) == 1, measured, different)


def _highest_corners(surface: Surface, label: int) -> list[str]:
    """The corners in which a class's mistake rate is highest; several if they cannot be told apart."""
    corners = _corners(_rises(surface))
    top = max(rises[label] for rises in corners.values())
    enough = top - _resolution(surface, label)
    return [corner for corner, rises in corners.items() if rises[label] >= enough]


@claim(
    "fig5-horse-deer",
    "in CAT-DOG, HORSE and DEER rise towards the corner where DOG does, HORSE more",
    "Fig. 5",
    exhibit="class losses",
)
def _fig5_horse_deer(evidence: Evidence) -> Finding:
    surface = _fig5(evidence, CAT_DOG)
    horse, deer = labels(surface.classes, "horse", "deer")
    horse_name = surface.classes.labels[horse]
    deer_name = surface.classes.labels[deer]
    pair_name = f"({', '.join(_pair_names(surface))})"
    rises = _corners(_rises(surface))
    rates = _corners(surfaces.class_mistake_rates(surface))
    resolution = max(_resolution(surface, horse), _resolution(surface, deer))

    def find(corner: str) -> Finding:
        horse_rise = rises[corner][horse]
        deer_rise = rises[corner][deer]
        measured = f"{horse_name} {horse_rise:+.1f}, {deer_name} {deer_rise:+.1f} points"
        if min(rates[corner][horse], rates[corner][deer]) >= 100 - resolution:
            raise NotMeasured(
                f"{measured} at {corner} {pair_name}, all of both: the plane reaches too far to tell"
            )
        held = horse_rise > deer_rise + resolution and deer_rise > 0
        return Finding(held, measured, horse_rise - deer_rise)

    corners = _highest_corners(surface, surface.pair[1])
    return for_each({f"at {corner} {pair_name}": corner for corner in corners}, find)


def _likeness(evidence: Evidence) -> tuple[Surface, Array, float, float]:
    """How alike the class losses over the CAR-TRUCK plane are.

    Returns the plane, the similarities (C, C), their mean over the pairs of `ALIKE`, and their mean
    over all other pairs.
    """
    surface = _fig5(evidence, CAR_TRUCK)
    similarity = surfaces.similarity(surface)
    four = labels(surface.classes, *ALIKE)
    among = np.zeros(similarity.shape, bool)
    among[np.ix_(four, four)] = True
    upper = np.triu(np.ones(similarity.shape, bool), 1)
    mean_among = float(similarity[among & upper].mean())
    mean_others = float(np.nanmean(similarity[~among & upper]))
    return surface, similarity, mean_among, mean_others


@claim(
    "fig5-shapes",
    "in CAR-TRUCK, CAT, FROG, DOG, DEER have like shapes; CAR like PLANE; TRUCK like SHIP",
    "Fig. 5",
    exhibit="class losses",
)
def _fig5_shapes(evidence: Evidence) -> Finding:
    surface, similarity, among, others = _likeness(evidence)
    car, plane, truck, ship = labels(surface.classes, "automobile", "airplane", "truck", "ship")
    names = surface.classes.labels
    least = min(among, similarity[car, plane], similarity[truck, ship])
    return Finding(
        least > others,
        f"the four {among:.2f}, {names[car]}-{names[plane]} {similarity[car, plane]:.2f}, "
        f"{names[truck]}-{names[ship]} {similarity[truck, ship]:.2f}, other pairs {others:.2f}",
        least - others,
    )


@claim(
    "fig5-horse-shape",
    "in CAR-TRUCK, HORSE's shape is like those of CAT, FROG, DOG, DEER, but less so",
    "Fig. 5",
    exhibit="class losses",
)
def _fig5_horse_shape(evidence: Evidence) -> Finding:
    surface, similarity, among, others = _likeness(evidence)
    (horse,) = labels(surface.classes, "horse")
    four = labels(surface.classes, *ALIKE)
    mean = float(similarity[horse, four].mean())
    return Finding(
        others < mean < among,
        f"{surface.classes.labels[horse]} with the four {mean:.2f}, "
        f"among the four {among:.2f}, other pairs {others:.2f}",
        mean,
    )


@claim("shapes-predict", "classes of like loss shape interfere", "Section 4.1", exhibit="likeness")
def _shapes_predict(evidence: Evidence) -> Finding:
    cat_dog = _fig5(evidence, CAT_DOG)
    car_truck = _fig5(evidence, CAR_TRUCK)
    similarities = [surfaces.similarity(cat_dog), surfaces.similarity(car_truck)]
    interference = confusion.symmetrised(cctm_on_test(evidence, cat_dog.run))
    estimate = statistics.pair_correlation(shapes.mean_similarity(similarities), interference)
    return correlation(evidence, estimate, +1)


@claim(
    "cosine-predicts",
    "opposed class gradients mark interfering classes (not in the paper)",
    "-0.58 in a small net of 91.1 %, before the runs of this project",
    exhibit="gradients",
)
def _cosine_predicts(evidence: Evidence) -> Finding:
    grams = net_table(evidence, "grams", "anneal_lr")
    interference = confusion.symmetrised(cctm_on_test(evidence, grams.run["name"]))
    return correlation(evidence, statistics.pair_correlation(cosines(grams), interference), -1)
