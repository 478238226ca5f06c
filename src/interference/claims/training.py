"""Interference in training: the dance of recalls and the dancing notes (Section 4.2, Fig. 6 and 7)."""

import numpy as np

from interference import confusion, dance
from interference.claims.at_hand import labels, last_epoch, note_shares, notes, of_paper_length, recalls, training
from interference.claims.findings import asked, between, spanned
from interference.claims.judging import Evidence, Finding, NotMeasured, claim

FEW = 5  # epochs; below it neither side of a turning point has a correlation


@claim("dance", "CAT's and DOG's training recalls move against each other", "Fig. 6")
def _cat_dog_dance(evidence: Evidence) -> Finding:
    table, epochs, counts = training(evidence)
    cat, dog = recalls(evidence, "cat", "dog")
    r, (low, high) = dance.anticorrelation(cat, dog), dance.anticorrelation_interval(cat, dog)
    if not np.isfinite(r):
        raise NotMeasured(f"the recalls' changes have no correlation over {len(epochs)} epochs")
    first, second = labels(table.classes, "cat", "dog")
    moments = len(dance.moments(confusion.cctm(counts), (first, second), size=counts[0].sum(-1)))
    return Finding(high < 0, f"r = {r:.2f} ({spanned(low, high)}), {moments} dance moments in {len(epochs)} epochs",
                   r, low, high)


@claim("dog-takes-over", "from about epoch 118 DOG is CAT's top false prediction for good", "118")
def _dog_takes_over(evidence: Evidence) -> Finding:
    of_paper_length(evidence)
    epochs, start = _takeover(evidence)
    epoch, window = int(epochs[start]) if start < len(epochs) else len(epochs) + 1, evidence.settings.takeover
    words = f"epoch {epoch}" if start < len(epochs) else "never"
    return Finding(between(epoch, window), f"{words} {asked(window)}", epoch)


def _takeover(evidence: Evidence) -> tuple[np.ndarray, int]:
    """The epochs, and the position from which on every note of CAT's is DOG; their number where there is none."""
    epochs, played, (dog,) = notes(evidence, "cat", "dog")
    others = np.flatnonzero((played != dance.NONE) & (played != dog))
    start = int(others[-1]) + 1 if len(others) else 0
    return epochs, start if dog in played[start:] else len(epochs)


@claim("mirror-late", "after DOG takes over, CAT's and DOG's recalls mirror each other", "Fig. 6")
def _mirror_late(evidence: Evidence) -> Finding:
    epochs, start = _takeover(evidence)
    if min(start, len(epochs) - start) < FEW:
        raise NotMeasured(f"DOG takes over at {start} of {len(epochs)} epochs; {FEW} are needed on either side")
    cat, dog = recalls(evidence, "cat", "dog")
    before, after = (dance.anticorrelation(cat[part], dog[part]) for part in (slice(start), slice(start, None)))
    low, high = dance.anticorrelation_interval(cat[start:], dog[start:])
    return Finding(high < 0 and after < before, f"r = {before:.2f} before epoch {epochs[start]}, {after:.2f} "
                   f"({spanned(low, high)}) after", after, low, high)


@claim("cat-outlasts", "CAT's interference to DOG lasts longer than the other way", "Fig. 7")
def _cat_outlasts(evidence: Evidence) -> Finding:
    cat, dog = last_epoch(evidence, "dog", "cat"), last_epoch(evidence, "cat", "dog")
    epochs, *_ = notes(evidence, "cat")
    if min(cat, dog) == epochs[-1]:
        raise NotMeasured(f"both last to the last epoch, {epochs[-1]}: the training ends too early to tell")
    return Finding(cat > dog, f"CAT in DOG's notes until epoch {cat}, DOG in CAT's until {dog}", cat - dog)


@claim("car-truck-notes", "CAR's and TRUCK's notes last alike", "Fig. 7")
def _car_truck_notes(evidence: Evidence) -> Finding:
    of_paper_length(evidence)
    car, truck = last_epoch(evidence, "automobile"), last_epoch(evidence, "truck")
    apart = evidence.settings.alike
    return Finding(abs(car - truck) <= apart,
                   f"CAR's until epoch {car}, TRUCK's until {truck} (asked: at most {apart} apart)", car - truck)


@claim("plane-truck-notes", "PLANE interferes TRUCK more often than CAR", "Fig. 7")
def _plane_truck_notes(evidence: Evidence) -> Finding:
    (truck,), (car,) = (note_shares(evidence, of, "airplane") for of in ("truck", "automobile"))
    return Finding(truck > car, f"{truck:.1%} of TRUCK's epochs, {car:.1%} of CAR's", truck - car)


@claim("frog-cat", "FROG is often CAT's top interferer, BIRD too", "Fig. 7")
def _frog_cat(evidence: Evidence) -> Finding:
    (frog, bird), often = note_shares(evidence, "cat", "frog", "bird"), evidence.settings.often
    return Finding(min(frog, bird) >= often,
                   f"FROG {frog:.1%}, BIRD {bird:.1%} of CAT's epochs (asked: {often:.1%} each)", frog)


@claim("horse-cat", "HORSE hardly ever is CAT's top interferer", "2 or 3 of 200 epochs")
def _horse_cat(evidence: Evidence) -> Finding:
    of_paper_length(evidence)
    epochs, played, (horse,) = notes(evidence, "cat", "horse")
    times = int(np.count_nonzero(played == horse))
    rare = evidence.settings.rare
    return Finding(times <= rare, f"{times} of {len(epochs)} epochs (asked: at most {rare})", times)


@claim("dog-legs", "DOG's notes hold HORSE and DEER, little BIRD", "Fig. 7")
def _dog_legs(evidence: Evidence) -> Finding:
    (horse, deer, bird), hold = note_shares(evidence, "dog", "horse", "deer", "bird"), evidence.settings.hold
    return Finding(min(horse, deer) >= hold and bird < min(horse, deer),
                   f"HORSE {horse:.1%}, DEER {deer:.1%} (asked: {hold:.1%} each), BIRD {bird:.1%} of DOG's epochs",
                   min(horse, deer))


@claim("metal-notes", "CAR's and TRUCK's notes both hold PLANE and SHIP", "Fig. 7")
def _metal_notes(evidence: Evidence) -> Finding:
    car, truck = (note_shares(evidence, of, "airplane", "ship") for of in ("automobile", "truck"))
    hold = evidence.settings.hold
    return Finding(min(car + truck) >= hold,
                   f"PLANE {car[0]:.1%}, SHIP {car[1]:.1%} of CAR's epochs, {truck[0]:.1%}, {truck[1]:.1%} of TRUCK's "
                   f"(asked: {hold:.1%} each)", min(car + truck))


@claim("early-dance", "recalls oscillate most early in training", "Fig. 6")
def _early_dance(evidence: Evidence) -> Finding:
    found = recalls(evidence, "cat", "dog")
    if len(found[0]) < 9:
        raise NotMeasured(f"{len(found[0])} epochs; a quarter needs two changes at least")
    quarters = np.array([[part.var() for part in np.array_split(np.diff(recall), 4)] for recall in found])  # (2, 4)
    share, early = confusion.ratio(quarters[:, 0], quarters.sum(1)), quarters[:, 0] > quarters[:, 1:].max(1)
    return Finding(bool(early.all()), f"the first quarter's share of the variance is {share[0]:.2f}, {share[1]:.2f}",
                   min(share))
