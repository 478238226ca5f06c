"""The paper's statements as checks on our own tables: one function a claim, torch nowhere.

A claim answers *holds*, *fails* or *not measured* (what it needs is absent, and it says what). It looks at the runs
under the set-up that the paper speaks of and at no other: a set-up of another rate or schedule is not the paper's.
Class losses are the classes' mistake rates (Figure 5); surfaces are those at the raw scale, the paper's.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import TypeVar

import numpy as np
import pandas as pd

from interference import confusion, dance, flatness, surfaces
from interference.confusion import Array
from interference.gram import cosines
from interference.params import PAPER_SETUPS, Claims
from interference.surfaces import Surface
from interference.tables import Table

T = TypeVar("T")

PLANES = ("cat-dog", "automobile-truck", "horse-ship")  # Section 3
NORMAL = 1.959964  # the normal distribution's 97.5 % point: half the width of a 95 % interval


class NotMeasured(Exception):
    """What a claim needs is absent; the message says what."""


@dataclass(frozen=True)
class Evidence:
    """All that claims are judged by: tables by their file's stem, thresholds, and the names of the runs that count.

    Tables of other runs, left over from other parameters, are passed over.
    """

    counts: Mapping[str, Table]
    cctm: Mapping[str, Table]
    grams: Mapping[str, Table]
    surfaces: Mapping[str, Table]
    settings: Claims
    runs: frozenset[str]


@dataclass(frozen=True)
class Verdict:
    """What became of a claim: `verdict` is holds, fails or not measured; `measured` says what was found, or is absent.

    `figure` is the number behind it, `paper` what the paper says.
    """

    id: str
    sentence: str
    verdict: str
    measured: str
    paper: str
    figure: float | None


COLUMNS = tuple(Verdict.__dataclass_fields__)
Finding = tuple[bool, str, float]  # whether it holds, what was measured in words, and the figure
Check = Callable[[Evidence], Verdict]

CLAIMS: dict[str, Check] = {}  # in the paper's order


def _claim(name: str, sentence: str, paper: str = "") -> Callable[[Callable[[Evidence], Finding]], Check]:
    """Enter a function that finds into `CLAIMS` as a check that answers with a verdict."""
    def enter(find: Callable[[Evidence], Finding]) -> Check:
        def check(evidence: Evidence) -> Verdict:
            try:
                held, measured, figure = find(evidence)
            except NotMeasured as reason:
                return Verdict(name, sentence, "not measured", str(reason), paper, None)
            if not np.isfinite(figure):
                return Verdict(name, sentence, "not measured", f"{measured} (nothing varies)", paper, None)
            return Verdict(name, sentence, "holds" if held else "fails", measured, paper, float(figure))
        CLAIMS[name] = check
        return check
    return enter


def check_all(evidence: Evidence) -> list[Verdict]:
    """The verdict on every claim, in the paper's order; raises `BadInput` where a table lacks some of its cells."""
    return [check(evidence) for check in CLAIMS.values()]


def as_metrics(verdicts: Iterable[Verdict]) -> dict[str, dict[str, str | float]]:
    """The verdicts as DVC compares them, by id: scalars only, the figure left out where there is none."""
    return {one.id: {"verdict": one.verdict} | ({} if one.figure is None else {"figure": round(one.figure, 6)})
            for one in verdicts}


def as_frame(verdicts: Iterable[Verdict]) -> pd.DataFrame:
    """The verdicts as a table, a row a claim."""
    return pd.DataFrame([asdict(one) for one in verdicts], columns=list(COLUMNS))


# What is at hand


