"""Minima over interference planes: sharp or flat, and how large the flat part is (Section 3, Fig. 2 to 4)."""

import numpy as np

from interference import by_epoch, confusion, flatness, surfaces
from interference.claims.at_hand import PLANES, counts_on_test, net_plane, of_net, plane, setup_of, tables
from interference.claims.findings import each
from interference.claims.judging import Evidence, Finding, NotMeasured, claim
from interference.surfaces import Surface
from interference.tables import Table
from interference.vocabulary import Array

RESNET = "resnet18"
ACROSS = 135  # degrees: theta_1 = -theta_2, one class helped at the other's cost
ANGLES = np.arange(0, 180, 5)
FAIR = ("step", "relative", "filter")


def _share(evidence: Evidence, surface: Surface) -> float:
    """The flat area as a share of the plane."""
    return flatness.flat_share(surfaces.mistake_rate(surface), evidence.settings.epsilon)


def _length(evidence: Evidence, surface: Surface, angle: float) -> float:
    """The flat length at an angle, in units of theta."""
    return flatness.flat_length(surface, surfaces.mistake_rate(surface), angle, evidence.settings.epsilon)


def _lengths(evidence: Evidence, surface: Surface) -> Array:
    """The flat length at each of `ANGLES`, in units of theta."""
    return flatness.flat_lengths(surface, surfaces.mistake_rate(surface), ANGLES, evidence.settings.epsilon)


def _off_across(angle: float) -> float:
    """How far a cut's angle is from 135 degrees; 170 and -10 are the same cut."""
    return abs((angle - ACROSS + 90) % 180 - 90)


def _runs(evidence: Evidence, setup: str) -> dict[str, str]:
    """The names of the swept runs under a set-up, `settings.net` first."""
    return {table.run["name"]: table.run["name"] for table in tables(evidence, "surfaces", setup)}


@claim("plateau", "far from VGG19 big-lr's minimum in CAT-DOG, training accuracy falls to 10 %", "10 %")
def _plateau(evidence: Evidence) -> Finding:
    surface = net_plane(evidence, "big_lr", "cat-dog")
    share = flatness.level_share(surfaces.mistake_rate(surface), surface.chance, evidence.settings.plateau)
    return Finding(share >= evidence.settings.plateau_share, f"{share:.3f} of the plane is one region at "
                   f"{surface.chance:g} +- {evidence.settings.plateau:g} % mistakes", share)


@claim("cat-dog-sharp", "for big-lr, CAT-DOG is the sharpest of the three planes, both nets", "Fig. 2")
def _cat_dog_sharp(evidence: Evidence) -> Finding:
    def find(run: str) -> Finding:
        shares = [_share(evidence, plane(evidence, run, pair)) for pair in PLANES]
        words = ", ".join(f"{pair} {share:.2%}" for pair, share in zip(PLANES, shares, strict=True))
        return Finding(shares[0] < min(shares[1:]), f"flat share of {words}", shares[0])
    return each(_runs(evidence, "big_lr"), find)


@claim("valley", "big-lr: CAT-DOG shows a narrow valley, both nets", "Fig. 2")
def _valley(evidence: Evidence) -> Finding:
    def find(run: str) -> Finding:
        found = [_lengths(evidence, plane(evidence, run, pair)) for pair in PLANES]
        ratios = [lengths.max() / lengths.min() for lengths in found]
        words = ", ".join(f"{pair} {ratio:.1f}" for pair, ratio in zip(PLANES, ratios, strict=True))
        return Finding(ratios[0] > max(ratios[1:]), f"longest to shortest flat length {words}", ratios[0])
    return each(_runs(evidence, "big_lr"), find)


def _steeper(evidence: Evidence, pair: str, steeper: dict[str, int]) -> Finding:
    """Under big-lr, along which of a pair's two axes the flat length is shorter; `steeper` names it for each net."""
    def find(net: str) -> Finding:
        surface = net_plane(evidence, "big_lr", pair, net)
        names = [surface.classes.labels[label] for label in surface.pair]
        lengths = [_length(evidence, surface, angle) for angle in (0, 90)]
        words = ", ".join(f"{length:.3g} along {name}" for name, length in zip(names, lengths, strict=True))
        return Finding(lengths[steeper[net]] < lengths[1 - steeper[net]], f"flat length {words}",
                       lengths[0] - lengths[1])
    return each({net: net for net in steeper}, find)


