"""One class's interference with the others: its loss over interference planes (Section 4.1, Fig. 5)."""

import numpy as np

from interference import chance, confusion, flatness, shapes, surfaces
from interference.claims.at_hand import PLANES, cctm_on_test, labels, net_plane, of_net
from interference.claims.findings import correlation, each
from interference.claims.judging import Evidence, Finding, NotMeasured, claim
from interference.gram import cosines
from interference.surfaces import Surface
from interference.vocabulary import Array

ALIKE = ("cat", "frog", "dog", "deer")
METAL = ("automobile", "truck", "airplane", "ship")
WRITTEN = 0.1  # percent points, to which rates are written


def _fig5(evidence: Evidence, pair: str) -> Surface:
    return net_plane(evidence, "anneal_lr", pair)


def _rises(surface: Surface) -> Array:
    """How far each class's mistakes are above those at w* (n1, n2, C), percent points."""
    rates = surfaces.class_mistake_rates(surface)
    rises: Array = rates - rates[surface.centre]
    return rises


def _corners(rises: Array) -> dict[str, Array]:
    """A plane's four corners (C,) by the signs of theta_1 and theta_2."""
    return {"++": rises[-1, -1], "+-": rises[-1, 0], "-+": rises[0, -1], "--": rises[0, 0]}


def _apart(surface: Surface, label: int) -> float:
    """Beyond how many percent points two rates of a class differ by more than an image, and also as they are written.

    A class that is mistaken to within so many of 100 % can rise no further: the plane reaches too far to tell more.
    """
    images = int(surface.counts[..., label, :].sum(-1).min())
    if not images:
        raise NotMeasured(f"the plane has points without an image of {surface.classes.labels[label]}")
    return max(100 / images, WRITTEN) + flatness.ROUNDING


@claim("fig5-cat", "CAT's loss rises on CAT's ascent, and little on the joint ascent of CAT and DOG", "Fig. 5")
def _fig5_cat(evidence: Evidence) -> Finding:
    surface = _fig5(evidence, "cat-dog")
    cat = _rises(surface)[..., surface.pair[0]]
    alone, joint, little = cat[0, surface.centre[1]], cat[0, 0], evidence.settings.little
    return Finding(alone > 0 and joint <= little * alone,
                   f"{alone:+.1f} points at -CAT, {joint:+.1f} at -CAT -DOG (asked: at most {little:.0%} of that)",
                   alone - joint)


@claim("fig5-dog", "VGG19 anneal, CAT-DOG plane: CAT's loss rises most where DOG is descended", "Fig. 5")
def _fig5_dog(evidence: Evidence) -> Finding:
    surface = _fig5(evidence, "cat-dog")
    cat, apart = surface.pair[0], _apart(surface, surface.pair[0])
    loss = surfaces.class_mistake_rates(surface)[..., cat]
    edge = np.ones(loss.shape, bool)
    edge[1:-1, 1:-1] = False
    highest, centre = loss[edge].max(), loss[surface.centre]
    dog = (np.broadcast_to(surface.theta_2, loss.shape) / surface.theta_2[-1])[edge & (loss >= highest - apart)]
    if dog.min() <= 0 < dog.max() and highest >= 100 - apart:
        raise NotMeasured(f"CAT's mistakes reach {highest:.1f} % in several places, {dog.min():+.2f} to "
                          f"{dog.max():+.2f} edges along DOG: the plane reaches too far to tell")
    return Finding(dog.min() > 0 and highest > centre,
                   f"CAT's mistakes rise from {centre:.1f} to {highest:.1f} % at {dog.mean():+.2f} edges along DOG",
                   dog.mean())


@claim("fig5-car", "CAR's loss rises along both +TRUCK and -TRUCK while CAR ascends; TRUCK's rises when CAR descends",
       "Fig. 5")