def _tables(evidence: Evidence, kind: str, setup: str) -> list[Table]:
    """The tables of runs under one of the paper's set-ups: those of `settings.net` first, then by net and seed."""
    wanted = evidence.settings.setups.get(setup)
    if wanted is None:
        raise NotMeasured(f"claims.setups names no {setup}")
    found = [table for table in getattr(evidence, kind).values() if table.run.get("name") in evidence.runs
             and (table.run["optim"], table.run["setup"]["lr"], table.run["setup"]["schedule"])
             == (wanted.optim, wanted.lr, wanted.schedule)]
    if not found:
        raise NotMeasured(f"{kind}: no run under {wanted.optim} with lr {wanted.lr}, {wanted.schedule}")
    return sorted(found, key=lambda table: (table.run["net"] != evidence.settings.net, table.run["net"],
                                            table.run["seed"], table.run["name"]))


def _nets(evidence: Evidence, kind: str, setup: str) -> Table:
    """The table of `settings.net` under a set-up, of the lowest seed."""
    first = _tables(evidence, kind, setup)[0]
    if first.run["net"] != evidence.settings.net:
        raise NotMeasured(f"{kind}: no run of {evidence.settings.net} under {setup}")
    return first


def _labels(table: Table, *names: str) -> list[int]:
    """The label numbers of classes by name."""
    lacking = [name for name in names if not table.classes.has(name)]
    if lacking:
        raise NotMeasured(f"{table.run['name']}: the data have no class {', '.join(lacking)}")
    return [table.classes.index(name) for name in names]


def _test_cctm(evidence: Evidence, run: str) -> Array:
    """The test CCTM (C, C) of the run of that name."""
    for table in evidence.cctm.values():
        if table.run.get("name") == run:
            return confusion.cctm(confusion.test_counts(table))
    raise NotMeasured(f"cctm: none of {run}")


def _plane(evidence: Evidence, run: str, pair: str) -> Surface:
    """A run's raw surface over a pair, the pair's first class along axis 0 whichever way it was swept."""
    raw = [table for table in evidence.surfaces.values()
           if table.run.get("name") == run and table.meta.get("scale") == "raw"]
    for table in raw:
        wanted = tuple(_labels(table, *pair.split("-")))
        for surface in map(surfaces.from_table, surfaces.planes(table)):
            if wanted in (surface.pair, surface.pair[::-1]):
                return surface if surface.pair == wanted else surfaces.swapped(surface)
    raise NotMeasured(f"surfaces: no raw {pair} of {run}")


def _training(evidence: Evidence) -> tuple[Table, Array, Array]:
    """The counts table of `settings.net` under anneal_lr, its epochs (epochs,), and the CCTM at each (epochs, C, C)."""
    table, split = _nets(evidence, "counts", "anneal_lr"), evidence.settings.split
    if split not in set(table.frame["split"]):
        raise NotMeasured(f"{table.run['name']}: counts of {split} were not recorded")
    epochs, counts = dance.training_counts(table, split)
    return table, epochs, confusion.cctm(counts)


def _notes(evidence: Evidence, of: str, *others: str) -> tuple[Array, Array, list[int]]:
    """The epochs, the notes of a class at each, both (epochs,), and the label numbers of other classes."""
    table, epochs, cctm = _training(evidence)
    row, *labels = _labels(table, of, *others)
    return epochs, dance.notes(cctm, row, evidence.settings.note), labels


def _note_shares(evidence: Evidence, of: str, *others: str) -> list[float]:
    """The share of all epochs, 0 to 1, in which the note of a class is each of the others."""
    _, notes, labels = _notes(evidence, of, *others)
    return [float((notes == label).mean()) for label in labels]


def _last_epoch(evidence: Evidence, of: str, *others: str) -> int:
    """The last epoch at which the note of a class is one of the others, or any where none is given; 0 where never."""
    epochs, notes, labels = _notes(evidence, of, *others)
    found = epochs[np.isin(notes, labels) if others else notes != dance.NONE]
    return int(found[-1]) if len(found) else 0


def _of_paper_length(evidence: Evidence) -> None:
    """Raise `NotMeasured` unless the run has as many epochs as the paper's, for which the check's window is meant."""
    run, wanted = _nets(evidence, "counts", "anneal_lr").run, evidence.settings.epochs
    if run["setup"]["epochs"] != wanted:
        raise NotMeasured(f"{run['name']}: {run['setup']['epochs']} epochs, the check's window is for {wanted}")


