"""Claims about minima over interference planes: sharp or flat, and how flat (Section 3, Fig. 2 to 4)."""

import numpy as np

from interference import confusion
from interference.claims.findings import for_each
from interference.claims.lookup import (
    PLANES,
    counts_on_test,
    mistake_rate,
    net_plane,
    net_table,
    plane,
    planes_at,
    setup_of,
    setup_tables,
)
from interference.claims.registry import Evidence, Finding, NotMeasured, claim
from interference.confusion import by_epoch
from interference.io.tables import Table
from interference.surfaces import Surface, flatness
from interference.vocabulary import RANDOM, Array

RESNET = "resnet18"
ACROSS = 135  # degrees: theta_1 = -theta_2, one class helped at the other's cost
ANGLES = np.arange(0, 180, 5)
EQUAL_STEPS = ("step", "relative", "filter")  # the scales at which all nets step alike


def _share(evidence: Evidence, surface: Surface) -> float:
    """The flat area as a share of the plane."""
    return flatness.flat_share(mistake_rate(evidence, surface), evidence.settings.epsilon)


def _lengths(evidence: Evidence, surface: Surface, angles: Array = ANGLES) -> Array:
    """The flat length at each of some angles, in units of theta."""
    rates = mistake_rate(evidence, surface)
    return flatness.flat_lengths(surface, rates, angles, evidence.settings.epsilon)


def _axis_lengths(evidence: Evidence, surface: Surface) -> tuple[float, float]:
    """The flat lengths along theta_1 and along theta_2, in units of theta."""
    first, second = _lengths(evidence, surface, np.array([0, 90]))
    return float(first), float(second)


def _off_across(angle: float) -> float:
    """The distance of a cut's angle from 135 degrees; 170 and -10 degrees are the same cut."""
    return abs((angle - ACROSS + 90) % 180 - 90)


def _run_names(evidence: Evidence, setup: str) -> list[str]:
    """The names of the swept runs under a set-up, `claims.net` first."""
    tables = setup_tables(evidence, "surfaces", setup)
    return list(dict.fromkeys(table.run["name"] for table in tables))


def _by_pair(numbers: list[float], form: str) -> str:
    """A number for each of `PLANES`, in words."""
    parts = [f"{pair} {number:{form}}" for pair, number in zip(PLANES, numbers, strict=True)]
    return ", ".join(parts)


@claim(
    "plateau",
    "far from VGG19 big-lr's minimum in CAT-DOG, training accuracy falls to 10 %",
    "10 %",
    exhibit="planes",
)
def _plateau(evidence: Evidence) -> Finding:
    surface = net_plane(evidence, "big_lr", "cat-dog")
    tolerance = evidence.settings.plateau
    rates = mistake_rate(evidence, surface)
    share = flatness.level_share(rates, surface.chance, tolerance)
    return Finding(
        share >= evidence.settings.plateau_share,
        f"{share:.3f} of the plane is one region at {surface.chance:g} +- {tolerance:g} % mistakes",
        share,
    )


@claim(
    "cat-dog-sharp",
    "for big-lr, CAT-DOG is the sharpest of the three planes, both nets",
    "Fig. 2",
    exhibit="planes",
)
def _cat_dog_sharp(evidence: Evidence) -> Finding:
    def find(run: str) -> Finding:
        shares = [_share(evidence, plane(evidence, run, pair)) for pair in PLANES]
        cat_dog, *others = shares
        return Finding(cat_dog < min(others), f"flat share of {_by_pair(shares, '.2%')}", cat_dog)

    return for_each({run: run for run in _run_names(evidence, "big_lr")}, find)


@claim("valley", "big-lr: CAT-DOG shows a narrow valley, both nets", "Fig. 2", exhibit="planes")
def _valley(evidence: Evidence) -> Finding:
    def find(run: str) -> Finding:
        lengths = [_lengths(evidence, plane(evidence, run, pair)) for pair in PLANES]
        ratios = [each.max() / each.min() for each in lengths]
        cat_dog, *others = ratios
        measured = f"longest to shortest flat length {_by_pair(ratios, '.1f')}"
        return Finding(cat_dog > max(others), measured, cat_dog)

    return for_each({run: run for run in _run_names(evidence, "big_lr")}, find)


def _steeper(evidence: Evidence, pair: str, steeper: dict[str, int]) -> Finding:
    """Whether, under big-lr, the flat length of each net is shorter along the axis named for it.

    `steeper` gives that axis by net: 0 for theta_1, 1 for theta_2.
    """

    def find(net: str) -> Finding:
        surface = net_plane(evidence, "big_lr", pair, net)
        lengths = _axis_lengths(evidence, surface)
        first, second = (surface.classes.labels[label] for label in surface.pair)
        axis = steeper[net]
        return Finding(
            lengths[axis] < lengths[1 - axis],
            f"flat length {lengths[0]:.3g} along {first}, {lengths[1]:.3g} along {second}",
            lengths[0] - lengths[1],
        )

    return for_each({net: net for net in steeper}, find)


