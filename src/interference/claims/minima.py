"""Claims about how flat minima are over interference planes (Section 3, Fig. 2 to 4)."""

import numpy as np

from interference import confusion
from interference.claims.findings import for_each, for_each_name, named_numbers_text
from interference.claims.lookup import (
    PLANES,
    counts_on_test,
    error_rate,
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

CAT_DOG, CAR_TRUCK, HORSE_SHIP = PLANES
RESNET = "resnet18"
ACROSS = 135  # degrees: theta_1 = -theta_2, one class helped at the other's cost
HALF_TURN = 180  # degrees: a cut turned by so much is the same cut
ANGLES = np.arange(0, HALF_TURN, 5)
AXES = np.array([0, 90])  # degrees: the cuts along theta_1 and along theta_2
EQUAL_STEPS = ("step", "relative", "filter")  # the scales at which all nets step alike


def _flat_fraction(evidence: Evidence, surface: Surface) -> float:
    """The flat area as a fraction of the plane."""
    rates = error_rate(evidence, surface)
    return flatness.flat_share(rates, evidence.settings.epsilon)


def _flat_fractions(evidence: Evidence, run: str) -> dict[str, float]:
    """The flat area of each of `PLANES` of a run, as a fraction of the plane."""
    fractions: dict[str, float] = {}
    for pair in PLANES:
        surface = plane(evidence, run, pair)
        fractions[pair] = _flat_fraction(evidence, surface)
    return fractions


def _flat_lengths(evidence: Evidence, surface: Surface, angles: Array) -> Array:
    """The flat length at each of some angles, in units of theta."""
    rates = error_rate(evidence, surface)
    epsilon = evidence.settings.epsilon
    return flatness.flat_lengths(surface, rates, angles, epsilon)


def _axis_lengths(evidence: Evidence, surface: Surface) -> tuple[float, float]:
    """The flat lengths along theta_1 and along theta_2, in units of theta."""
    first, second = _flat_lengths(evidence, surface, AXES)
    return float(first), float(second)


def _sharpest_angle(lengths: Array) -> int:
    """The angle of `ANGLES` with the shortest flat length, in degrees."""
    return int(ANGLES[lengths.argmin()])


def _is_near_across(evidence: Evidence, angle: float) -> bool:
    """Whether a cut's angle is near 135 degrees; 170 and -10 degrees are the same cut."""
    quarter = HALF_TURN / 2
    turn = (angle - ACROSS + quarter) % HALF_TURN - quarter
    return abs(turn) <= evidence.settings.near


def _run_names(evidence: Evidence, setup: str) -> list[str]:
    """The names of the swept runs under a set-up, `claims.net` first."""
    tables = setup_tables(evidence, "surfaces", setup)
    names = [table.run["name"] for table in tables]
    return list(dict.fromkeys(names))


@claim(
    "plateau",
    "far from VGG19 big-lr's minimum in CAT-DOG, training accuracy falls to 10 %",
    "10 %",
    exhibit="planes",
)
def _plateau(evidence: Evidence) -> Finding:
    surface = net_plane(evidence, "big_lr", CAT_DOG)
    rates = error_rate(evidence, surface)
    tolerance = evidence.settings.plateau
    fraction = flatness.level_share(rates, surface.chance, tolerance)
    return Finding(
        held=fraction >= evidence.settings.plateau_share,
        measured=(
            f"{fraction:.3f} of the plane is one region "
            f"with an error rate of {surface.chance:g} +- {tolerance:g} %"
        ),
        figure=fraction,
    )


@claim(
    "cat-dog-sharp",
    "under big-lr, CAT-DOG is the sharpest of the three planes, for both nets",
    "Fig. 2",
    exhibit="planes",
)
def _cat_dog_sharp(evidence: Evidence) -> Finding:
    def find(run: str) -> Finding:
        fractions = _flat_fractions(evidence, run)
        cat_dog, *others = fractions.values()
        return Finding(
            held=cat_dog < min(others),
            measured=f"flat fraction of the plane: {named_numbers_text(fractions, '.2%')}",
            figure=cat_dog,
        )

    return for_each_name(_run_names(evidence, "big_lr"), find)


@claim(
    "valley",
    "under big-lr, CAT-DOG shows a narrow valley, for both nets",
    "Fig. 2",
    exhibit="planes",
)
def _valley(evidence: Evidence) -> Finding:
    def find(run: str) -> Finding:
        ratios: dict[str, float] = {}
        for pair in PLANES:
            surface = plane(evidence, run, pair)
            lengths = _flat_lengths(evidence, surface, ANGLES)
            ratios[pair] = lengths.max() / lengths.min()
        cat_dog, *others = ratios.values()
        return Finding(
            held=cat_dog > max(others),
            measured=f"longest over shortest flat length: {named_numbers_text(ratios, '.1f')}",
            figure=cat_dog,
        )

    return for_each_name(_run_names(evidence, "big_lr"), find)


@claim(
    "cat-over-dog",
    "under big-lr, VGG19 is steeper along CAT than along DOG, ResNet18 the other way round",
    "Fig. 2",
    exhibit="planes",
)
def _cat_over_dog(evidence: Evidence) -> Finding:
    steeper_axis = {evidence.settings.net: 0, RESNET: 1}
    return _steeper(evidence, CAT_DOG, steeper_axis)


@claim(
    "ship-horse",
    "under big-lr, VGG19 is more sensitive along SHIP, ResNet18 along HORSE",
    "Fig. 2",
    exhibit="planes",
)
def _ship_horse(evidence: Evidence) -> Finding:
    steeper_axis = {evidence.settings.net: 1, RESNET: 0}
    return _steeper(evidence, HORSE_SHIP, steeper_axis)


def _steeper(evidence: Evidence, pair: str, steeper_axis: dict[str, int]) -> Finding:
    """Whether, under big-lr, the flat length of each net is shorter along the axis named for it.

    `steeper_axis` gives that axis by net: 0 for theta_1, 1 for theta_2.
    """

    def find(net: str) -> Finding:
        surface = net_plane(evidence, "big_lr", pair, net)
        lengths = _axis_lengths(evidence, surface)
        first, second = surface.pair
        names = surface.classes.labels
        axis = steeper_axis[net]
        other_axis = 1 - axis
        return Finding(
            held=lengths[axis] < lengths[other_axis],
            measured=(
                f"flat length {lengths[0]:.3g} along {names[first]}, "
                f"{lengths[1]:.3g} along {names[second]}"
            ),
            figure=lengths[0] - lengths[1],
        )

    return for_each_name(steeper_axis, find)


@claim(
    "cut-135",
    "under big-lr, CAR-TRUCK and HORSE-SHIP look sharp in the 135 degree cut, "
    "flatter in most others",
    "Section 3",
    exhibit="planes",
)
def _cut_135(evidence: Evidence) -> Finding:
    def find(run_and_pair: tuple[str, str]) -> Finding:
        run, pair = run_and_pair
        surface = plane(evidence, run, pair)
        lengths = _flat_lengths(evidence, surface, ANGLES)
        sharpest = _sharpest_angle(lengths)
        across = lengths[ANGLES == ACROSS][0]
        median = np.median(lengths)
        return Finding(
            held=_is_near_across(evidence, sharpest) and across < median,
            measured=(
                f"shortest flat length {lengths.min():.3g} at {sharpest} degrees, "
                f"median {median:.3g}"
            ),
            figure=sharpest,
        )

    items: dict[str, tuple[str, str]] = {}
    for run in _run_names(evidence, "big_lr"):
        for pair in (CAR_TRUCK, HORSE_SHIP):
            items[f"{run} {pair}"] = (run, pair)
    return for_each(items, find)


@claim(
    "car-truck-resnet",
    "under big-lr, ResNet18 is flatter than VGG19 in CAR-TRUCK, sensitive only near 135 degrees",
    "Fig. 2",
    exhibit="planes",
)
def _car_truck_resnet(evidence: Evidence) -> Finding:
    resnet = net_plane(evidence, "big_lr", CAR_TRUCK, RESNET)
    vgg = net_plane(evidence, "big_lr", CAR_TRUCK)
    resnet_fraction = _flat_fraction(evidence, resnet)
    vgg_fraction = _flat_fraction(evidence, vgg)
    resnet_1, resnet_2 = _axis_lengths(evidence, resnet)
    vgg_1, vgg_2 = _axis_lengths(evidence, vgg)
    sharpest = _sharpest_angle(_flat_lengths(evidence, resnet, ANGLES))
    is_larger = resnet_fraction > vgg_fraction
    is_longer = resnet_1 > vgg_1 and resnet_2 > vgg_2
    return Finding(
        held=is_larger and is_longer and _is_near_across(evidence, sharpest),
        measured=(
            f"flat fraction {resnet_fraction:.2%}, VGG19's {vgg_fraction:.2%}; "
            f"sharpest at {sharpest} degrees; "
            f"flat length along the axes {resnet_1:.3g}, {resnet_2:.3g}, "
            f"VGG19's {vgg_1:.3g}, {vgg_2:.3g}"
        ),
        figure=resnet_fraction,
    )


@claim(
    "small-spike",
    "under small-lr, ResNet18's minimum is a spike in all three planes, sharper than VGG19's, "
    "yet ResNet18 generalises better",
    "Fig. 3",
    exhibit="planes",
)
def _small_spike(evidence: Evidence) -> Finding:
    advantage = _accuracy_advantage(evidence)

    def find(pair: str) -> Finding:
        resnet = net_plane(evidence, "small_lr", pair, RESNET)
        vgg = net_plane(evidence, "small_lr", pair)
        spike = _flat_fraction(evidence, resnet)
        vgg_fraction = _flat_fraction(evidence, vgg)
        is_spike = spike <= evidence.settings.spike
        return Finding(
            held=is_spike and spike < vgg_fraction and advantage > 0,
            measured=f"flat fraction {spike:.2%}, VGG19's {vgg_fraction:.2%}",
            figure=spike,
        )

    finding = for_each_name(PLANES, find)
    measured = f"{finding.measured}; {advantage:+.2f} points more accurate"
    return finding._replace(measured=measured)


def _accuracy_advantage(evidence: Evidence) -> float:
    """How much more accurate ResNet18 is than VGG19 under small-lr, in percentage points."""
    _, resnet = counts_on_test(evidence, "small_lr", RESNET)
    _, vgg = counts_on_test(evidence, "small_lr")
    return float(confusion.accuracy(resnet) - confusion.accuracy(vgg))


@claim(
    "small-vgg-cliff",
    "under small-lr, VGG19 is smoother near w* than ResNet18, but has a cliff along CAT",
    "Fig. 3",
    exhibit="planes",
)
def _small_vgg_cliff(evidence: Evidence) -> Finding:
    vgg = net_plane(evidence, "small_lr", CAT_DOG)
    resnet = net_plane(evidence, "small_lr", CAT_DOG, RESNET)
    vgg_steps = _steps(evidence, vgg)
    vgg_near = _mean_step_at_centre(vgg_steps)
    resnet_near = _mean_step_at_centre(_steps(evidence, resnet))
    cat, dog = (steps.max() for steps in vgg_steps)
    return Finding(
        held=vgg_near < resnet_near and cat > dog,
        measured=(
            f"mean step beside w* {vgg_near:.1f} points, ResNet18's {resnet_near:.1f}; "
            f"largest step {cat:.1f} along CAT, {dog:.1f} along DOG"
        ),
        figure=cat,
    )


def _steps(evidence: Evidence, surface: Surface) -> tuple[Array, Array]:
    """The changes of the error rate from point to point along each axis through w*.

    In percentage points, theta_1's axis first.
    """
    rates = error_rate(evidence, surface)
    row, column = surface.centre
    first_axis = np.diff(rates[:, column])
    second_axis = np.diff(rates[row])
    return np.abs(first_axis), np.abs(second_axis)


def _mean_step_at_centre(axes: tuple[Array, Array]) -> float:
    """The mean of the two steps of each axis that begin or end at w*."""
    beside: list[Array] = []
    for steps in axes:
        middle = len(steps) // 2
        beside.append(steps[middle - 1 : middle + 1])
    return float(np.mean(beside))


@claim(
    "lowland",
    "under anneal-lr, minima lie in a large flat lowland, on a plane with 100 times the area of "
    "big-lr's; ResNet18's lowland is larger than VGG19's",
    "Fig. 4",
    exhibit="planes",
)
def _lowland(evidence: Evidence) -> Finding:
    def find(pair: str) -> Finding:
        wide = net_plane(evidence, "anneal_lr", pair)
        narrow = net_plane(evidence, "big_lr", pair)
        fraction = _flat_fraction(evidence, wide)
        area_ratio = wide.area / narrow.area
        fraction_ratio = fraction / _flat_fraction(evidence, narrow)
        flat_ratio = fraction_ratio * area_ratio
        finding = Finding(
            held=fraction >= evidence.settings.lowland and flat_ratio > 1,
            measured=(
                f"flat area {fraction:.2%} of the plane, {flat_ratio:.1f} times big-lr's flat area "
                f"(plane {area_ratio:.0f} times as large)"
            ),
            figure=fraction,
        )
        return _with_resnet(evidence, pair, finding)

    return for_each_name(PLANES, find)


def _with_resnet(evidence: Evidence, pair: str, finding: Finding) -> Finding:
    """The finding on VGG19's lowland; if ResNet18 was swept, its lowland has to be larger."""
    try:
        resnet = net_plane(evidence, "anneal_lr", pair, RESNET)
    except NotMeasured:
        return finding
    fraction = _flat_fraction(evidence, resnet)
    return finding._replace(
        held=finding.held and fraction > finding.figure,
        measured=f"{finding.measured}, ResNet18's flat area {fraction:.2%}",
    )


@claim(
    "lowland-fair",
    "at equal step lengths, too, anneal-lr has the largest flat area (not in the paper)",
    exhibit="equal steps",
)
def _lowland_fair(evidence: Evidence) -> Finding:
    def find(scale_and_pair: tuple[str, str]) -> Finding:
        scale, pair = scale_and_pair
        fractions: dict[str, float] = {}
        for setup in ("anneal_lr", "big_lr", "small_lr"):
            surface = net_plane(evidence, setup, pair, scale=scale)
            fractions[setup] = _flat_fraction(evidence, surface)
        anneal, *others = fractions.values()
        return Finding(
            held=anneal > max(others),
            measured=f"flat fraction {named_numbers_text(fractions, '.2%')}",
            figure=anneal,
        )

    items: dict[str, tuple[str, str]] = {}
    for scale in EQUAL_STEPS:
        for pair in PLANES:
            items[f"{scale} {pair}"] = (scale, pair)
    return for_each(items, find)


@claim(
    "random-stochastic",
    "random planes differ from draw to draw; ego planes are drawn only once",
    "Introduction",
    exhibit="equal steps",
)
def _random_stochastic(evidence: Evidence) -> Finding:
    run = net_table(evidence, "surfaces", "anneal_lr").run["name"]
    planes = planes_at(evidence, run, RANDOM)
    needed = evidence.settings.draws
    if len(planes) < needed:
        raise NotMeasured(f"{run}: {len(planes)} random planes; the check needs {needed}")
    fractions = [_flat_fraction(evidence, surface) for surface in planes]
    mean = float(np.mean(fractions))
    spread = float(np.std(fractions, ddof=1))
    least = evidence.settings.spread
    return Finding(
        held=spread >= least * mean,
        measured=(
            f"flat fraction {mean:.2%} +- {spread:.2%} over {len(planes)} random planes "
            f"(expected spread: at least {least:.0%} of the mean)"
        ),
        figure=spread / mean,
    )


@claim(
    "big-constant-poor",
    "training at a constant rate of 0.1 oscillates and gives poor models",
    "Section 3",
    exhibit="accuracies",
)
def _big_constant_poor(evidence: Evidence) -> Finding:
    rate = setup_of(evidence, "anneal_lr").lr
    constant = _constant_rate_table(evidence, rate)
    big = net_table(evidence, "counts", "big_lr")
    last, spread = _late_accuracy(constant)
    big_last, big_spread = _late_accuracy(big)
    return Finding(
        held=last < big_last and spread > big_spread,
        measured=(
            f"test accuracy {last:.2f} %, standard deviation of its changes {spread:.2f} points; "
            f"under big-lr {big_last:.2f} % and {big_spread:.2f} points"
        ),
        figure=last - big_last,
    )


def _constant_rate_table(evidence: Evidence, rate: float) -> Table:
    """The first counts table of `claims.net` that was trained at a constant rate."""
    net = evidence.settings.net
    required = (net, rate, "constant")
    for table in evidence.tables("counts"):
        run = table.run
        setup = run["setup"]
        if (run["net"], setup["lr"], setup["schedule"]) == required:
            return table
    raise NotMeasured(f"counts: no run of {net} at a constant rate of {rate}")


def _late_accuracy(table: Table) -> tuple[float, float]:
    """The final test accuracy, and the standard deviation of its changes in the second half.

    In percent and in percentage points; the second is nan if the half has no change.
    """
    _, counts = by_epoch.training_counts(table, "test")
    accuracy = confusion.accuracy(counts)  # (epochs,)
    last = float(accuracy[-1])
    half = len(accuracy) // 2
    changes = np.diff(accuracy[half:])
    if not len(changes):
        return last, np.nan
    return last, float(changes.std())