def _fig5_car(evidence: Evidence) -> Finding:
    surface = _fig5(evidence, "automobile-truck")
    car, truck = np.moveaxis(_rises(surface)[..., list(surface.pair)], -1, 0)  # (n1, n2) each
    middle = surface.centre[1]
    rises = car[0, middle + 1:].mean(), car[0, :middle].mean(), truck[-1].mean()
    return Finding(min(rises) > 0, f"CAR {rises[0]:+.1f} and {rises[1]:+.1f} points at -CAR, "
                   f"TRUCK {rises[2]:+.1f} at +CAR", min(rises))


@claim("fig5-truck", "TRUCK's loss rises on the joint ascent of CAR and TRUCK", "Fig. 5")
def _fig5_truck(evidence: Evidence) -> Finding:
    surface = _fig5(evidence, "automobile-truck")
    rise = _rises(surface)[0, 0, surface.pair[1]]
    return Finding(rise > 0, f"{rise:+.1f} points at -CAR -TRUCK", rise)


@claim("fig5-car-ego", "CAR's ego direction is the most sensitive: every class's loss answers to it", "Fig. 5")
def _fig5_car_ego(evidence: Evidence) -> Finding:
    lengths, epsilon = dict[str, float](), evidence.settings.epsilon
    for surface in (_fig5(evidence, pair) for pair in PLANES[:2]):
        rates = surfaces.mistake_rate(surface)
        for label, angle in zip(surface.pair, (0, 90), strict=True):
            lengths[surface.classes.labels[label]] = flatness.flat_length(surface, rates, angle, epsilon)
    along_car = np.ptp(surfaces.class_mistake_rates(surface)[:, surface.centre[1]], axis=0)  # (C,)
    car, answers = surface.classes.labels[surface.pair[0]], int((along_car > epsilon).sum())
    words = ", ".join(f"{name} {length:.3g}" for name, length in lengths.items())
    return Finding(lengths[car] < min(length for name, length in lengths.items() if name != car)
                   and answers == len(along_car),
                   f"flat lengths {words}; {answers} of {len(along_car)} classes answer to {car}", lengths[car])


@claim("fig5-sensitive", "every other class is more sensitive in CAR-TRUCK than in CAT-DOG", "8 of 8")
def _fig5_sensitive(evidence: Evidence) -> Finding:
    cat_dog, car_truck = _fig5(evidence, "cat-dog"), _fig5(evidence, "automobile-truck")
    ranges = [np.ptp(surfaces.class_mistake_rates(surface), axis=(0, 1)) for surface in (cat_dog, car_truck)]
    wider = np.delete(ranges[1] > ranges[0], car_truck.pair)
    wide = int(wider.sum())
    return Finding(wide == len(wider), f"{wide} of {len(wider)} classes have the larger range in CAR-TRUCK", wide)


@claim("fig5-metal-corner", "in CAT-DOG, CAR, TRUCK, PLANE and SHIP rise in one same corner", "Fig. 5")
def _fig5_metal_corner(evidence: Evidence) -> Finding:
    surface = _fig5(evidence, "cat-dog")
    most = {surface.classes.labels[label]: _highest(surface, label) for label in labels(surface.classes, *METAL)}
    words = "highest at (CAT, DOG): " + ", ".join(f"{name} {' '.join(where)}" for name, where in most.items())
    common = set.intersection(*map(set, most.values()))
    if common and max(map(len, most.values())) > 1:
        raise NotMeasured(f"{words}: as high in several corners, which leaves it open")
    return Finding(len(common) == 1, words, len(set(map(tuple, most.values()))))


def _highest(surface: Surface, label: int) -> list[str]:
    """The corners in which a class's mistakes are the highest, several where they differ by no more than an image."""
    corners, apart = _corners(_rises(surface)), _apart(surface, label)
    top = max(rises[label] for rises in corners.values())
    return [where for where, rises in corners.items() if rises[label] >= top - apart]