@claim("cat-over-dog", "VGG19 big-lr is steeper along CAT than DOG, ResNet18 the other way round", "Fig. 2")
def _cat_over_dog(evidence: Evidence) -> Finding:
    return _steeper(evidence, "cat-dog", {evidence.settings.net: 0, RESNET: 1})


@claim("ship-horse", "big-lr: VGG19 is more sensitive along SHIP, ResNet18 along HORSE", "Fig. 2")
def _ship_horse(evidence: Evidence) -> Finding:
    return _steeper(evidence, "horse-ship", {evidence.settings.net: 1, RESNET: 0})


@claim("cut-135", "big-lr CAR-TRUCK and HORSE-SHIP look sharp in the 135 degree cut, flatter in most others",
       "Section 3")
def _cut_135(evidence: Evidence) -> Finding:
    def find(where: tuple[str, str]) -> Finding:
        lengths = _lengths(evidence, plane(evidence, *where))
        sharpest, across = int(ANGLES[lengths.argmin()]), lengths[ANGLES == ACROSS][0]
        held = _off_across(sharpest) <= evidence.settings.near and across < np.median(lengths)
        return Finding(held, f"shortest, {lengths.min():.3g}, at {sharpest} degrees; median {np.median(lengths):.3g}",
                       sharpest)
    return each({f"{run} {pair}": (run, pair) for run in _runs(evidence, "big_lr") for pair in PLANES[1:]}, find)


@claim("car-truck-resnet", "big-lr CAR-TRUCK: ResNet18 is flatter than VGG19, sensitive only near 135 degrees",
       "Fig. 2")
def _car_truck_resnet(evidence: Evidence) -> Finding:
    resnet, vgg = (net_plane(evidence, "big_lr", PLANES[1], net) for net in (RESNET, ""))
    shares = [_share(evidence, surface) for surface in (resnet, vgg)]
    axes = [[_length(evidence, surface, angle) for angle in (0, 90)] for surface in (resnet, vgg)]
    sharpest = int(ANGLES[_lengths(evidence, resnet).argmin()])
    longer = all(own > other for own, other in zip(*axes, strict=True))
    return Finding(shares[0] > shares[1] and longer and _off_across(sharpest) <= evidence.settings.near,
                   f"flat share {shares[0]:.2%}, VGG19's {shares[1]:.2%}; sharpest at {sharpest} degrees; flat length "
                   f"along the axes {axes[0][0]:.3g}, {axes[0][1]:.3g}, VGG19's {axes[1][0]:.3g}, {axes[1][1]:.3g}",
                   shares[0])


@claim("small-spike", "small-lr ResNet18 is a spike in all three planes, sharper than VGG19, yet generalises better",
       "Fig. 3")
def _small_spike(evidence: Evidence) -> Finding:
    (_, resnet), (_, vgg) = (counts_on_test(evidence, "small_lr", net) for net in (RESNET, ""))
    better = float(confusion.accuracy(resnet) - confusion.accuracy(vgg))

    def find(pair: str) -> Finding:
        spike, other = (_share(evidence, net_plane(evidence, "small_lr", pair, net)) for net in (RESNET, ""))
        return Finding(spike <= evidence.settings.spike and spike < other and better > 0,
                       f"flat share {spike:.2%}, VGG19's {other:.2%}", spike)
    found = each({pair: pair for pair in PLANES}, find)
    return found._replace(measured=f"{found.measured}; {better:+.2f} points more accurate")


@claim("small-vgg-cliff", "small-lr VGG19 is smoother near w* than ResNet18, but has a cliff along CAT", "Fig. 3")
def _small_vgg_cliff(evidence: Evidence) -> Finding:
    (cat, dog), (other_cat, other_dog) = (
        _steps(net_plane(evidence, "small_lr", "cat-dog", net)) for net in ("", RESNET))
    own, resnets = _beside(cat, dog), _beside(other_cat, other_dog)
    return Finding(own < resnets and cat.max() > dog.max(),
                   f"steps beside w* {own:.1f} points, ResNet18's {resnets:.1f}; steepest {cat.max():.1f} along CAT, "
                   f"{dog.max():.1f} along DOG", cat.max())


