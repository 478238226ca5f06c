"""Claims about training: the dance of recalls and the dancing notes (Section 4.2, Fig. 6, 7)."""

import numpy as np

from interference import confusion
from interference.claims.findings import interval_text, is_within, window_text
from interference.claims.lookup import (
    check_paper_length,
    class_notes,
    labels,
    last_epoch,
    note_fractions,
    recalls,
    training_counts,
)
from interference.claims.registry import Evidence, Finding, NotMeasured, claim
from interference.confusion import dance
from interference.io.tables import Table
from interference.vocabulary import Array

FEW = 5  # epochs: a shorter part of a training has no correlation
QUARTERS = 4
SHORT = 9  # epochs: in a shorter training, a quarter may have fewer than two changes


@claim(
    "dance", "CAT's and DOG's training recalls move against each other", "Fig. 6", exhibit="dance"
)
def _cat_dog_dance(evidence: Evidence) -> Finding:
    table, epochs, counts = training_counts(evidence)
    cat, dog = recalls(evidence, "cat", "dog")
    r = dance.anticorrelation(cat, dog)
    low, high = dance.anticorrelation_interval(cat, dog)
    if not np.isfinite(r):
        raise NotMeasured(f"the recalls' changes have no correlation over {len(epochs)} epochs")
    moments = _cat_dog_moments(table, counts)
    return Finding(
        held=high < 0,
        measured=(
            f"r = {r:.2f} ({interval_text(low, high)}), "
            f"{len(moments)} dance moments in {len(epochs)} epochs"
        ),
        figure=r,
        low=low,
        high=high,
    )


def _cat_dog_moments(table: Table, counts: Array) -> list[dance.Moment]:
    """The dance moments of CAT and DOG in the counts (epochs, C, C) of a training."""
    cat, dog = labels(table.classes, "cat", "dog")
    cctm = confusion.cctm(counts)
    class_sizes = counts[0].sum(-1)  # (C,)
    return dance.moments(cctm, (cat, dog), size=class_sizes)


@claim(
    "dog-takes-over",
    "from about epoch 118 on, DOG is always CAT's top false prediction",
    "118",
    exhibit="notes",
)
def _dog_takes_over(evidence: Evidence) -> Finding:
    check_paper_length(evidence)
    window = evidence.settings.takeover
    epochs, start = _takeover(evidence)
    if start < len(epochs):
        epoch = int(epochs[start])
        measured = f"epoch {epoch}"
    else:
        epoch = len(epochs) + 1
        measured = "never"
    return Finding(
        held=is_within(epoch, window),
        measured=f"{measured} {window_text(window)}",
        figure=epoch,
    )


def _takeover(evidence: Evidence) -> tuple[Array, int]:
    """The epochs, and the position from which on every note of CAT is DOG.

    The position is the number of epochs if no epoch is like that.
    """
    notes = class_notes(evidence, "cat")
    is_dog = notes.are("dog")
    is_other = notes.exist & ~is_dog
    positions = np.flatnonzero(is_other)
    start = int(positions[-1]) + 1 if len(positions) else 0
    if not is_dog[start:].any():
        start = len(notes.epochs)
    return notes.epochs, start


@claim(
    "mirror-late",
    "after DOG takes over, CAT's and DOG's recalls mirror each other",
    "Fig. 6",
    exhibit="dance",
)
def _mirror_late(evidence: Evidence) -> Finding:
    epochs, start = _takeover(evidence)
    shorter_part = min(start, len(epochs) - start)
    if shorter_part < FEW:
        raise NotMeasured(
            f"DOG takes over at {start} of {len(epochs)} epochs; {FEW} are needed on either side"
        )
    cat, dog = recalls(evidence, "cat", "dog")
    before = dance.anticorrelation(cat[:start], dog[:start])
    after = dance.anticorrelation(cat[start:], dog[start:])
    low, high = dance.anticorrelation_interval(cat[start:], dog[start:])
    return Finding(
        held=high < 0 and after < before,
        measured=(
            f"r = {before:.2f} before epoch {epochs[start]}, "
            f"{after:.2f} ({interval_text(low, high)}) after"
        ),
        figure=after,
        low=low,
        high=high,
    )


@claim(
    "cat-outlasts",
    "CAT interferes with DOG for longer than DOG with CAT",
    "Fig. 7",
    exhibit="notes",
)
def _cat_outlasts(evidence: Evidence) -> Finding:
    cat = last_epoch(evidence, "dog", "cat")
    dog = last_epoch(evidence, "cat", "dog")
    _, epochs, _ = training_counts(evidence)
    if min(cat, dog) == epochs[-1]:
        raise NotMeasured(
            f"both last to the last epoch, {epochs[-1]}: the training ends too early to tell"
        )
    return Finding(
        held=cat > dog,
        measured=f"CAT in DOG's notes until epoch {cat}, DOG in CAT's until {dog}",
        figure=cat - dog,
    )


