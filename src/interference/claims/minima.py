"""Claims about how flat minima are over interference planes (Section 3, Fig. 2 to 4)."""

from collections.abc import Mapping
from itertools import combinations

import numpy as np
from scipy import stats

from interference import confusion
from interference.claims import bounds, contrasts, rules
from interference.claims.findings import Fraction, correct, difference
from interference.claims.lookup import (
    PLANES,
    RESNET,
    check_given_edge,
    check_rates,
    error_rate,
    item_names,
    net_plane,
    net_table,
    paper_nets,
    plane,
    planes_at,
    setup_of,
    setup_tables,
)
from interference.claims.net_pairs import Counted, net_difference
from interference.claims.registry import Evidence, claim
from interference.claims.rules import (
    Bounds,
    Finding,
    NotMeasured,
    Undecided,
    all_of,
    for_each,
    for_each_name,
    is_beyond,
    is_less,
)
from interference.confusion import by_epoch
from interference.io.tables import Table
from interference.surfaces import Surface, flatness
from interference.vocabulary import RANDOM, Array

CAT_DOG, CAR_TRUCK, HORSE_SHIP = PLANES
ONLINE = "train_online"  # the split of the images as the training sees them
ACROSS = 135  # degrees: theta_1 = -theta_2, one class helped at the other's cost
HALF_TURN = 180  # degrees: a cut turned by so much is the same cut
ANGLES = np.arange(0, HALF_TURN, 5)
AXES = np.array([0, 90])  # degrees: the cuts along theta_1 and along theta_2
EQUAL_STEPS = ("step", "relative", "filter")  # the scales at which all nets step alike


def _axis_lengths(evidence: Evidence, surface: Surface) -> list[Bounds]:
    """The flat lengths along theta_1 and along theta_2, in units of theta."""
    return bounds.flat_lengths(evidence, surface, AXES)


def _is_near_across(evidence: Evidence, angle: Bounds) -> bool | None:
    """Whether the angle of a cut is near 135 degrees."""
    most = evidence.settings.near
    turns = [abs(bounds.turn(end, ACROSS)) for end in (angle.low, angle.figure, angle.high)]
    if max(turns) <= most:
        return True
    return False if min(turns) > most else None


def _check_equal_epochs(evidence: Evidence, setup: str, *nets: str) -> None:
    """Check that swept nets under a set-up were trained for equally many epochs."""
    swept = [net_table(evidence, "surfaces", setup, net) for net in nets]
    rules.check_equal_epochs(table.run for table in swept)


def _swept_runs(evidence: Evidence, setup: str) -> dict[str, str]:
    """The names of the swept runs under a set-up by their nets, `claims.net` first."""
    by_name: dict[str, Table] = {}
    for table in setup_tables(evidence, "surfaces", setup):
        by_name.setdefault(table.run["name"], table)
    return dict(zip(item_names(list(by_name.values())), by_name, strict=True))


@claim(
    "plateau",
    "far from VGG19 big-lr's minimum in CAT-DOG, training accuracy falls to 10 %",
    "10 %",
    exhibit="planes",
)
def _plateau(evidence: Evidence) -> Finding:
    surface = net_plane(evidence, "big_lr", CAT_DOG)
    check_rates(surface)
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
        planes = {pair: plane(evidence, run, pair) for pair in PLANES}
        return bounds.sharpest(evidence, planes)

    runs = _swept_runs(evidence, "big_lr")
    return for_each(runs, find, named=paper_nets(evidence, RESNET))


