"""Claims about how errors are spread over classes and pairs (Section 2.1, Appendix 2)."""

from itertools import combinations

import numpy as np
from scipy import stats

from interference import confusion
from interference.claims import contrasts, rules
from interference.claims.findings import (
    Fraction,
    confused,
    difference,
    named_numbers_text,
    points_finding,
    rate_above,
)
from interference.claims.lookup import (
    anneal_cctms,
    counts_on_test,
    labels,
    net_table,
    paper_nets,
    setup_tables,
)
from interference.claims.net_pairs import Counted, gains, net_difference
from interference.claims.recognition import is_likely
from interference.claims.registry import Evidence, claim
from interference.claims.rules import Finding, NotMeasured, conjunction, for_each
from interference.confusion import by_epoch, statistics
from interference.io.tables import Table
from interference.vocabulary import Array

BETTER_NETS = ("resnet18", "googlenet", "dla")  # Section 2.1: less interference than VGG19
CAR_TRUCK_NETS = ("googlenet", "dla")  # the nets of Appendix 2
NEARLY_ALL = 0.99  # Appendix 2: 99.2 % (GoogLeNet) and 99.6 % (DLA)
HALF = 0.5
LOW_RATE = 0.01  # Appendix 2: rates of the form 0.00X
MACHINES = ("airplane", "automobile", "ship", "truck")


@claim(
    "pair-bottleneck",
    "no two classes are confused with each other in more of all errors than CAT and DOG",
    "Abstract",
    exhibit="cctms",
)
def _pair_bottleneck(evidence: Evidence) -> Finding:
    def find(table: Table) -> Finding:
        counts = by_epoch.test_counts(table)
        cat, dog = labels(table.classes, "cat", "dog")
        names = table.classes.labels
        errors = counts * ~np.eye(len(counts), dtype=bool)
        of_pairs = errors + errors.T
        total = int(errors.sum())
        own = int(of_pairs[cat, dog])
        steps: dict[str, Finding] = {}
        for a, b in combinations(range(len(counts)), 2):
            if {a, b} != {cat, dog}:
                estimate = contrasts.paired(own, int(of_pairs[a, b]), total)
                bounds = (100 * estimate.low, 100 * estimate.high)
                name = f"less {names[a]}-{names[b]}"
                steps[name] = points_finding(100 * estimate.value, *bounds, +1, p=estimate.p)
        rank = conjunction(steps)
        least = min(rank.parts or {}, key=lambda name: steps[name].figure)
        fraction, low, high = contrasts.proportion(own, total)
        return rank._replace(
            figure=fraction,
            low=low,
            high=high,
            measured=(
                f"{fraction:.1%} of all errors ({low:.1%} to {high:.1%}); {least} "
                f"{(rank.parts or {})[least].measured}"
            ),
        )

    return for_each(anneal_cctms(evidence), find)


@claim(
    "interfering-share",
    "interference, predictions as a class that a class is predicted as at a rate above 0.005, "
    "makes up most errors",
    "Abstract",
    exhibit="cctms",
)
def _interfering_share(evidence: Evidence) -> Finding:
    def find(table: Table) -> Finding:
        counts = by_epoch.test_counts(table)
        is_error = ~np.eye(len(counts), dtype=bool)
        is_interfering = (confusion.cctm(counts) > confusion.THRESHOLD) & is_error
        total = int(counts[is_error].sum())
        part = int(counts[is_interfering].sum())
        finding = rate_above(Fraction(part, total), HALF, ".1%")
        return finding._replace(
            measured=(
                f"{finding.figure:.1%} of all errors ({finding.low:.1%} to {finding.high:.1%}) in "
                f"{is_interfering.sum()} of {is_error.sum()} cells"
            )
        )

    return for_each(anneal_cctms(evidence), find)


@claim(
    "recalls-differ",
    "classes have different recalls, which the accuracy of a net does not show",
    "Section 2.1",
    exhibit="recalls",
)
def _recalls_differ(evidence: Evidence) -> Finding:
    def find(table: Table) -> Finding:
        counts = by_epoch.test_counts(table)
        has_images = counts.sum(1) > 0
        correct = counts.diagonal()[has_images]
        errors = counts.sum(1)[has_images] - correct
        if not (correct.any() and errors.any()):
            raise NotMeasured("no error, or no correct prediction, on the test set")
        test = stats.chi2_contingency(np.stack([correct, errors]), correction=False)
        recall = confusion.recall(counts)[has_images]
        p = float(test.pvalue)
        return Finding(
            held=True if p < rules.LEVEL else None,
            measured=(
                f"{recall.min():.1f} to {recall.max():.1f} %, chi-squared "
                f"{test.statistic:.0f} with {test.dof} degrees of freedom, {rules.p_text(p)}"
            ),
            figure=float(np.ptp(recall)),
            p=p,
        )

    return for_each(anneal_cctms(evidence), find)