@claim(
    "cat-over-dog",
    "VGG19 big-lr is steeper along CAT than DOG, ResNet18 the other way round",
    "Fig. 2",
    exhibit="planes",
)
def _cat_over_dog(evidence: Evidence) -> Finding:
    return _steeper(evidence, "cat-dog", {evidence.settings.net: 0, RESNET: 1})


@claim(
    "ship-horse",
    "big-lr: VGG19 is more sensitive along SHIP, ResNet18 along HORSE",
    "Fig. 2",
    exhibit="planes",
)
def _ship_horse(evidence: Evidence) -> Finding:
    return _steeper(evidence, "horse-ship", {evidence.settings.net: 1, RESNET: 0})


@claim(
    "cut-135",
    "big-lr CAR-TRUCK and HORSE-SHIP look sharp in the 135 degree cut, flatter in most others",
    "Section 3",
    exhibit="planes",
)
def _cut_135(evidence: Evidence) -> Finding:
    def find(run_and_pair: tuple[str, str]) -> Finding:
        run, pair = run_and_pair
        lengths = _lengths(evidence, plane(evidence, run, pair))
        sharpest = int(ANGLES[lengths.argmin()])
        across = lengths[ANGLES == ACROSS][0]
        median = np.median(lengths)
        return Finding(
            _off_across(sharpest) <= evidence.settings.near and across < median,
            f"shortest, {lengths.min():.3g}, at {sharpest} degrees; median {median:.3g}",
            sharpest,
        )

    runs = _run_names(evidence, "big_lr")
    return for_each({f"{run} {pair}": (run, pair) for run in runs for pair in PLANES[1:]}, find)


@claim(
    "car-truck-resnet",
    "big-lr CAR-TRUCK: ResNet18 is flatter than VGG19, sensitive only near 135 degrees",
    "Fig. 2",
    exhibit="planes",
)
def _car_truck_resnet(evidence: Evidence) -> Finding:
    resnet = net_plane(evidence, "big_lr", PLANES[1], RESNET)
    vgg = net_plane(evidence, "big_lr", PLANES[1])
    resnet_share = _share(evidence, resnet)
    vgg_share = _share(evidence, vgg)
    resnet_1, resnet_2 = _axis_lengths(evidence, resnet)
    vgg_1, vgg_2 = _axis_lengths(evidence, vgg)
    sharpest = int(ANGLES[_lengths(evidence, resnet).argmin()])
    flatter = resnet_share > vgg_share and resnet_1 > vgg_1 and resnet_2 > vgg_2
    return Finding(
        flatter and _off_across(sharpest) <= evidence.settings.near,
        f"flat share {resnet_share:.2%}, VGG19's {vgg_share:.2%}; sharpest at {sharpest} degrees; "
        f"flat length along the axes {resnet_1:.3g}, {resnet_2:.3g}, "
        f"VGG19's {vgg_1:.3g}, {vgg_2:.3g}",
        resnet_share,
    )


@claim(
    "small-spike",
    "small-lr ResNet18 is a spike in all three planes, sharper than VGG19, yet generalises better",
    "Fig. 3",
    exhibit="planes",
)
def _small_spike(evidence: Evidence) -> Finding:
    _, resnet = counts_on_test(evidence, "small_lr", RESNET)
    _, vgg = counts_on_test(evidence, "small_lr")
    better = float(confusion.accuracy(resnet) - confusion.accuracy(vgg))

    def find(pair: str) -> Finding:
        spike = _share(evidence, net_plane(evidence, "small_lr", pair, RESNET))
        other = _share(evidence, net_plane(evidence, "small_lr", pair))
        held = spike <= evidence.settings.spike and spike < other and better > 0
        return Finding(held, f"flat share {spike:.2%}, VGG19's {other:.2%}", spike)

    finding = for_each({pair: pair for pair in PLANES}, find)
    return finding._replace(measured=f"{finding.measured}; {better:+.2f} points more accurate")


@claim(
    "small-vgg-cliff",
    "small-lr VGG19 is smoother near w* than ResNet18, but has a cliff along CAT",
    "Fig. 3",
    exhibit="planes",
)
def _small_vgg_cliff(evidence: Evidence) -> Finding:
    cat, dog = _steps(evidence, net_plane(evidence, "small_lr", "cat-dog"))
    resnet_cat, resnet_dog = _steps(evidence, net_plane(evidence, "small_lr", "cat-dog", RESNET))
    vgg_near = _near_centre(cat, dog)
    resnet_near = _near_centre(resnet_cat, resnet_dog)
    return Finding(
        vgg_near < resnet_near and cat.max() > dog.max(),
        f"steps beside w* {vgg_near:.1f} points, ResNet18's {resnet_near:.1f}; "
        f"steepest {cat.max():.1f} along CAT, {dog.max():.1f} along DOG",
        cat.max(),
    )


def _steps(evidence: Evidence, surface: Surface) -> tuple[Array, Array]:
    """The changes of the mistake rate from point to point along each axis through w*.

    In percentage points, theta_1's axis first.
    """
    rates = mistake_rate(evidence, surface)
    row, column = surface.centre
    return np.abs(np.diff(rates[:, column])), np.abs(np.diff(rates[row]))