@claim(
    "valley",
    "under big-lr, CAT-DOG shows a narrow valley, for both nets",
    "Fig. 2",
    exhibit="planes",
)
def _valley(evidence: Evidence) -> Finding:
    least = evidence.settings.valley

    def find(run: str) -> Finding:
        surface = plane(evidence, run, CAT_DOG)
        ratio = bounds.longest_to_shortest(evidence, surface, ANGLES)
        return Finding(
            held=is_beyond(ratio.low, ratio.high, +1, least),
            measured=(
                f"the flat area is {bounds.text(ratio, '.1f')} times as long as wide "
                f"(expected: at least {least:g})"
            ),
            figure=ratio.figure,
        )

    runs = _swept_runs(evidence, "big_lr")
    return for_each(runs, find, named=paper_nets(evidence, RESNET))


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
            held=is_less(lengths[axis], lengths[other_axis]),
            measured=(
                f"flat length {bounds.text(lengths[0], '.3g')} along {names[first]}, "
                f"{bounds.text(lengths[1], '.3g')} along {names[second]}"
            ),
            figure=lengths[0].figure - lengths[1].figure,
        )

    return for_each_name(steeper_axis, find, kind="nets")


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
        sharpest = _sharpest_angle(evidence, surface)
        lengths = _weight_lengths(evidence, surface, ANGLES)
        across = lengths[ANGLES == ACROSS][0]
        median = np.median(lengths)
        return Finding(
            held=all_of([_is_near_across(evidence, sharpest), bool(across < median)]),
            measured=(
                f"sharpest at {bounds.text(sharpest, '.0f')} degrees; flat length in weight space "
                f"{across:.3g} at {ACROSS} degrees, median {median:.3g}"
            ),
            figure=sharpest.figure,
        )

    items: dict[str, tuple[str, str]] = {}
    for net, run in _swept_runs(evidence, "big_lr").items():
        for pair in (CAR_TRUCK, HORSE_SHIP):
            items[f"{net} {pair}"] = (run, pair)
    nets = paper_nets(evidence, RESNET)
    named = [f"{net} {pair}" for net in nets for pair in (CAR_TRUCK, HORSE_SHIP)]
    return for_each(items, find, kind="planes", named=named)


def _sharpest_angle(evidence: Evidence, surface: Surface) -> Bounds:
    """The angle of the sharpest cut; raises `Undecided` if the grid does not resolve it."""
    sharpest = bounds.sharpest_angle(evidence, surface, ANGLES)
    if sharpest is None:
        raise Undecided(
            f"{surface.name}: the shortest flat length is {bounds.UNRESOLVED_LENGTH} of the grid"
        )
    return sharpest


def _weight_lengths(evidence: Evidence, surface: Surface, angles: Array) -> Array:
    """The flat length (k,) of each of some cuts, as a norm in weight space."""
    epsilon = evidence.settings.epsilon
    finest = flatness.finest(surface, epsilon)
    rates = error_rate(evidence, finest)
    lengths = flatness.flat_lengths(finest, rates, angles, epsilon)
    norms: Array = lengths * flatness.unit_steps(surface, angles)
    return norms


@claim(
    "car-truck-resnet",
    "under big-lr, ResNet18 is flatter than VGG19 in CAR-TRUCK, sensitive only near 135 degrees",
    "Fig. 2",
    exhibit="planes",
)
def _car_truck_resnet(evidence: Evidence) -> Finding:
    resnet = net_plane(evidence, "big_lr", CAR_TRUCK, RESNET)
    vgg = net_plane(evidence, "big_lr", CAR_TRUCK)
    _check_equal_epochs(evidence, "big_lr", RESNET, evidence.settings.net)
    fractions = bounds.flat_fractions(evidence, {"ResNet18": resnet, "VGG19": vgg})
    resnet_fraction, vgg_fraction = fractions.values()
    resnet_lengths = _axis_lengths(evidence, resnet)
    vgg_lengths = _axis_lengths(evidence, vgg)
    sharpest = _sharpest_angle(evidence, resnet)
    is_longer = [is_less(*lengths) for lengths in zip(vgg_lengths, resnet_lengths, strict=True)]
    is_larger = is_less(vgg_fraction, resnet_fraction)
    lengths = {"ResNet18": resnet_lengths, "VGG19": vgg_lengths}
    length_texts = [
        f"{net} {bounds.text(first, '.3g')}, {bounds.text(second, '.3g')}"
        for net, (first, second) in lengths.items()
    ]
    return Finding(
        held=all_of([is_larger, *is_longer, _is_near_across(evidence, sharpest)]),
        measured=(
            f"flat fraction {bounds.text(resnet_fraction, '.2%')}, "
            f"VGG19's {bounds.text(vgg_fraction, '.2%')}; "
            f"sharpest at {bounds.text(sharpest, '.0f')} degrees; "
            f"flat length along the axes: {'; '.join(length_texts)}"
        ),
        figure=resnet_fraction.figure,
    )