@claim(
    "resnet-fewer-dark",
    "CAT has fewer interferers, classes at a rate above 0.005, in ResNet18 than in VGG19",
    "Fig. 1",
    exhibit="cctms",
)
def _resnet_fewer_dark(evidence: Evidence) -> Finding:
    resnet_table, resnet = counts_on_test(evidence, "anneal_lr", "resnet18")
    vgg_table, vgg = counts_on_test(evidence, "anneal_lr")
    rules.check_equal_epochs([resnet_table.run, vgg_table.run])
    (cat,) = labels(vgg_table.classes, "cat")
    resnet_drawn = _numbers_of_interferers(contrasts.redrawn(resnet, seed=1), cat)
    vgg_drawn = _numbers_of_interferers(contrasts.redrawn(vgg, seed=2), cat)
    own = int(_numbers_of_interferers(resnet, cat))
    other = int(_numbers_of_interferers(vgg, cat))
    fewer = float((resnet_drawn < vgg_drawn).mean())
    return Finding(
        held=is_likely(fewer),
        measured=(
            f"{own} interferers, VGG19 {other}; fewer in {fewer:.0%} of test sets drawn anew"
        ),
        figure=own - other,
    )


@claim(
    "gain-cat-dog",
    "ResNet18, GoogLeNet and DLA gain more recall over VGG19 on CAT and DOG than on the other "
    "classes",
    "Section 2.1: less class interference, especially for CAT and DOG",
    exhibit="recalls",
)
def _gain_cat_dog(evidence: Evidence) -> Finding:
    def find(net: str) -> Finding:
        table = net_table(evidence, "cctm", "anneal_lr", net)
        vgg = net_table(evidence, "cctm", "anneal_lr")
        rules.check_equal_epochs([table.run, vgg.run])
        is_pair = np.isin(np.arange(len(table.classes)), labels(table.classes, "cat", "dog"))
        of_pair = is_pair / is_pair.sum()
        of_others = ~is_pair / (~is_pair).sum()
        difference_of_gains = gains(evidence, table, vgg, of_pair - of_others)
        pair_gain = gains(evidence, table, vgg, of_pair).value
        other_gain = gains(evidence, table, vgg, of_others).value
        finding = points_finding(
            100 * difference_of_gains.value,
            100 * difference_of_gains.low,
            100 * difference_of_gains.high,
            +1,
            p=difference_of_gains.p,
        )
        return finding._replace(
            measured=(
                f"{100 * pair_gain:+.2f} points on CAT and DOG, {100 * other_gain:+.2f} on the "
                f"others, difference {finding.measured}"
            )
        )

    return rules.for_each_name(BETTER_NETS, find, kind="nets")


def _numbers_of_interferers(counts: Array, row: int) -> Array:
    """The number (...,) of classes above the threshold in a row of confusion counts (..., C, C)."""
    rates = confusion.cctm(counts)[..., row, :]
    is_interferer = rates > confusion.THRESHOLD
    is_interferer[..., row] = False
    numbers: Array = is_interferer.sum(-1)
    return numbers


@claim(
    "car-top-two",
    "CAR's recall and its predictions as TRUCK make up at least 99 % of CAR in GoogLeNet and DLA",
    "99.2 %, 99.6 %",
    exhibit="interferers",
)
def _car_top_two(evidence: Evidence) -> Finding:
    def find(net: str) -> Finding:
        table, counts = counts_on_test(evidence, "anneal_lr", net)
        car, truck = labels(table.classes, "automobile", "truck")
        both = int(counts[car, car] + counts[car, truck])
        return rate_above(Fraction(both, int(counts[car].sum())), NEARLY_ALL, ".1%")

    return rules.for_each_name(CAR_TRUCK_NETS, find, kind="nets")


@claim(
    "truck-car",
    "most errors on TRUCK are predictions of CAR, in GoogLeNet and in DLA",
    "vice versa (Appendix 2)",
    exhibit="interferers",
)
def _truck_car(evidence: Evidence) -> Finding:
    def find(net: str) -> Finding:
        table, counts = counts_on_test(evidence, "anneal_lr", net)
        car, truck = labels(table.classes, "automobile", "truck")
        errors = int(counts[truck].sum() - counts[truck, truck])
        return rate_above(Fraction(int(counts[truck, car]), errors), HALF, ".0%")

    return rules.for_each_name(CAR_TRUCK_NETS, find, kind="nets")