def _near_centre(*axes: Array) -> float:
    """The mean of the two steps of each axis that begin or end at w*."""
    beside = [steps[len(steps) // 2 - 1 : len(steps) // 2 + 1] for steps in axes]
    return float(np.mean(beside))


@claim(
    "lowland",
    "anneal-lr minima lie in a large flat lowland on a plane 100 times the area of big-lr's, "
    "ResNet18's larger than VGG19's",
    "Fig. 4",
    exhibit="planes",
)
def _lowland(evidence: Evidence) -> Finding:
    def find(pair: str) -> Finding:
        wide = net_plane(evidence, "anneal_lr", pair)
        narrow = net_plane(evidence, "big_lr", pair)
        share = _share(evidence, wide)
        area_ratio = wide.area / narrow.area
        flat_ratio = share / _share(evidence, narrow) * area_ratio
        held = share >= evidence.settings.lowland and flat_ratio > 1
        measured = (
            f"flat share {share:.2%} of a plane {area_ratio:.0f} times big-lr's, "
            f"{flat_ratio:.1f} times its flat area"
        )
        try:
            resnet = _share(evidence, net_plane(evidence, "anneal_lr", pair, RESNET))
        except NotMeasured:
            return Finding(held, measured, share)
        return Finding(held and resnet > share, f"{measured}, ResNet18's {resnet:.2%}", share)

    return for_each({pair: pair for pair in PLANES}, find)


@claim(
    "lowland-fair",
    "at equal length of the step, too, anneal-lr's flat area is the largest (not in the paper)",
    exhibit="equal steps",
)
def _lowland_fair(evidence: Evidence) -> Finding:
    def find(scale_and_pair: tuple[str, str]) -> Finding:
        scale, pair = scale_and_pair
        shares = {
            setup: _share(evidence, net_plane(evidence, setup, pair, scale=scale))
            for setup in ("anneal_lr", "big_lr", "small_lr")
        }
        anneal, *others = shares.values()
        listed = ", ".join(f"{setup} {share:.2%}" for setup, share in shares.items())
        return Finding(anneal > max(others), f"flat share {listed}", anneal)

    planes = [(scale, pair) for scale in EQUAL_STEPS for pair in PLANES]
    return for_each({f"{scale} {pair}": (scale, pair) for scale, pair in planes}, find)


@claim(
    "random-stochastic",
    "random planes differ from draw to draw; ego planes are drawn only once",
    "Introduction",
    exhibit="equal steps",
)
def _random_stochastic(evidence: Evidence) -> Finding:
    run = net_table(evidence, "surfaces", "anneal_lr").run["name"]
    needed = evidence.settings.draws
    shares = [_share(evidence, surface) for surface in planes_at(evidence, run, RANDOM)]
    if len(shares) < needed:
        raise NotMeasured(f"{run}: {len(shares)} random planes, the check takes {needed}")
    mean = float(np.mean(shares))
    spread = float(np.std(shares, ddof=1))
    least = evidence.settings.spread
    return Finding(
        spread >= least * mean,
        f"flat share {mean:.2%} +- {spread:.2%} over {len(shares)} random planes "
        f"(asked: at least {least:.0%} of the mean)",
        spread / mean,
    )


@claim(
    "big-constant-poor",
    "a constant rate of 0.1 oscillates and gives poor models",
    "Section 3",
    exhibit="accuracies",
)
def _big_constant_poor(evidence: Evidence) -> Finding:
    net = evidence.settings.net
    rate = setup_of(evidence, "anneal_lr").lr
    constant = _constant_rate_table(evidence, net, rate)
    last, spread = _late_accuracy(constant)
    big_last, big_spread = _late_accuracy(net_table(evidence, "counts", "big_lr"))
    return Finding(
        last < big_last and spread > big_spread,
        f"{last:.2f} % on the test set and {spread:.2f} points from epoch to epoch, "
        f"under big-lr {big_last:.2f} and {big_spread:.2f}",
        last - big_last,
    )


def _constant_rate_table(evidence: Evidence, net: str, rate: float) -> Table:
    """The first counts table of a net that was trained at a constant rate."""
    for table in evidence.tables("counts"):
        run = table.run
        if (run["net"], run["setup"]["lr"], run["setup"]["schedule"]) == (net, rate, "constant"):
            return table
    raise NotMeasured(f"counts: no run of {net} at a constant rate of {rate}")


def _late_accuracy(table: Table) -> tuple[float, float]:
    """The final test accuracy, and the standard deviation of its changes in the second half.

    In percent and in percentage points; the second is nan if the half has no change.
    """
    _, counts = by_epoch.training_counts(table, "test")
    accuracy = confusion.accuracy(counts)  # (epochs,)
    changes = np.diff(accuracy[len(accuracy) // 2 :])
    spread = float(changes.std()) if len(changes) else np.nan
    return float(accuracy[-1]), spread
