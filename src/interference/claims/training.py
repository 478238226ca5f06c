"""Claims about training: the dance of recalls and the dancing notes (Section 4.2, Fig. 6, 7)."""

import numpy as np

from interference import confusion
from interference.claims import contrasts
from interference.claims.findings import is_within, window_text
from interference.claims.lookup import (
    Notes,
    check_paper_length,
    class_notes,
    labels,
    last_epochs,
    recalls,
    training_counts,
)
from interference.claims.registry import Evidence, claim
from interference.claims.rules import (
    Bounds,
    Finding,
    NotMeasured,
    Undecided,
    all_of,
    is_beyond,
    is_less,
)
from interference.confusion import by_epoch, dance, statistics
from interference.io.tables import Table
from interference.vocabulary import Array

FEW = 5  # epochs: a shorter part of a training has no correlation


@claim(
    "dance",
    "CAT's and DOG's training recalls move against each other, beside the trend of all classes",
    "Fig. 6",
    exhibit="dance",
)
def _cat_dog_dance(evidence: Evidence) -> Finding:
    table, epochs, counts = training_counts(evidence, "cat", "dog")
    cat, dog = _recalls_beside_trend(evidence)
    r = dance.anticorrelation(cat, dog)
    low, high = dance.anticorrelation_interval(cat, dog)
    if not np.isfinite(r):
        raise NotMeasured(f"the recalls' changes have no correlation over {len(epochs)} epochs")
    moments = _cat_dog_moments(table, counts)
    rank, pairs = _rank_of_dance(counts, r)
    chance = _chance_correlation(counts)
    return Finding(
        held=is_beyond(low, high, -1, chance),
        measured=(
            f"r = {r:.2f} ({low:.2f} to {high:.2f}; by chance {chance:.2f}), "
            f"rank {rank} of {pairs} pairs, {len(moments)} dance moments in {len(epochs)} epochs"
        ),
        figure=r,
        low=low,
        high=high,
        sign=-1,
        limit=chance,
    )


def _rank_of_dance(counts: Array, r: float) -> tuple[int, int]:
    """The place of a correlation among those of all pairs, the most negative first, and the pairs.

    Each pair's recalls are taken less the mean recall of all classes.
    """
    recalls_of_all = by_epoch.recalls(confusion.cctm(counts))  # (epochs, C)
    beside = recalls_of_all - np.nanmean(recalls_of_all, axis=1, keepdims=True)
    matrix = statistics.correlations(np.diff(beside, axis=0).T)
    correlations = matrix[np.triu_indices(len(matrix), 1)]
    known = correlations[np.isfinite(correlations)]
    return int((known < r - statistics.ROUNDING).sum()) + 1, len(known)


def _recalls_beside_trend(evidence: Evidence) -> tuple[Array, Array]:
    """The recalls (epochs,) of CAT and DOG less the mean recall of all classes.

    All recalls rise together during training, which hides an exchange between two of them.
    """
    table, _, _ = training_counts(evidence, "cat", "dog")
    cat, dog = recalls(evidence, "cat", "dog")
    trend = np.mean(recalls(evidence, *table.classes.keys), axis=0)
    return cat - trend, dog - trend