@claim(
    "small-spike",
    "under small-lr, ResNet18's minimum is a spike in all three planes, sharper than VGG19's, "
    "yet ResNet18 generalises better",
    "Fig. 3",
    exhibit="planes",
)
def _small_spike(evidence: Evidence) -> Finding:
    resnet_table = net_table(evidence, "cctm", "small_lr", RESNET)
    vgg_table = net_table(evidence, "cctm", "small_lr")
    advantage = net_difference(evidence, resnet_table, vgg_table, Counted(), +1)
    most = evidence.settings.spike

    def find(pair: str) -> Finding:
        resnet = net_plane(evidence, "small_lr", pair, RESNET)
        vgg = net_plane(evidence, "small_lr", pair)
        _check_equal_epochs(evidence, "small_lr", RESNET, evidence.settings.net)
        check_given_edge(resnet)
        fractions = bounds.flat_fractions(evidence, {"ResNet18": resnet, "VGG19": vgg})
        spike, vgg_fraction = fractions.values()
        return Finding(
            held=all_of([_is_at_most(spike, most), is_less(spike, vgg_fraction), advantage.held]),
            measured=(
                f"flat fraction {bounds.text(spike, '.2%')}, "
                f"VGG19's {bounds.text(vgg_fraction, '.2%')}"
            ),
            figure=spike.figure,
        )

    finding = for_each_name(PLANES, find, kind="planes")
    measured = f"{finding.measured}; test accuracy {advantage.measured}"
    return finding._replace(measured=measured)


def _is_at_most(number: Bounds, most: float) -> bool | None:
    """Whether a number is at most a limit, by its bounds."""
    if number.high <= most:
        return True
    return False if number.low > most else None


@claim(
    "small-vgg-cliff",
    "under small-lr, VGG19 is smoother near w* than ResNet18, but has a cliff along CAT",
    "Fig. 3",
    exhibit="planes",
)
def _small_vgg_cliff(evidence: Evidence) -> Finding:
    vgg = net_plane(evidence, "small_lr", CAT_DOG)
    resnet = net_plane(evidence, "small_lr", CAT_DOG, RESNET)
    _check_equal_epochs(evidence, "small_lr", RESNET, evidence.settings.net)
    check_rates(vgg)
    check_rates(resnet)
    vgg_rates = error_rate(evidence, vgg)
    resnet_rates = error_rate(evidence, resnet)
    vgg_draws = flatness.redrawn_rates(vgg, vgg_rates)
    resnet_draws = flatness.redrawn_rates(resnet, resnet_rates)
    vgg_near = _mean_step_at_centre(vgg, vgg_rates)
    resnet_near = _mean_step_at_centre(resnet, resnet_rates)
    drawn_near = [
        _mean_step_at_centre(vgg, own) - _mean_step_at_centre(resnet, other)
        for own, other in zip(vgg_draws, resnet_draws, strict=True)
    ]
    cat, dog = flatness.steepest_step(vgg, vgg_rates)
    drawn_steps = np.array([flatness.steepest_step(vgg, draw) for draw in vgg_draws])  # (draws, 2)
    low, high = np.quantile(drawn_near, flatness.ENDS)
    is_smoother = is_beyond(low, high, -1)
    low, high = np.quantile(drawn_steps[:, 0] - drawn_steps[:, 1], flatness.ENDS)
    is_cliff = is_beyond(low, high, +1)
    return Finding(
        held=all_of([is_smoother, is_cliff]),
        measured=(
            f"mean step beside w* {vgg_near:.1f} points, ResNet18's {resnet_near:.1f}; "
            f"largest rise {cat:.1f} along CAT, {dog:.1f} along DOG"
        ),
        figure=cat,
    )


def _mean_step_at_centre(surface: Surface, rates: Array) -> float:
    """The mean change of the error rate (n1, n2) between w* and the points beside it on the axes.

    In percentage points.
    """
    row, column = surface.centre
    beside = [rates[row - 1, column], rates[row + 1, column]]
    beside += [rates[row, column - 1], rates[row, column + 1]]
    return float(np.abs(np.array(beside) - rates[row, column]).mean())