def _recalls(evidence: Evidence, *names: str) -> list[Array]:
    """The training recalls (epochs,) of classes, percent."""
    table, _, cctm = _training(evidence)
    return [dance.recalls(cctm)[:, label] for label in _labels(table, *names)]


# How a finding is put


def _each(items: Mapping[str, T], find: Callable[[T], Finding]) -> Finding:
    """A finding on every item for which it can be had; the figure is the first one's."""
    found, reasons = {}, []
    for name, item in items.items():
        try:
            found[name] = find(item)
        except NotMeasured as reason:
            reasons.append(str(reason))
    if not found:
        raise NotMeasured("; ".join(dict.fromkeys(reasons)) or "no run has all that is compared")
    words = "; ".join(f"{name}: {measured}" for name, (_, measured, _) in found.items())
    return all(held for held, _, _ in found.values()), words, next(iter(found.values()))[2]


def _anneal(evidence: Evidence) -> dict[str, Table]:
    """The cctm table of every run under anneal_lr, by the run's name, `settings.net` first."""
    return {table.run["name"]: table for table in _tables(evidence, "cctm", "anneal_lr")}


def _correlation(evidence: Evidence, found: tuple[float, float], sign: int) -> Finding:
    """A correlation with its permutation p, on the side where it should be."""
    rho, p = found
    return sign * rho > 0 and p < evidence.settings.p, f"Spearman {rho:.2f}, p = {p:.3f}", rho


def fisher(r: float, n: int) -> tuple[float, float]:
    """The 95 % interval of a correlation of n > 3 pairs, by Fisher's z; (-1, 1) of fewer."""
    if n <= 3:
        return -1.0, 1.0
    z, half = np.arctanh(np.clip(r, -1 + 1e-12, 1 - 1e-12)), NORMAL / np.sqrt(n - 3)
    return float(np.tanh(z - half)), float(np.tanh(z + half))


# Test accuracies and the CCTM (Section 2.1)


@_claim("acc-order", "small-lr < big-lr < anneal-lr, for each net", "84.99 < 88.76 < 93.87 (VGG19)")
def _acc_order(evidence: Evidence) -> Finding:
    by_setup = [{table.run["net"]: float(confusion.accuracy(confusion.test_counts(table)))
                 for table in reversed(_tables(evidence, "cctm", setup))} for setup in PAPER_SETUPS]
    nets = sorted(set.intersection(*map(set, by_setup)), key=lambda net: (net != evidence.settings.net, net))

    def find(accuracies: list[float]) -> Finding:
        least = min(np.diff(accuracies))
        return bool(least > 0), ", ".join(f"{accuracy:.2f}" for accuracy in accuracies), least
    return _each({net: [setup[net] for setup in by_setup] for net in nets}, find)


@_claim("recall-rank", "CAT lowest, DOG second, BIRD third", "true of all 8 published rows")
def _recall_rank(evidence: Evidence) -> Finding:
    def find(table: Table) -> Finding:
        worst, recall = _labels(table, "cat", "dog", "bird"), confusion.recall(confusion.test_counts(table))
        steps = np.diff([*recall[worst], np.delete(recall, worst).min()])
        return bool(min(steps) > 0), ", ".join(f"{recall[label]:.1f}" for label in worst), min(steps)
    return _each(_anneal(evidence), find)


@_claim("bottleneck", "CAT and DOG rows hold the largest share of the errors", "0.376 to 0.436")
def _bottleneck(evidence: Evidence) -> Finding:
    least, most = evidence.settings.bottleneck

    def find(table: Table) -> Finding:
        pair, share = _labels(table, "cat", "dog"), confusion.row_share(confusion.test_counts(table))
        both, largest = share[pair].sum(), share[pair].min() > np.delete(share, pair).max()
        return bool(largest) and least <= both <= most, f"{both:.3f}", both
    return _each(_anneal(evidence), find)