def _chance_correlation(counts: Array) -> float:
    """The correlation of two of C independent series less the mean of all: -1 / (C - 1)."""
    classes: int = counts.shape[-1]
    return -1 / (classes - 1)


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

    A note of another class counts if it is told from the next class, so that a chance image moves
    nothing. The position is the number of epochs if no epoch is like that.
    """
    notes = class_notes(evidence, "cat")
    is_dog = notes.are("dog")
    is_other = notes.exist & ~is_dog & notes.is_told
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
        raise Undecided(
            f"DOG takes over at {start} of {len(epochs)} epochs; {FEW} are needed on either side"
        )
    cat, dog = _recalls_beside_trend(evidence)
    before = _anticorrelation(cat[:start], dog[:start])
    after = _anticorrelation(cat[start:], dog[start:])
    _, _, counts = training_counts(evidence)
    chance = _chance_correlation(counts)
    mirrors = is_beyond(after.low, after.high, -1, chance)
    return Finding(
        held=all_of([mirrors, is_less(after, before)]),
        measured=(
            f"r = {before.figure:.2f} ({before.low:.2f} to {before.high:.2f}) before epoch "
            f"{epochs[start]}, {after.figure:.2f} ({after.low:.2f} to {after.high:.2f}) after; "
            f"by chance {chance:.2f}"
        ),
        figure=after.figure,
        low=after.low,
        high=after.high,
    )


def _anticorrelation(cat: Array, dog: Array) -> Bounds:
    """The correlation of the changes of two recalls (epochs,), with its 95 % interval."""
    low, high = dance.anticorrelation_interval(cat, dog)
    return Bounds(dance.anticorrelation(cat, dog), low, high)


@claim(
    "cat-outlasts",
    "CAT interferes with DOG for longer than DOG with CAT",
    "Fig. 7",
    exhibit="notes",
)
def _cat_outlasts(evidence: Evidence) -> Finding:
    cat, clear_cat = last_epochs(evidence, "dog", "cat")
    dog, clear_dog = last_epochs(evidence, "cat", "dog")
    _, epochs, _ = training_counts(evidence)
    if min(cat, dog) == epochs[-1]:
        raise Undecided(
            f"both last to the last epoch, {epochs[-1]}: the training ends too early to tell"
        )
    is_longer = _agreed(cat > dog, clear_cat > clear_dog)
    return Finding(
        held=is_longer if clear_cat and clear_dog else None,
        measured=(
            f"CAT in DOG's notes until epoch {cat}, DOG in CAT's until {dog}; beyond the chance of "
            f"the images until {clear_cat} and {clear_dog}"
        ),
        figure=cat - dog,
    )


def _agreed(by_all: bool, by_clear: bool) -> bool | None:
    """The answer by all notes, if those that are clearly above the threshold give the same."""
    return by_all if by_all == by_clear else None


@claim("car-truck-notes", "CAR's and TRUCK's notes last equally long", "Fig. 7", exhibit="notes")
def _car_truck_notes(evidence: Evidence) -> Finding:
    check_paper_length(evidence)
    car, clear_car = last_epochs(evidence, "automobile")
    truck, clear_truck = last_epochs(evidence, "truck")
    most = evidence.settings.alike
    _, epochs, _ = training_counts(evidence)
    if max(car, truck) == epochs[-1] and abs(car - truck) <= most:
        raise Undecided(
            f"CAR's until epoch {car}, TRUCK's until {truck}: notes last to the last epoch, "
            f"{epochs[-1]}, so the training ends too early to tell"
        )
    is_alike = _agreed(abs(car - truck) <= most, abs(clear_car - clear_truck) <= most)
    return Finding(
        held=is_alike if clear_car and clear_truck else None,
        measured=(
            f"CAR's until epoch {car}, TRUCK's until {truck} (expected: at most {most} apart); "
            f"beyond the chance of the images until {clear_car} and {clear_truck}"
        ),
        figure=car - truck,
    )


@claim(
    "car-truck-strength",
    "CAR interferes with TRUCK about as strongly as TRUCK with CAR while the net trains",
    "Section 4.2: a close strength to the other way around",
    exhibit="notes",
)
def _car_truck_strength(evidence: Evidence) -> Finding:
    table, _, counts = training_counts(evidence, "automobile", "truck")
    car, truck = labels(table.classes, "automobile", "truck")
    cctm = confusion.cctm(counts)  # (epochs, C, C)
    to_truck = cctm[:, car, truck]
    to_car = cctm[:, truck, car]
    both = to_truck + to_car
    if not both.any():
        raise NotMeasured("no image of CAR or TRUCK is predicted as the other")
    index = float((to_truck - to_car).sum() / both.sum())
    deviations = (to_truck - to_car - index * both) / both.mean()  # their mean is 0
    error = contrasts.series_mean(deviations)
    low, high = index + error.low, index + error.high
    most = evidence.settings.symmetric
    is_close = [is_beyond(low, high, -1, most), is_beyond(low, high, +1, -most)]
    return Finding(
        held=all_of(is_close),
        measured=(
            f"CAR as TRUCK {to_truck.mean():.2%}, TRUCK as CAR {to_car.mean():.2%} on average; "
            f"difference by sum {index:+.2f} ({low:+.2f} to {high:+.2f}; expected: at most "
            f"{most:g} either way)"
        ),
        figure=index,
        low=low,
        high=high,
    )


@claim(
    "plane-truck-notes",
    "PLANE interferes with TRUCK more often than with CAR",
    "Fig. 7",
    exhibit="notes",
)
def _plane_truck_notes(evidence: Evidence) -> Finding:
    truck_notes = class_notes(evidence, "truck", "airplane")
    car_notes = class_notes(evidence, "automobile", "airplane")
    truck = truck_notes.are_told("airplane")
    car = car_notes.are_told("airplane")
    estimate = contrasts.series_mean(truck.astype(float) - car)
    return Finding(
        held=is_beyond(estimate.low, estimate.high, +1),
        measured=(
            f"PLANE in {truck.mean():.1%} of TRUCK's epochs, in {car.mean():.1%} of CAR's; "
            f"difference {estimate.low:+.1%} to {estimate.high:+.1%}; TRUCK: "
            f"{truck_notes.told_text}, CAR: {car_notes.told_text}"
        ),
        figure=estimate.value,
        low=estimate.low,
        high=estimate.high,
        p=estimate.p,
        sign=+1,
    )


@claim("frog-cat", "FROG is often CAT's top interferer, and so is BIRD", "Fig. 7", exhibit="notes")
def _frog_cat(evidence: Evidence) -> Finding:
    notes = class_notes(evidence, "cat", "frog", "bird")
    often = evidence.settings.often
    frog = contrasts.series_mean(notes.are_told("frog"))
    bird = contrasts.series_mean(notes.are_told("bird"))
    return Finding(
        held=all_of(_is_often(notes, key, often) for key in ("frog", "bird")),
        measured=(
            f"FROG {_share_text(frog)}, BIRD {_share_text(bird)} of CAT's epochs "
            f"(expected: at least {often:.1%} each); {notes.told_text}"
        ),
        figure=frog.value,
    )


def _is_often(notes: Notes, key: str, often: float) -> bool | None:
    """Whether a class is the note in more than a fraction of the epochs.

    The notes that are told from the next class have to suffice for yes; for no, all its notes must
    be too few.
    """
    told = contrasts.series_mean(notes.are_told(key))
    if is_beyond(told.low, told.high, +1, often):
        return True
    every = contrasts.series_mean(notes.are(key))
    is_rare = is_beyond(every.low, every.high, -1, often)
    return False if is_rare else None


def _is_included(notes: Notes, key: str, least: float) -> bool | None:
    """Whether a class is the note in at least a fraction of the epochs, as in `_is_often`."""
    if notes.are_told(key).mean() >= least:
        return True
    return False if notes.are(key).mean() < least else None


def _share_text(share: contrasts.Estimate) -> str:
    """A fraction of the epochs with its interval."""
    return f"{share.value:.1%} ({max(share.low, 0):.1%} to {min(share.high, 1):.1%})"


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
    notes = class_notes(evidence, "dog", "horse", "deer", "bird")
    horse, deer, bird = (notes.are_told(key) for key in ("horse", "deer", "bird"))
    hold = evidence.settings.hold
    smaller = min(horse.mean(), deer.mean())
    are_included = [_is_included(notes, key, hold) for key in ("horse", "deer")]
    less = [contrasts.series_mean(other.astype(float) - bird) for other in (horse, deer)]
    is_rarer = [is_beyond(estimate.low, estimate.high, +1) for estimate in less]
    return Finding(
        held=all_of([*are_included, *is_rarer]),
        measured=(
            f"HORSE {horse.mean():.1%}, DEER {deer.mean():.1%} (expected: at least {hold:.1%} "
            f"each), BIRD {bird.mean():.1%} of DOG's epochs; {notes.told_text}"
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
    hold = evidence.settings.hold
    are_included: list[bool | None] = []
    fractions: list[float] = []
    texts: list[str] = []
    for key in ("automobile", "truck"):
        notes = class_notes(evidence, key, "airplane", "ship")
        are_included += [_is_included(notes, other, hold) for other in ("airplane", "ship")]
        plane, ship = (float(notes.are_told(other).mean()) for other in ("airplane", "ship"))
        fractions += [plane, ship]
        texts.append(f"PLANE {plane:.1%}, SHIP {ship:.1%} ({notes.told_text})")
    of_car, of_truck = texts
    return Finding(
        held=all_of(are_included),
        measured=(
            f"{of_car} of CAR's epochs, {of_truck} of TRUCK's (expected: at least {hold:.1%} each)"
        ),
        figure=min(fractions),
    )


@claim(
    "early-dance",
    "recalls oscillate most in the first quarter of the training, around their rise",
    "Fig. 6",
    exhibit="dance",
)
def _early_dance(evidence: Evidence) -> Finding:
    table, _, counts = training_counts(evidence, "cat", "dog")
    is_largest: list[bool | None] = []
    fractions: dict[str, float] = {}
    for key, recall in zip(("cat", "dog"), recalls(evidence, "cat", "dog"), strict=True):
        (label,) = labels(table.classes, key)
        images = int(counts[0, label].sum())
        swings, drawn = contrasts.quarter_swings(recall, images)
        fractions[table.classes.labels[label]] = float(confusion.ratio(swings[0], swings.sum()))
        for quarter in range(1, len(swings)):
            low, high = np.quantile(drawn[:, 0] - drawn[:, quarter], [0.025, 0.975])
            is_largest.append(is_beyond(low, high, +1))
    listed = ", ".join(f"{share:.2f} of {name}'s" for name, share in fractions.items())
    return Finding(
        held=all_of(is_largest),
        measured=f"the first quarter has {listed} squared deviations from a rising curve",
        figure=min(fractions.values()),
    )