@claim(
    "lowland",
    "under anneal-lr, minima lie in a large flat lowland, on a plane with 100 times the area of "
    "big-lr's; ResNet18's lowland is larger than VGG19's",
    "Fig. 4",
    exhibit="planes",
)
def _lowland(evidence: Evidence) -> Finding:
    own = evidence.settings.net

    def find(net_and_pair: tuple[str, str]) -> Finding:
        net, pair = net_and_pair
        if net == own:
            return _own_lowland(evidence, pair)
        names = (net, own)
        planes = {name: net_plane(evidence, "anneal_lr", pair, name) for name in names}
        _check_equal_epochs(evidence, "anneal_lr", *names)
        fraction, vgg = bounds.flat_fractions(evidence, planes).values()
        return Finding(
            held=is_less(vgg, fraction),
            measured=f"flat area {bounds.text(fraction, '.2%')} of the plane",
            figure=fraction.figure,
        )

    items: dict[str, tuple[str, str]] = {}
    for net in paper_nets(evidence, RESNET):
        for pair in PLANES:
            items[f"{net} {pair}"] = (net, pair)
    return for_each(items, find, kind="planes")


def _own_lowland(evidence: Evidence, pair: str) -> Finding:
    """Whether the lowland of `claims.net` is large on its plane, and larger than big-lr's."""
    tables = [net_table(evidence, "surfaces", setup) for setup in ("anneal_lr", "big_lr")]
    wide = net_plane(evidence, "anneal_lr", pair)
    narrow = net_plane(evidence, "big_lr", pair)
    rules.check_equal_epochs(table.run for table in tables)
    check_given_edge(wide)
    fraction = bounds.flat_fraction(evidence, wide)
    narrow_fraction = bounds.flat_fraction(evidence, narrow)
    area_ratio = wide.area / narrow.area
    flat_ratio = fraction.figure / narrow_fraction.figure * area_ratio
    is_small = _is_at_most(fraction, evidence.settings.lowland)
    is_large = None if is_small is None else not is_small
    is_larger = is_less(narrow_fraction.times(narrow.area), fraction.times(wide.area))
    return Finding(
        held=all_of([is_large, is_larger]),
        measured=(
            f"flat area {bounds.text(fraction, '.2%')} of the plane, {flat_ratio:.1f} times "
            f"big-lr's flat area (plane {area_ratio:.0f} times as large)"
        ),
        figure=fraction.figure,
    )


@claim(
    "lowland-fair",
    "at equal step lengths, too, anneal-lr has the largest flat area (not in the paper)",
    exhibit="equal steps",
)
def _lowland_fair(evidence: Evidence) -> Finding:
    setups = ("anneal_lr", "big_lr", "small_lr")

    def find(scale_and_pair: tuple[str, str]) -> Finding:
        scale, pair = scale_and_pair
        planes: dict[str, Surface] = {}
        runs = []
        for setup in setups:
            planes[setup] = net_plane(evidence, setup, pair, scale=scale)
            runs.append(net_table(evidence, "surfaces", setup).run)
        rules.check_equal_epochs(runs)
        fractions = bounds.flat_fractions(evidence, planes)
        anneal, *others = fractions.values()
        return Finding(
            held=all_of(is_less(other, anneal) for other in others),
            measured=f"flat fraction {bounds.texts(fractions, '.2%')}",
            figure=anneal.figure,
        )

    swept = {table.meta.get("scale") for table in evidence.surfaces.values()}
    items: dict[str, tuple[str, str]] = {}
    for scale in EQUAL_STEPS:
        for pair in PLANES:
            if scale in swept:
                items[f"{scale} {pair}"] = (scale, pair)
    if not items:
        raise NotMeasured(f"surfaces: no run has planes at a scale of {', '.join(EQUAL_STEPS)}")
    return for_each(items, find, kind="planes")