@claim("car-truck-notes", "CAR's and TRUCK's notes last equally long", "Fig. 7", exhibit="notes")
def _car_truck_notes(evidence: Evidence) -> Finding:
    check_paper_length(evidence)
    car = last_epoch(evidence, "automobile")
    truck = last_epoch(evidence, "truck")
    most = evidence.settings.alike
    return Finding(
        held=abs(car - truck) <= most,
        measured=f"CAR's until epoch {car}, TRUCK's until {truck} (expected: at most {most} apart)",
        figure=car - truck,
    )


@claim(
    "plane-truck-notes",
    "PLANE interferes with TRUCK more often than with CAR",
    "Fig. 7",
    exhibit="notes",
)
def _plane_truck_notes(evidence: Evidence) -> Finding:
    (truck,) = note_fractions(evidence, "truck", "airplane")
    (car,) = note_fractions(evidence, "automobile", "airplane")
    return Finding(
        held=truck > car,
        measured=f"PLANE in {truck:.1%} of TRUCK's epochs, in {car:.1%} of CAR's",
        figure=truck - car,
    )


@claim("frog-cat", "FROG is often CAT's top interferer, and so is BIRD", "Fig. 7", exhibit="notes")
def _frog_cat(evidence: Evidence) -> Finding:
    frog, bird = note_fractions(evidence, "cat", "frog", "bird")
    often = evidence.settings.often
    return Finding(
        held=min(frog, bird) >= often,
        measured=(
            f"FROG {frog:.1%}, BIRD {bird:.1%} of CAT's epochs "
            f"(expected: at least {often:.1%} each)"
        ),
        figure=frog,
    )


@claim(
    "horse-cat",
    "HORSE is hardly ever CAT's top interferer",
    "2 or 3 of 200 epochs",
    exhibit="notes",
)
def _horse_cat(evidence: Evidence) -> Finding:
    check_paper_length(evidence)
    is_horse = class_notes(evidence, "cat").are("horse")
    times = int(is_horse.sum())
    rare = evidence.settings.rare
    return Finding(
        held=times <= rare,
        measured=f"{times} of {len(is_horse)} epochs (expected: at most {rare})",
        figure=times,
    )


@claim("dog-legs", "DOG's notes include HORSE and DEER, but rarely BIRD", "Fig. 7", exhibit="notes")
def _dog_legs(evidence: Evidence) -> Finding:
    horse, deer, bird = note_fractions(evidence, "dog", "horse", "deer", "bird")
    hold = evidence.settings.hold
    smaller = min(horse, deer)
    return Finding(
        held=smaller >= hold and bird < smaller,
        measured=(
            f"HORSE {horse:.1%}, DEER {deer:.1%} (expected: at least {hold:.1%} each), "
            f"BIRD {bird:.1%} of DOG's epochs"
        ),
        figure=smaller,
    )


@claim(
    "metal-notes",
    "CAR's and TRUCK's notes both include PLANE and SHIP",
    "Fig. 7",
    exhibit="notes",
)
def _metal_notes(evidence: Evidence) -> Finding:
    car_plane, car_ship = note_fractions(evidence, "automobile", "airplane", "ship")
    truck_plane, truck_ship = note_fractions(evidence, "truck", "airplane", "ship")
    hold = evidence.settings.hold
    least = min(car_plane, car_ship, truck_plane, truck_ship)
    return Finding(
        held=least >= hold,
        measured=(
            f"PLANE {car_plane:.1%}, SHIP {car_ship:.1%} of CAR's epochs, "
            f"{truck_plane:.1%}, {truck_ship:.1%} of TRUCK's (expected: at least {hold:.1%} each)"
        ),
        figure=least,
    )


@claim("early-dance", "recalls oscillate most early in training", "Fig. 6", exhibit="dance")
def _early_dance(evidence: Evidence) -> Finding:
    cat, dog = recalls(evidence, "cat", "dog")
    if len(cat) < SHORT:
        raise NotMeasured(f"{len(cat)} epochs; a quarter needs two changes at least")
    variances = np.array([_quarter_variances(cat), _quarter_variances(dog)])  # (2, 4)
    first_quarter = variances[:, 0]
    fraction = confusion.ratio(first_quarter, variances.sum(1))
    is_largest = first_quarter > variances[:, 1:].max(1)
    return Finding(
        held=bool(is_largest.all()),
        measured=(
            f"the first quarter holds {fraction[0]:.2f} of the variance of CAT's changes, "
            f"{fraction[1]:.2f} of DOG's"
        ),
        figure=min(fraction),
    )


def _quarter_variances(recall: Array) -> list[float]:
    """The variance of a recall's changes in each quarter of the training."""
    changes = np.diff(recall)
    quarters = np.array_split(changes, QUARTERS)
    return [float(quarter.var()) for quarter in quarters]