def _steps(surface: Surface) -> tuple[Array, Array]:
    """The changes of mistakes from point to point along either axis through w*, percent points."""
    rate = surfaces.mistake_rate(surface)
    return np.abs(np.diff(rate[:, rate.shape[1] // 2])), np.abs(np.diff(rate[len(rate) // 2]))


def _beside(*axes: Array) -> float:
    """The mean of the steps that begin or end at w*."""
    return float(np.mean([steps[len(steps) // 2 - 1:len(steps) // 2 + 1] for steps in axes]))


@claim("lowland", "anneal-lr minima lie in a large flat lowland on a plane 100 times the area of big-lr's, "
       "ResNet18's larger than VGG19's", "Fig. 4")
def _lowland(evidence: Evidence) -> Finding:
    def find(pair: str) -> Finding:
        wide, narrow = (net_plane(evidence, setup, pair) for setup in ("anneal_lr", "big_lr"))
        share, times = _share(evidence, wide), wide.area / narrow.area
        grown = share / _share(evidence, narrow) * times
        held, words = share >= evidence.settings.lowland and grown > 1, (
            f"flat share {share:.2%} of a plane {times:.0f} times big-lr's, {grown:.1f} times its flat area")
        try:
            resnet = _share(evidence, net_plane(evidence, "anneal_lr", pair, RESNET))
        except NotMeasured:
            return Finding(held, words, share)
        return Finding(held and resnet > share, f"{words}, ResNet18's {resnet:.2%}", share)
    return each({pair: pair for pair in PLANES}, find)


@claim("lowland-fair", "at equal length of the step, too, anneal-lr's flat area is the largest (not in the paper)")
def _lowland_fair(evidence: Evidence) -> Finding:
    def find(where: tuple[str, str]) -> Finding:
        scale, pair = where
        shares = {setup: _share(evidence, net_plane(evidence, setup, pair, scale=scale))
                  for setup in ("anneal_lr", "big_lr", "small_lr")}
        wide, *others = shares.values()
        words = ", ".join(f"{setup} {share:.2%}" for setup, share in shares.items())
        return Finding(wide > max(others), f"flat share {words}", wide)
    return each({f"{scale} {pair}": (scale, pair) for scale in FAIR for pair in PLANES}, find)


@claim("random-stochastic", "random planes differ from draw to draw; ego planes are drawn only once", "Introduction")
def _random_stochastic(evidence: Evidence) -> Finding:
    run, wanted = of_net(evidence, "surfaces", "anneal_lr").run["name"], evidence.settings.draws
    found = [_share(evidence, surface) for surface in _planes_at(evidence, run, "random")]
    if len(found) < wanted:
        raise NotMeasured(f"{run}: {len(found)} random planes, the check takes {wanted}")
    mean, spread, least = float(np.mean(found)), float(np.std(found, ddof=1)), evidence.settings.spread
    return Finding(spread >= least * mean, f"flat share {mean:.2%} +- {spread:.2%} over {len(found)} random planes "
                   f"(asked: at least {least:.0%} of the mean)", spread / mean)


def _planes_at(evidence: Evidence, run: str, scale: str) -> list[Surface]:
    """Every plane of a run at a scale."""
    mine = [table for table in evidence.surfaces.values()
            if (table.run.get("name"), table.meta.get("scale")) == (run, scale)]
    return [surfaces.from_table(one) for table in mine for one in surfaces.planes(table)]


@claim("big-constant-poor", "a constant rate of 0.1 oscillates and gives poor models", "Section 3")
def _big_constant_poor(evidence: Evidence) -> Finding:
    rate, net = setup_of(evidence, "anneal_lr").lr, evidence.settings.net
    mine = [table for table in evidence.current("counts")
            if (table.run["net"], table.run["setup"]["lr"], table.run["setup"]["schedule"]) == (net, rate, "constant")]
    if not mine:
        raise NotMeasured(f"counts: no run of {net} at a constant rate of {rate}")
    (last, restless), (others, settled) = map(_late, (mine[0], of_net(evidence, "counts", "big_lr")))
    return Finding(last < others and restless > settled, f"{last:.2f} % on the test set and {restless:.2f} points from "
                   f"epoch to epoch, under big-lr {others:.2f} and {settled:.2f}", last - others)


def _late(table: Table) -> tuple[float, float]:
    """The final test accuracy, percent, and the sd of its changes over the second half of the training."""
    percent = confusion.accuracy(by_epoch.training_counts(table, "test")[1])
    changes = np.diff(percent[len(percent) // 2:])
    return float(percent[-1]), float(changes.std()) if len(changes) else np.nan