@_claim("cat-dog-top", "CAT-DOG is the most interfering pair of every net", "Fig. 1, 8")
def _cat_dog_top(evidence: Evidence) -> Finding:
    def find(table: Table) -> Finding:
        (cat, dog), cctm = _labels(table, "cat", "dog"), confusion.cctm(confusion.test_counts(table))
        first, second, value = confusion.ranked_pairs(cctm)[0]
        names = f"{table.classes.labels[first]}-{table.classes.labels[second]}"
        return {first, second} == {cat, dog}, f"{names} {value:.3f}", float(cctm[cat, dog] + cctm[dog, cat])
    return _each(_anneal(evidence), find)


@_claim("symmetry", "CCTM is near symmetric off the diagonal")
def _symmetry(evidence: Evidence) -> Finding:
    return _each(_anneal(evidence), lambda table: _correlation(
        evidence, confusion.symmetry(confusion.cctm(confusion.test_counts(table))), +1))


# Minima (Section 3)


@_claim("plateau", "far from VGG19 big-lr's minimum in CAT-DOG, training accuracy falls to 10 %", "10 %")
def _plateau(evidence: Evidence) -> Finding:
    surface = _plane(evidence, _nets(evidence, "surfaces", "big_lr").run["name"], "cat-dog")
    chance = 100 - 100 / len(surface.classes)
    share = flatness.level_share(surfaces.mistake_rate(surface), chance, evidence.settings.plateau)
    return (share >= evidence.settings.plateau_share,
            f"{share:.3f} of the plane is one region at {chance:g} +- {evidence.settings.plateau:g} % mistakes", share)


@_claim("cat-dog-sharp", "for big-lr, CAT-DOG is the sharpest of the three planes, both nets", "Fig. 2")
def _cat_dog_sharp(evidence: Evidence) -> Finding:
    def find(run: str) -> Finding:
        shares = [_flat_share(evidence, _plane(evidence, run, pair)) for pair in PLANES]
        words = ", ".join(f"{pair} {share:.3f}" for pair, share in zip(PLANES, shares, strict=True))
        return shares[0] < min(shares[1:]), f"flat share of {words}", shares[0]
    names = [table.run["name"] for table in _tables(evidence, "surfaces", "big_lr")]
    return _each({name: name for name in names}, find)


def _flat_share(evidence: Evidence, surface: Surface) -> float:
    return flatness.flat_share(surfaces.mistake_rate(surface), evidence.settings.epsilon)


@_claim("lowland", "anneal-lr minima lie in a large flat lowland on a plane 100 times the area of big-lr's", "Fig. 4")
def _lowland(evidence: Evidence) -> Finding:
    wide, narrow = (_nets(evidence, "surfaces", setup).run["name"] for setup in ("anneal_lr", "big_lr"))

    def find(pair: str) -> Finding:
        lowland, minimum = _plane(evidence, wide, pair), _plane(evidence, narrow, pair)
        shares = _flat_share(evidence, lowland), _flat_share(evidence, minimum)
        times = shares[0] * lowland.area / (shares[1] * minimum.area)
        return (shares[0] >= evidence.settings.lowland and times > 1,
                f"flat share {shares[0]:.3f}, an area {times:.1f} times big-lr's", shares[0])
    return _each({pair: pair for pair in PLANES}, find)


# One class's interference with the others (Section 4.1)


def _fig5(evidence: Evidence, pair: str) -> Surface:
    return _plane(evidence, _nets(evidence, "surfaces", "anneal_lr").run["name"], pair)