@claim(
    "dla-car",
    "DLA recalls CAR better than GoogLeNet",
    "97.8 % > 96.7 %",
    exhibit="interferers",
)
def _dla_car(evidence: Evidence) -> Finding:
    dla = net_table(evidence, "cctm", "anneal_lr", "dla")
    googlenet = net_table(evidence, "cctm", "anneal_lr", "googlenet")
    rules.check_equal_epochs([dla.run, googlenet.run])
    (car,) = labels(dla.classes, "automobile")
    return net_difference(evidence, dla, googlenet, Counted(car), +1)


@claim(
    "many-interferers",
    "GoogLeNet: PLANE and BIRD have effectively more interferers than CAR and TRUCK, and lower "
    "recalls",
    "Appendix 2",
    exhibit="interferers",
)
def _many_interferers(evidence: Evidence) -> Finding:
    table, counts = counts_on_test(evidence, "anneal_lr", "googlenet")
    plane, bird, car, truck = labels(table.classes, "airplane", "bird", "automobile", "truck")
    names = table.classes.labels
    steps: dict[str, Finding] = {"numbers:": _more_interferers(table, (plane, bird), (car, truck))}
    for many in (plane, bird):
        for single in (car, truck):
            higher = confused(counts, single, single)
            lower = confused(counts, many, many)
            steps[f"{names[single]} less {names[many]}"] = difference(higher, lower, +1)
    return conjunction(steps, figure=steps["numbers:"].figure)


def _more_interferers(table: Table, many: tuple[int, ...], single: tuple[int, ...]) -> Finding:
    """Whether some classes have effectively more interferers than others, in redrawn test sets."""
    counts = by_epoch.test_counts(table)
    names = table.classes.labels
    drawn = effective_interferers(contrasts.redrawn(counts))  # (draws, C)
    is_more = drawn[:, many].min(1) > drawn[:, single].max(1)
    own = effective_interferers(counts)
    listed = named_numbers_text({names[label]: own[label] for label in (*many, *single)}, ".1f")
    return Finding(
        held=is_likely(float(is_more.mean())),
        measured=(
            f"effectively {listed} interferers, in this order in {is_more.mean():.0%} of test "
            "sets drawn anew"
        ),
        figure=float(own[list(many)].min() - own[list(single)].max()),
    )


def effective_interferers(counts: Array) -> Array:
    """The effective number of classes over which the errors on each class are spread.

    It is the inverse of Simpson's index, 1 / sum of squared fractions: 1 if all errors are
    predictions of one class, k if they are spread evenly over k classes.

    Args:
        counts: Confusion counts (..., C, C), row = true class.

    Returns:
        The number of each class (..., C); 0 without an error.

    Example:
        >>> effective_interferers(np.array([[90, 5, 5], [8, 90, 0], [0, 0, 99]])).tolist()
        [2.0, 1.0, 0.0]
    """
    errors = counts * ~np.eye(counts.shape[-1], dtype=bool)
    squares = (errors.astype(float) ** 2).sum(-1)
    numbers: Array = errors.sum(-1) ** 2 / np.maximum(squares, 1)
    return numbers


@claim(
    "car-row-low",
    "GoogLeNet: CAR is predicted as any class but TRUCK at rates below 0.01",
    "all the numbers are low (0.00X or 0) except for the TRUCK column (Appendix 2)",
    exhibit="interferers",
)
def _car_row_low(evidence: Evidence) -> Finding:
    table, counts = counts_on_test(evidence, "anneal_lr", "googlenet")
    car, truck = labels(table.classes, "automobile", "truck")
    names = table.classes.labels
    others = [label for label in range(len(counts)) if label not in (car, truck)]
    highest = max(others, key=lambda label: counts[car, label])
    rate, low, high = contrasts.proportion(int(counts[car, highest]), int(counts[car].sum()))
    return Finding(
        held=rules.is_beyond(low, high, -1, LOW_RATE),
        measured=f"highest: {names[highest]} {rate:.4f} ({low:.4f} to {high:.4f})",
        figure=rate,
        low=low,
        high=high,
        sign=-1,
        limit=LOW_RATE,
    )