@claim("fig5-horse-deer", "in CAT-DOG, HORSE and DEER rise towards the corner where DOG does, HORSE more", "Fig. 5")
def _fig5_horse_deer(evidence: Evidence) -> Finding:
    surface = _fig5(evidence, "cat-dog")
    pair = labels(surface.classes, "horse", "deer")
    rises, rates = _corners(_rises(surface)), _corners(surfaces.class_mistake_rates(surface))
    apart = max(_apart(surface, label) for label in pair)

    def find(where: str) -> Finding:
        (horse, deer), mistaken = rises[where][pair], rates[where][pair]
        words = f"HORSE {horse:+.1f}, DEER {deer:+.1f} points"
        if min(mistaken) >= 100 - apart:
            raise NotMeasured(f"{words} at {where} (CAT, DOG), all of both: the plane reaches too far to tell")
        return Finding(horse > deer + apart and deer > 0, words, horse - deer)
    return each({f"at {where} (CAT, DOG)": where for where in _highest(surface, surface.pair[1])}, find)


def _likeness(evidence: Evidence) -> tuple[Surface, Array, float, float]:
    """The CAR-TRUCK plane, how alike its class losses are, the mean over `ALIKE`'s pairs and over pairs of the rest."""
    surface = _fig5(evidence, "automobile-truck")
    alike = surfaces.similarity(surface)
    among = np.zeros(alike.shape, bool)
    among[np.ix_(*[labels(surface.classes, *ALIKE)] * 2)] = True
    upper = np.triu(np.ones(alike.shape, bool), 1)
    return surface, alike, float(alike[among & upper].mean()), float(np.nanmean(alike[~among & upper]))


@claim("fig5-shapes", "in CAR-TRUCK, CAT, FROG, DOG, DEER have like shapes; CAR like PLANE; TRUCK like SHIP", "Fig. 5")
def _fig5_shapes(evidence: Evidence) -> Finding:
    surface, alike, among, others = _likeness(evidence)
    car, plane, truck, ship = labels(surface.classes, "automobile", "airplane", "truck", "ship")
    found = among, alike[car, plane], alike[truck, ship]
    return Finding(min(found) > others, f"the four {among:.2f}, CAR-PLANE {found[1]:.2f}, TRUCK-SHIP {found[2]:.2f}, "
                   f"other pairs {others:.2f}", min(found) - others)


@claim("fig5-horse-shape", "in CAR-TRUCK, HORSE's shape is like those of CAT, FROG, DOG, DEER, but less so", "Fig. 5")
def _fig5_horse_shape(evidence: Evidence) -> Finding:
    surface, alike, among, others = _likeness(evidence)
    (horse,), four = labels(surface.classes, "horse"), labels(surface.classes, *ALIKE)
    mean = float(alike[horse, four].mean())
    return Finding(others < mean < among, f"HORSE with the four {mean:.2f}, among the four {among:.2f}, "
                   f"other pairs {others:.2f}", mean)


@claim("shapes-predict", "classes of like loss shape interfere", "Section 4.1")
def _shapes_predict(evidence: Evidence) -> Finding:
    planes = [_fig5(evidence, pair) for pair in PLANES[:2]]
    alike = shapes.mean_similarity([surfaces.similarity(surface) for surface in planes])
    interference = confusion.symmetrised(cctm_on_test(evidence, planes[0].run))
    return correlation(evidence, chance.pair_correlation(alike, interference), +1)


@claim("cosine-predicts", "opposed class gradients mark interfering classes (not in the paper)",
       "-0.58 in a small net of 91.1 %, before the runs of this project")
def _cosine_predicts(evidence: Evidence) -> Finding:
    grams = of_net(evidence, "grams", "anneal_lr")
    interference = confusion.symmetrised(cctm_on_test(evidence, grams.run["name"]))
    return correlation(evidence, chance.pair_correlation(cosines(grams), interference), -1)