@_claim("fig5-dog", "VGG19 anneal, CAT-DOG plane: CAT's loss rises most where DOG is descended", "Fig. 5")
def _fig5_dog(evidence: Evidence) -> Finding:
    surface = _fig5(evidence, "cat-dog")
    loss = surfaces.class_mistake_rates(surface)[..., surface.pair[0]]
    edge = np.ones(loss.shape, bool)
    edge[1:-1, 1:-1] = False
    top = edge & (loss == loss[edge].max())
    dog = (np.broadcast_to(surface.theta_2, loss.shape) / surface.theta_2[-1])[top].mean()
    centre = loss[len(loss) // 2, loss.shape[1] // 2]
    return (bool(dog > 0 and loss[top].max() > centre),
            f"CAT's mistakes rise from {centre:.1f} to {loss[top].max():.1f} % at {dog:+.2f} edges along DOG", dog)


@_claim("fig5-car", "CAR's loss rises along both +TRUCK and -TRUCK while CAR ascends; TRUCK's rises when CAR descends",
        "Fig. 5")
def _fig5_car(evidence: Evidence) -> Finding:
    surface = _fig5(evidence, "automobile-truck")
    rates = surfaces.class_mistake_rates(surface)
    middle = rates.shape[0] // 2, rates.shape[1] // 2
    car, truck = np.moveaxis((rates - rates[middle])[..., list(surface.pair)], -1, 0)  # rises above w*, (n1, n2) each
    rises = car[0, middle[1] + 1:].mean(), car[0, :middle[1]].mean(), truck[-1].mean()
    return (min(rises) > 0,
            f"CAR {rises[0]:+.1f} and {rises[1]:+.1f} points at -CAR, TRUCK {rises[2]:+.1f} at +CAR", min(rises))


@_claim("fig5-sensitive", "every other class is more sensitive in CAR-TRUCK than in CAT-DOG", "8 of 8")
def _fig5_sensitive(evidence: Evidence) -> Finding:
    cat_dog, car_truck = _fig5(evidence, "cat-dog"), _fig5(evidence, "automobile-truck")
    ranges = [np.ptp(surfaces.class_mistake_rates(surface), axis=(0, 1)) for surface in (cat_dog, car_truck)]
    wider = np.delete(ranges[1] > ranges[0], car_truck.pair)
    wide = int(wider.sum())
    return wide == len(wider), f"{wide} of {len(wider)} classes have the larger range in CAR-TRUCK", wide


@_claim("shapes-predict", "classes of like loss shape interfere", "Section 4.1")
def _shapes_predict(evidence: Evidence) -> Finding:
    planes = [_fig5(evidence, pair) for pair in PLANES[:2]]
    alike = np.mean([surfaces.similarity(surface) for surface in planes], axis=0)
    interference = confusion.symmetrised(_test_cctm(evidence, planes[0].run))
    return _correlation(evidence, confusion.pair_correlation(alike, interference), +1)


@_claim("cosine-predicts", "opposed class gradients mark interfering classes (not in the paper)", "-0.58 in a pilot")
def _cosine_predicts(evidence: Evidence) -> Finding:
    grams = _nets(evidence, "grams", "anneal_lr")
    interference = confusion.symmetrised(_test_cctm(evidence, grams.run["name"]))
    return _correlation(evidence, confusion.pair_correlation(cosines(grams), interference), -1)


# Interference in training (Section 4.2)


@_claim("dance", "CAT's and DOG's training recalls move against each other", "Fig. 6")
def _dance(evidence: Evidence) -> Finding:
    cat, dog = _recalls(evidence, "cat", "dog")
    r, moments = dance.anticorrelation(cat, dog), len(dance.dance_epochs(cat, dog))
    low, high = fisher(r, len(cat) - 1)
    return high < 0, f"r = {r:.2f} ({low:.2f} to {high:.2f}), {moments} dance moments in {len(cat)} epochs", r


@_claim("dog-takes-over", "from about epoch 118 DOG is CAT's top false prediction for good", "118")
def _dog_takes_over(evidence: Evidence) -> Finding:
    _of_paper_length(evidence)
    epochs, notes, (dog,) = _notes(evidence, "cat", "dog")
    others = np.flatnonzero((notes != dance.NONE) & (notes != dog))
    start = others[-1] + 1 if len(others) else 0
    epoch = int(epochs[start]) if dog in notes[start:] else len(epochs) + 1
    least, most = evidence.settings.takeover
    return least <= epoch <= most, f"epoch {epoch}" if epoch <= len(epochs) else "never", epoch


@_claim("cat-outlasts", "CAT's interference to DOG lasts longer than the other way", "Fig. 7")
def _cat_outlasts(evidence: Evidence) -> Finding:
    cat, dog = _last_epoch(evidence, "dog", "cat"), _last_epoch(evidence, "cat", "dog")
    return cat > dog, f"CAT in DOG's notes until epoch {cat}, DOG in CAT's until {dog}", cat - dog


@_claim("car-truck-notes", "CAR's and TRUCK's notes last alike", "Fig. 7")
def _car_truck_notes(evidence: Evidence) -> Finding:
    _of_paper_length(evidence)
    car, truck = _last_epoch(evidence, "automobile"), _last_epoch(evidence, "truck")
    return abs(car - truck) <= evidence.settings.alike, f"CAR's until epoch {car}, TRUCK's until {truck}", car - truck


@_claim("plane-truck-notes", "PLANE interferes TRUCK more often than CAR", "Fig. 7")
def _plane_truck_notes(evidence: Evidence) -> Finding:
    (truck,), (car,) = (_note_shares(evidence, of, "airplane") for of in ("truck", "automobile"))
    return truck > car, f"{truck:.1%} of TRUCK's epochs, {car:.1%} of CAR's", truck - car


@_claim("frog-cat", "FROG is often CAT's top interferer, BIRD too", "Fig. 7")
def _frog_cat(evidence: Evidence) -> Finding:
    frog, bird = _note_shares(evidence, "cat", "frog", "bird")
    return min(frog, bird) >= evidence.settings.often, f"FROG {frog:.1%}, BIRD {bird:.1%} of CAT's epochs", frog


@_claim("horse-cat", "HORSE hardly ever is CAT's top interferer", "2 or 3 of 200 epochs")
def _horse_cat(evidence: Evidence) -> Finding:
    _of_paper_length(evidence)
    epochs, notes, (horse,) = _notes(evidence, "cat", "horse")
    times = int(np.count_nonzero(notes == horse))
    return times <= evidence.settings.rare, f"{times} of {len(epochs)} epochs", times


@_claim("dog-legs", "DOG's notes hold HORSE and DEER, little BIRD", "Fig. 7")
def _dog_legs(evidence: Evidence) -> Finding:
    horse, deer, bird = _note_shares(evidence, "dog", "horse", "deer", "bird")
    return (min(horse, deer) >= evidence.settings.hold and bird < min(horse, deer),
            f"HORSE {horse:.1%}, DEER {deer:.1%}, BIRD {bird:.1%} of DOG's epochs", min(horse, deer))


@_claim("metal-notes", "CAR's and TRUCK's notes both hold PLANE and SHIP", "Fig. 7")
def _metal_notes(evidence: Evidence) -> Finding:
    car, truck = (_note_shares(evidence, of, "airplane", "ship") for of in ("automobile", "truck"))
    return (min(car + truck) >= evidence.settings.hold,
            f"PLANE {car[0]:.1%}, SHIP {car[1]:.1%} of CAR's epochs, {truck[0]:.1%}, {truck[1]:.1%} of TRUCK's",
            min(car + truck))


@_claim("early-dance", "recalls oscillate most early in training", "Fig. 6")
def _early_dance(evidence: Evidence) -> Finding:
    recalls = _recalls(evidence, "cat", "dog")
    if len(recalls[0]) < 9:
        raise NotMeasured(f"{len(recalls[0])} epochs; a quarter needs two changes at least")
    quarters = np.array([[part.var() for part in np.array_split(np.diff(recall), 4)] for recall in recalls])  # (2, 4)
    share, early = confusion.ratio(quarters[:, 0], quarters.sum(1)), quarters[:, 0] > quarters[:, 1:].max(1)
    return bool(early.all()), f"the first quarter's share of the variance is {share[0]:.2f}, {share[1]:.2f}", min(share)