@claim(
    "random-stochastic",
    "random planes differ from draw to draw, so that the order of training configurations by flat "
    "area depends on the draw",
    "Introduction",
    exhibit="equal steps",
)
def _random_stochastic(evidence: Evidence) -> Finding:
    by_setup = _random_fractions(evidence)
    first, *_ = by_setup.values()
    figures = [fraction.figure for fraction in first.values()]
    spread = float(np.std(figures, ddof=1) / np.mean(figures))
    least = evidence.settings.spread
    changes: list[bool | None] = []
    listed: list[str] = []
    for pair in combinations(by_setup, 2):
        answer, text = _order_of_setups(evidence, by_setup, pair)
        changes.append(answer)
        listed.append(f"{' and '.join(pair)} {text}")
    if not changes:
        raise NotMeasured("surfaces: random planes of one training configuration alone")
    fixed = all_of(None if change is None else not change for change in changes)
    depends = None if fixed is None else not fixed
    return Finding(
        held=all_of([spread >= least, depends]),
        measured=(
            f"flat fraction {np.mean(figures):.2%}, spread {spread:.0%} of it over {len(figures)} "
            f"random planes (expected: at least {least:.0%}); order over the draws: "
            f"{', '.join(listed)}{_components_text(by_setup)}"
        ),
        figure=spread,
    )


def _order_of_setups(
    evidence: Evidence,
    by_setup: Mapping[str, Mapping[tuple[int, int], Bounds]],
    pair: tuple[str, str],
) -> tuple[bool | None, str]:
    """Whether the order of two set-ups depends on the random plane, and the answer as a text."""
    runs = [net_table(evidence, "surfaces", setup).run for setup in pair]
    try:
        rules.check_equal_epochs(runs)
    except Undecided:
        epochs = [run["setup"]["epochs"] for run in runs]
        return None, f"not compared ({epochs[0]} and {epochs[1]} epochs)"
    first, second = pair
    changes = _order_changes(by_setup[first], by_setup[second])
    answers = {True: "reversed", False: "the same in all", None: "not told apart in all"}
    return changes, answers[changes]


def _components_text(by_setup: Mapping[str, Mapping[tuple[int, int], Bounds]]) -> str:
    """The variance of the flat areas' logarithms by set-up and by draw, as a text."""
    common = set.intersection(*(set(fractions) for fractions in by_setup.values()))
    draws = sorted(common)
    areas = [[fractions[draw].figure for draw in draws] for fractions in by_setup.values()]
    table = np.array(areas)  # (set-ups, draws)
    if min(table.shape) < 2 or not (table > 0).all():
        return ""
    parts = contrasts.variance_components(np.log(table))
    if np.isnan(parts.rest):
        return ""
    return (
        f"; of the variance of log areas, training configurations have {parts.rows:.0%}, draws "
        f"{parts.columns:.0%}, both together and chance {parts.rest:.0%}"
    )


def _random_fractions(evidence: Evidence) -> dict[str, dict[tuple[int, int], Bounds]]:
    """The flat areas of `claims.net` in random planes, by set-up and draw; anneal-lr first.

    All are fractions of the first plane.
    """
    needed = evidence.settings.draws
    planes_of: dict[tuple[str, tuple[int, int]], Surface] = {}
    for setup in ("anneal_lr", "big_lr", "small_lr"):
        try:
            run = net_table(evidence, "surfaces", setup).run["name"]
        except NotMeasured:
            if not planes_of:
                raise
            continue
        planes = planes_at(evidence, run, RANDOM)
        if len(planes) < needed and not planes_of:
            raise NotMeasured(f"{run}: {len(planes)} random planes; the check needs {needed}")
        if len(planes) >= needed:
            planes_of |= {(setup, surface.pair): surface for surface in planes}
    fractions: dict[str, dict[tuple[int, int], Bounds]] = {}
    for (setup, pair), fraction in bounds.flat_fractions(evidence, planes_of).items():
        fractions.setdefault(setup, {})[pair] = fraction
    return fractions


def _order_changes(
    first: Mapping[tuple[int, int], Bounds], second: Mapping[tuple[int, int], Bounds]
) -> bool | None:
    """Whether the order of two set-ups by flat area differs between random planes.

    True if it is reversed in one draw beyond chance, False if it is the same in all draws.
    """
    answers = [is_less(first[draw], second[draw]) for draw in first if draw in second]
    if True in answers and False in answers:
        return True
    return None if None in answers or not answers else False


