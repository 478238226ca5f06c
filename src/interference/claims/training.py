"""Claims about interference in training: the dance of recalls and the dancing notes (Section 4.2, Fig. 6, 7)."""

import numpy as np

from interference import confusion
from interference.claims.findings import between, interval_text, window_text
from interference.claims.lookup import (
    check_paper_length,
    labels,
    last_epoch,
    note_shares,
    notes,
    recalls,
    training_counts,
)
from interference.claims.registry import Evidence, Finding, NotMeasured, claim
from interference.confusion import dance
from interference.vocabulary import Array

FEW = 5  # epochs: a shorter side of a turning point has no correlation
QUARTERS = 4
SHORT = 9  # epochs: of fewer, some quarter has less than two changes


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
    first, second = labels(table.classes, "cat", "dog")
    moments = dance.moments(confusion.cctm(counts), (first, second), size=counts[0].sum(-1))
    return Finding(
        high < 0,
        f"r = {r:.2f} ({interval_text(low, high)}), "
        f"{len(moments)} dance moments in {len(epochs)} epochs",
        r,
        low,
        high,
    )


@claim(
    "dog-takes-over",
    "from about epoch 118 DOG is CAT's top false prediction for good",
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
    return Finding(between(epoch, window), f"{measured} {window_text(window)}", epoch)


def _takeover(evidence: Evidence) -> tuple[Array, int]:
    """The epochs, and the position from which on every note of CAT is DOG.

    The position is the number of epochs if there is no such epoch.
    """
    epochs, played, (dog,) = notes(evidence, "cat", "dog")
    others = np.flatnonzero((played != dance.NONE) & (played != dog))
    start = int(others[-1]) + 1 if len(others) else 0
    if dog not in played[start:]:
        start = len(epochs)
    return epochs, start


@claim(
    "mirror-late",
    "after DOG takes over, CAT's and DOG's recalls mirror each other",
    "Fig. 6",
    exhibit="dance",
)
def _mirror_late(evidence: Evidence) -> Finding:
    epochs, start = _takeover(evidence)
    if min(start, len(epochs) - start) < FEW:
        raise NotMeasured(
            f"DOG takes over at {start} of {len(epochs)} epochs; {FEW} are needed on either side"
        )
    cat, dog = recalls(evidence, "cat", "dog")
    before = dance.anticorrelation(cat[:start], dog[:start])
    after = dance.anticorrelation(cat[start:], dog[start:])
    low, high = dance.anticorrelation_interval(cat[start:], dog[start:])
    return Finding(
        high < 0 and after < before,
        f"r = {before:.2f} before epoch {epochs[start]}, "
        f"{after:.2f} ({interval_text(low, high)}) after",
        after,
        low,
        high,
    )


@claim(
    "cat-outlasts",
    "CAT's interference to DOG lasts longer than the other way",
    "Fig. 7",
    exhibit="notes",
)
def _cat_outlasts(evidence: Evidence) -> Finding:
    cat = last_epoch(evidence, "dog", "cat")
    dog = last_epoch(evidence, "cat", "dog")
    epochs, _, _ = notes(evidence, "cat")
    if min(cat, dog) == epochs[-1]:
        raise NotMeasured(
            f"both last to the last epoch, {epochs[-1]}: the training ends too early to tell"
        )
    measured = f"CAT in DOG's notes until epoch {cat}, DOG in CAT's until {dog}"
    return Finding(cat > dog, measured, cat - dog)


@claim("car-truck-notes", "CAR's and TRUCK's notes last alike", "Fig. 7", exhibit="notes")
def _car_truck_notes(evidence: Evidence) -> Finding:
    check_paper_length(evidence)
    car = last_epoch(evidence, "automobile")
    truck = last_epoch(evidence, "truck")
    most = evidence.settings.alike
    return Finding(
        abs(car - truck) <= most,
        f"CAR's until epoch {car}, TRUCK's until {truck} (asked: at most {most} apart)",
        car - truck,
    )


@claim("plane-truck-notes", "PLANE interferes TRUCK more often than CAR", "Fig. 7", exhibit="notes")
def _plane_truck_notes(evidence: Evidence) -> Finding:
    (truck,) = note_shares(evidence, "truck", "airplane")
    (car,) = note_shares(evidence, "automobile", "airplane")
    measured = f"{truck:.1%} of TRUCK's epochs, {car:.1%} of CAR's"
    return Finding(truck > car, measured, truck - car)


@claim("frog-cat", "FROG is often CAT's top interferer, BIRD too", "Fig. 7", exhibit="notes")
def _frog_cat(evidence: Evidence) -> Finding:
    frog, bird = note_shares(evidence, "cat", "frog", "bird")
    often = evidence.settings.often
    return Finding(
        min(frog, bird) >= often,
        f"FROG {frog:.1%}, BIRD {bird:.1%} of CAT's epochs (asked: {often:.1%} each)",
        frog,
    )


@claim(
    "horse-cat",
    "HORSE hardly ever is CAT's top interferer",
    "2 or 3 of 200 epochs",
    exhibit="notes",
)
def _horse_cat(evidence: Evidence) -> Finding:
    check_paper_length(evidence)
    epochs, played, (horse,) = notes(evidence, "cat", "horse")
    times = int(np.count_nonzero(played == horse))
    rare = evidence.settings.rare
    measured = f"{times} of {len(epochs)} epochs (asked: at most {rare})"
    return Finding(times <= rare, measured, times)


@claim("dog-legs", "DOG's notes hold HORSE and DEER, little BIRD", "Fig. 7", exhibit="notes")
def _dog_legs(evidence: Evidence) -> Finding:
    horse, deer, bird = note_shares(evidence, "dog", "horse", "deer", "bird")
    hold = evidence.settings.hold
    smaller = min(horse, deer)
    return Finding(
        smaller >= hold and bird < smaller,
        f"HORSE {horse:.1%}, DEER {deer:.1%} (asked: {hold:.1%} each), "
        f"BIRD {bird:.1%} of DOG's epochs",
        smaller,
    )


@claim("metal-notes", "CAR's and TRUCK's notes both hold PLANE and SHIP", "Fig. 7", exhibit="notes")
def _metal_notes(evidence: Evidence) -> Finding:
    car_plane, car_ship = note_shares(evidence, "automobile", "airplane", "ship")
    truck_plane, truck_ship = note_shares(evidence, "truck", "airplane", "ship")
    hold = evidence.settings.hold
    least = min(car_plane, car_ship, truck_plane, truck_ship)
    return Finding(
        least >= hold,
        f"PLANE {car_plane:.1%}, SHIP {car_ship:.1%} of CAR's epochs, "
        f"{truck_plane:.1%}, {truck_ship:.1%} of TRUCK's (asked: {hold:.1%} each)",
        least,
    )


@claim("early-dance", "recalls oscillate most early in training", "Fig. 6", exhibit="dance")
def _early_dance(evidence: Evidence) -> Finding:
    cat, dog = recalls(evidence, "cat", "dog")
    if len(cat) < SHORT:
        raise NotMeasured(f"{len(cat)} epochs; a quarter needs two changes at least")
    variances = np.array([_quarter_variances(cat), _quarter_variances(dog)])  # (2, 4)
    share = confusion.ratio(variances[:, 0], variances.sum(1))
    early = variances[:, 0] > variances[:, 1:].max(1)
    return Finding(
        bool(early.all()),
        f"the first quarter's share of the variance is {share[0]:.2f}, {share[1]:.2f}",
        min(share),
    )


def _quarter_variances(recall: Array) -> list[float]:
    """The variance of a recall's changes in each quarter of the training."""
    return [float(part.var()) for part in np.array_split(np.diff(recall), QUARTERS)]