@claim(
    "cat-attracts",
    "more errors are predictions of CAT than of any other class (not in the paper)",
    "beside Section 2.1: what a column of the confusion matrix tells",
    exhibit="cctms",
)
def _cat_attracts(evidence: Evidence) -> Finding:
    def find(table: Table) -> Finding:
        counts = by_epoch.test_counts(table)
        (cat,) = labels(table.classes, "cat")
        names = table.classes.labels
        attracted = counts.sum(0) - counts.diagonal()  # (C,)
        total = int(attracted.sum())
        steps: dict[str, Finding] = {}
        for label in range(len(counts)):
            if label != cat:
                estimate = contrasts.paired(int(attracted[cat]), int(attracted[label]), total)
                interval = (100 * estimate.low, 100 * estimate.high)
                name = f"less {names[label]}"
                steps[name] = points_finding(100 * estimate.value, *interval, +1, p=estimate.p)
        ranks = conjunction(steps)
        least = min(ranks.parts or {}, key=lambda name: steps[name].figure)
        precision = float(confusion.ratio(counts[cat, cat], counts[:, cat].sum()))
        is_other = np.arange(len(counts)) != cat
        others = counts[is_other]
        specificity = float(confusion.ratio(others[:, is_other].sum(), others.sum()))
        return ranks._replace(
            figure=float(attracted[cat]),
            measured=(
                f"{attracted[cat]} of {total} errors, precision {precision:.1%}, specificity "
                f"{specificity:.1%}; {least} {(ranks.parts or {})[least].measured} of all errors"
            ),
        )

    return for_each(anneal_cctms(evidence), find)


@claim(
    "metal-block",
    "machines are confused with machines and animals with animals more than machines with animals",
    "Section 4.2",
    exhibit="cctms",
)
def _metal_block(evidence: Evidence) -> Finding:
    def find(table: Table) -> Finding:
        machines = labels(table.classes, *MACHINES)
        counts = by_epoch.test_counts(table)
        classes = len(counts)
        errors = counts * ~np.eye(classes, dtype=bool)
        rates = confusion.both_ways(confusion.cctm(counts))
        own = _within_block(rates, machines)
        groups = combinations(range(classes), len(machines))
        others = np.array([_within_block(rates, group) for group in groups])
        above = float((others >= own - statistics.ROUNDING).mean())
        below = float((others <= own + statistics.ROUNDING).mean())
        p = min(1.0, 2 * min(above, below))
        in_block = np.isin(np.arange(classes), machines)
        is_within = in_block[:, None] == in_block
        fraction = float(confusion.ratio(errors[is_within].sum(), errors.sum()))
        return Finding(
            held=above < below if p < rules.LEVEL else None,
            measured=(
                f"{fraction:.0%} of all errors within the two blocks; rank "
                f"{(others > own + statistics.ROUNDING).sum() + 1} of {len(others)} ways to choose "
                f"{len(machines)} classes, {rules.p_text(p)}"
            ),
            figure=fraction,
            p=p,
        )

    return for_each(anneal_cctms(evidence), find)


def _within_block(rates: Array, block: tuple[int, ...] | list[int]) -> float:
    """The mean rate of pairs within a block or within its rest, less that of pairs between them."""
    classes = len(rates)
    in_block = np.isin(np.arange(classes), block)
    is_within = in_block[:, None] == in_block
    is_pair = np.triu(np.ones((classes, classes), bool), 1)
    return float(rates[is_within & is_pair].mean() - rates[~is_within & is_pair].mean())


@claim(
    "nets-agree",
    "different nets confuse the same classes: the difficulty lies in the data",
    "Section 2.1",
    exhibit="cctms",
)
def _nets_agree(evidence: Evidence) -> Finding:
    first: dict[str, Table] = {}
    for table in setup_tables(evidence, "cctm", "anneal_lr"):
        first.setdefault(table.run["net"], table)
    if len(first) < 2:
        raise NotMeasured("cctm: runs of one net alone under anneal_lr")

    def find(tables: tuple[Table, Table]) -> Finding:
        first_rates, other_rates = (
            confusion.symmetrised(confusion.cctm(by_epoch.test_counts(table))) for table in tables
        )
        rho, p = statistics.pair_correlation(first_rates, other_rates)
        is_clear = p < evidence.settings.p
        return Finding(
            held=rho > 0 if is_clear else None,
            measured=f"Spearman {rho:.2f}, {rules.p_text(p)}",
            figure=rho,
            p=p,
            sign=+1,
        )

    own = evidence.settings.net
    others = {*first, *paper_nets(evidence, "resnet18", "googlenet", "dla")} - {own}
    named = list(combinations([own, *sorted(others)], 2))
    items: dict[str, tuple[Table, Table]] = {}
    for first_net, other in named:
        if first_net in first and other in first:
            items[f"{first_net} and {other}"] = (first[first_net], first[other])
    names = [f"{first_net} and {other}" for first_net, other in named]
    return for_each(items, find, kind="pairs of nets", named=names)