@claim(
    "big-constant-poor",
    "training at a constant rate of 0.1 oscillates and gives poor models",
    "Section 3",
    exhibit="accuracies",
)
def _big_constant_poor(evidence: Evidence) -> Finding:
    constant, big = _constant_and_big_lr(evidence)
    last, changes = _late_accuracy(constant)
    big_last, big_changes = _late_accuracy(big)
    spread = float(changes.std()) if len(changes) else np.nan
    big_spread = float(big_changes.std()) if len(big_changes) else np.nan
    gap = difference(_last_correct(constant), _last_correct(big), -1)
    return Finding(
        held=all_of([gap.held, _swings_more(changes, big_changes)]),
        measured=(
            f"test accuracy {last:.2f} %, standard deviation of its changes {spread:.2f} points; "
            f"under big-lr {big_last:.2f} % and {big_spread:.2f} points; "
            f"difference {gap.measured}"
        ),
        figure=last - big_last,
        low=gap.low,
        high=gap.high,
        p=gap.p,
    )


@claim(
    "big-constant-oscillates",
    "at a constant rate of 0.1 the training loss oscillates: late in the training it often rises, "
    "and it changes more from epoch to epoch than under big-lr",
    "Section 3",
    exhibit="accuracies",
)
def _big_constant_oscillates(evidence: Evidence) -> Finding:
    constant, big = _constant_and_big_lr(evidence)
    changes = _late_loss_changes(constant)
    big_changes = _late_loss_changes(big)
    if min(len(changes), len(big_changes)) < 2:
        raise Undecided("the second half of the training has fewer than two changes of the loss")
    rises = contrasts.series_mean((changes > 0).astype(float))
    often = evidence.settings.often
    rises_often = is_beyond(rises.low, rises.high, +1, often)
    return Finding(
        held=all_of([rises_often, _swings_more(changes, big_changes)]),
        measured=(
            f"rises in {rises.value:.0%} of the epochs of the second half "
            f"({max(rises.low, 0):.0%} to {min(rises.high, 1):.0%}; expected: more than "
            f"{often:.0%}); standard deviation of the changes {changes.std():.4f}, under big-lr "
            f"{big_changes.std():.4f}"
        ),
        figure=rises.value,
    )


def _constant_and_big_lr(evidence: Evidence) -> tuple[Table, Table]:
    """The counts of the training at the constant rate of anneal-lr, and under big-lr."""
    rate = setup_of(evidence, "anneal_lr").lr
    constant = _constant_rate_table(evidence, rate)
    big = net_table(evidence, "counts", "big_lr")
    rules.check_equal_epochs([constant.run, big.run])
    return constant, big


def _late_loss_changes(table: Table) -> Array:
    """The changes (k,) of the loss that a training saw, in its second half, nats."""
    if ONLINE not in set(table.frame["split"]):
        raise NotMeasured(f"{table.run['name']}: counts of {ONLINE} were not recorded")
    losses = by_epoch.losses(table, ONLINE)
    changes: Array = np.diff(losses[len(losses) // 2 :])
    return changes


def _swings_more(changes: Array, other: Array) -> bool | None:
    """Whether changes vary more than others do, by the Brown-Forsythe test."""
    if min(len(changes), len(other)) < 2:
        return None
    with np.errstate(divide="ignore", invalid="ignore"):  # of changes that are all equal
        p = stats.levene(changes, other, center="median").pvalue
    if not p < rules.LEVEL:
        return None
    return bool(changes.std() > other.std())


def _last_correct(table: Table) -> Fraction:
    """The correctly predicted test images after the last epoch."""
    _, counts = by_epoch.training_counts(table, "test")
    return correct(counts[-1])


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


def _late_accuracy(table: Table) -> tuple[float, Array]:
    """The final test accuracy, percent, and its changes (k,) in the second half, in points."""
    _, counts = by_epoch.training_counts(table, "test")
    accuracy = confusion.accuracy(counts)  # (epochs,)
    half = len(accuracy) // 2
    return float(accuracy[-1]), np.diff(accuracy[half:])
