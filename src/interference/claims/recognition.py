"""Claims about test accuracies, recalls and the CCTM (Section 2.1, Table 1 and 2, Fig. 1 and 8)."""

from collections.abc import Mapping

import numpy as np

from interference import confusion, paper
from interference.claims import contrasts, rules
from interference.claims.findings import (
    Fraction,
    Window,
    confused,
    difference,
    is_within,
    named_numbers_text,
    numbers_text,
    points_finding,
    rate_above,
    window_text,
)
from interference.claims.lookup import (
    anneal_cctms,
    counts_on_test,
    item_names,
    labels,
    net_table,
    paper_nets,
    setup_tables,
)
from interference.claims.net_pairs import Counted, net_difference
from interference.claims.registry import Evidence, claim
from interference.claims.rules import (
    Finding,
    NotMeasured,
    all_of,
    conjunction,
    for_each,
    for_each_name,
    is_beyond,
)
from interference.confusion import by_epoch
from interference.io.tables import Table
from interference.params import PAPER_SETUPS
from interference.surfaces import scores
from interference.vocabulary import Array

PAPER_NET = "vgg19"
NETS = ("resnet18", "googlenet", "dla")  # the paper's nets beside its VGG19
TWO_NETS = ("resnet18",)  # the net beside VGG19 in Section 3
PERCENT = 100


@claim(
    "acc-order",
    "test accuracy: small-lr < big-lr < anneal-lr, for each net",
    "84.99 < 88.76 < 93.87 (VGG19)",
    exhibit="accuracies",
)
def _acc_order(evidence: Evidence) -> Finding:
    def find(tables: list[Table]) -> Finding:
        rules.check_equal_epochs(table.run for table in tables)
        small, big, anneal = tables
        counts = [by_epoch.test_counts(table) for table in tables]
        accuracies = [float(confusion.accuracy(own)) for own in counts]
        steps = {
            "big-lr less small-lr": net_difference(evidence, big, small, Counted(), +1),
            "anneal-lr less big-lr": net_difference(evidence, anneal, big, Counted(), +1),
        }
        order = conjunction(steps, figure=float(min(np.diff(accuracies))))
        measured = f"{numbers_text(accuracies, '.2f')}: {order.measured}"
        return order._replace(measured=measured)

    by_net = _tables_by_net(evidence)
    return for_each(by_net, find, kind="nets", named=paper_nets(evidence, *TWO_NETS))


def _tables_by_net(evidence: Evidence) -> dict[str, list[Table]]:
    """The cctm tables of each net that was trained under every set-up, in the set-ups' order."""
    by_setup = [setup_tables(evidence, "cctm", setup) for setup in PAPER_SETUPS]
    of_nets: list[dict[str, Table]] = []
    for tables in by_setup:
        first: dict[str, Table] = {}
        for table in tables:  # the lowest seed of a net stands first
            first.setdefault(table.run["net"], table)
        of_nets.append(first)
    common = set.intersection(*(set(first) for first in of_nets))
    own = evidence.settings.net
    nets = sorted(common, key=lambda net: (net != own, net))
    return {net: [first[net] for first in of_nets] for net in nets}


@claim(
    "acc-net",
    "test accuracy: ResNet18 > VGG19, under each training configuration",
    "86.88 > 84.99, 91.31 > 88.76, 95.15 > 93.87",
    exhibit="accuracies",
)
def _acc_net(evidence: Evidence) -> Finding:
    def find(setup: str) -> Finding:
        resnet = net_table(evidence, "cctm", setup, "resnet18")
        vgg = net_table(evidence, "cctm", setup)
        rules.check_equal_epochs([resnet.run, vgg.run])
        return net_difference(evidence, resnet, vgg, Counted(), +1)

    return for_each_name(PAPER_SETUPS, find, kind="training configurations")


@claim(
    "acc-table",
    "test accuracies agree with the table of Section 3, within tolerances",
    "six accuracies",
    exhibit="accuracies",
)
def _acc_table(evidence: Evidence) -> Finding:
    published = paper.accuracies()

    def find(net_and_setup: tuple[str, str]) -> Finding:
        net, setup = net_and_setup
        expected, tolerance = published[net_and_setup]
        accuracy = _accuracy_by_epoch(evidence, net, setup)
        deviation = accuracy[-1] - expected
        measured = f"{accuracy[-1]:.2f}{_late_mean_text(accuracy)}"
        return Finding(
            held=abs(deviation) <= tolerance,
            measured=f"{measured} (expected: {expected} +- {tolerance:g})",
            figure=deviation,
        )

    items = {" ".join(net_and_setup): net_and_setup for net_and_setup in published}
    return for_each(items, find, kind="accuracies")


def _accuracy_by_epoch(evidence: Evidence, net: str, setup: str) -> Array:
    """The test accuracy (epochs,), percent, of a net trained under the paper's own settings."""
    table = net_table(evidence, "counts", setup, net)
    if paper.setup(table.run) != setup:
        name = table.run["name"]
        raise NotMeasured(f"counts: {name} is not under the paper's own settings")
    _, counts = by_epoch.training_counts(table, "test")
    return confusion.accuracy(counts)


def _late_mean_text(accuracy: Array) -> str:
    """The mean accuracy of the last epochs; empty if the training is too short."""
    late = by_epoch.late_mean(accuracy)
    if np.isnan(late):
        return ""
    return f", mean of the last {by_epoch.LAST} epochs {late:.2f}"


@claim(
    "recall-table",
    "recalls agree with Table 1, within tolerances",
    "36 of 40 cells",
    exhibit="recalls",
)
def _recall_table(evidence: Evidence) -> Finding:
    cells = 0
    outside: list[str] = []
    tables = _paper_tables(evidence)
    for net, table in tables.items():
        ranges = paper.recall_ranges(net)
        cells += len(ranges)
        outside.extend(_recalls_outside(table, ranges))
    inside = cells - len(outside)
    measured = f"{inside} of {cells} cells within tolerance"
    if outside:
        measured += f"; outside: {', '.join(outside)}"
    finding = Finding(
        held=inside >= evidence.settings.recall_cells * cells,
        measured=measured,
        figure=inside / cells,
    )
    parts = dict.fromkeys(tables, finding)  # the cells of all nets are judged together
    missing = [net for net in (PAPER_NET, *NETS) if net not in tables]
    finding = finding._replace(parts=parts, missing=tuple(missing), kind="nets")
    if finding.verdict == rules.PARTLY:
        measured = f"{len(parts)} of {finding.items} nets; {measured}"
    return finding._replace(measured=measured)


def _paper_tables(evidence: Evidence) -> dict[str, Table]:
    """The first cctm table of each net of Table 1 that was trained as the paper's nets were."""
    tables: dict[str, Table] = {}
    for table in anneal_cctms(evidence).values():
        if paper.recalls_of(table.run):
            tables.setdefault(table.run["net"], table)
    if not tables:
        raise NotMeasured("cctm: no run of a net of Table 1 under the paper's own anneal_lr")
    return tables


def _recalls_outside(table: Table, ranges: Mapping[str, Window]) -> list[str]:
    """The recalls of a run that lie outside the paper's ranges, such as `vgg19 CAT 80.1`."""
    net = table.run["net"]
    recall = confusion.recall(by_epoch.test_counts(table))
    outside: list[str] = []
    for key, window in ranges.items():
        (label,) = labels(table.classes, key)
        if not is_within(recall[label], window):
            name = table.classes.labels[label]
            outside.append(f"{net} {name} {recall[label]:.1f}")
    return outside


@claim(
    "recall-rank",
    "every net has its lowest recall on CAT, its second lowest on DOG, its third lowest on BIRD",
    "true of all 8 published rows",
    exhibit="recalls",
)
def _recall_rank(evidence: Evidence) -> Finding:
    def find(table: Table) -> Finding:
        cat, dog, bird = labels(table.classes, "cat", "dog", "bird")
        counts = by_epoch.test_counts(table)
        names = table.classes.labels
        higher = [label for label in range(len(counts)) if label not in (cat, dog, bird)]
        steps = {}
        for label, lower in ((dog, cat), (bird, dog), *((other, bird) for other in higher)):
            name = f"{names[label]} less {names[lower]}"
            steps[name] = _recall_step(counts, label, lower)
        ranks = conjunction(steps)
        recall = confusion.recall(counts)
        least_name, least = _least(ranks)
        return ranks._replace(
            figure=least.figure,
            measured=(
                f"{numbers_text(recall[[cat, dog, bird]], '.1f')}; "
                f"least step: {least_name} {least.measured}"
            ),
        )

    return for_each(anneal_cctms(evidence), find, named=paper_nets(evidence, *NETS))


def _recall_step(counts: Array, label: int, lower: int) -> Finding:
    """How much higher the recall of a class is than that of another class of the same net."""
    return difference(confused(counts, label, label), confused(counts, lower, lower), +1)


def _least(finding: Finding) -> tuple[str, Finding]:
    """The part of a finding with the smallest figure, with its name."""
    parts = finding.parts or {}
    return min(parts.items(), key=lambda item: item[1].figure)


@claim(
    "bottleneck",
    "the rows of CAT and DOG hold the largest fractions of the errors of every net",
    "0.376 to 0.436",
    exhibit="cctms",
)
def _bottleneck(evidence: Evidence) -> Finding:
    window = evidence.settings.bottleneck

    def find(table: Table) -> Finding:
        pair = labels(table.classes, "cat", "dog")
        counts = by_epoch.test_counts(table)
        names = table.classes.labels
        errors = counts.sum(1) - counts.diagonal()  # (C,)
        total = int(errors.sum())
        others = np.delete(np.arange(len(errors)), pair)
        steps = {}
        for label in pair:
            for other in others:
                name = f"{names[label]} less {names[other]}"
                steps[name] = _part_less_part(int(errors[label]), int(errors[other]), total)
        least_name, least = _least(conjunction(steps))
        both = float(confusion.row_share(counts)[pair].sum())
        in_window = _within(both, window)
        return conjunction(
            {**steps, "share": in_window},
            figure=both,
            measured=(
                f"{in_window.measured}; least difference: {least_name} {least.measured} of all "
                "errors"
            ),
        )

    return for_each(anneal_cctms(evidence), find, named=paper_nets(evidence, *NETS))


def _within(number: float, window: Window) -> Finding:
    """Whether a number lies in a range, as one of several conditions."""
    measured = f"{number:.3f} {window_text(window)}"
    return Finding(is_within(number, window), measured, figure=number)


def _part_less_part(first: int, second: int, total: int) -> Finding:
    """Whether one part of a whole is larger than another part, in percent of the whole."""
    estimate = contrasts.paired(first, second, total)
    return _estimate_finding(estimate, +1)


def _estimate_finding(estimate: contrasts.Estimate, sign: int) -> Finding:
    """A difference of fractions as a finding in percentage points."""
    return points_finding(
        PERCENT * estimate.value,
        PERCENT * estimate.low,
        PERCENT * estimate.high,
        sign,
        p=estimate.p,
    )


@claim(
    "cat-dog-top", "CAT-DOG is the most interfering pair of every net", "Fig. 1, 8", exhibit="cctms"
)
def _cat_dog_top(evidence: Evidence) -> Finding:
    def find(table: Table) -> Finding:
        cat, dog = labels(table.classes, "cat", "dog")
        names = table.classes.labels
        counts = by_epoch.test_counts(table)
        cctm = confusion.cctm(counts)
        first, second, rate = confusion.ranked_pairs(cctm)[0]
        steps = {}
        for a, b, _ in confusion.ranked_pairs(cctm):
            if {a, b} != {cat, dog}:
                estimate = contrasts.rate_contrast(counts, _pair_weights(cctm, (cat, dog), (a, b)))
                steps[f"less {names[a]}-{names[b]}"] = _estimate_finding(estimate, +1)
        rank = conjunction(steps)
        least_name, least = _least(rank)
        return rank._replace(
            measured=(
                f"{names[first]}-{names[second]} {rate:.3f}; {names[cat]}-{names[dog]} "
                f"{least_name} {least.measured}"
            ),
            figure=float(cctm[cat, dog] + cctm[dog, cat]),
        )

    return for_each(anneal_cctms(evidence), find, named=paper_nets(evidence, *NETS))


def _pair_weights(cctm: Array, pair: tuple[int, int], other: tuple[int, int]) -> Array:
    """The weights (C, C) of the rates in one pair's interference less another pair's."""
    weights = np.zeros(cctm.shape)
    for a, b in (pair, pair[::-1]):
        weights[a, b] += 1
    for a, b in (other, other[::-1]):
        weights[a, b] -= 1
    return weights


@claim(
    "resnet-less",
    "DOG is predicted as CAT less often by ResNet18 than by VGG19",
    "Fig. 1",
    exhibit="cctms",
)
def _resnet_less(evidence: Evidence) -> Finding:
    vgg = evidence.settings.net
    return _less_confused(evidence, "resnet18", vgg, ("dog", "cat"))


def _less_confused(evidence: Evidence, net: str, other: str, pair: tuple[str, str]) -> Finding:
    """Whether a net predicts the pair's first class as the second less often than another net."""
    table = net_table(evidence, "cctm", "anneal_lr", net)
    other_table = net_table(evidence, "cctm", "anneal_lr", other)
    rules.check_equal_epochs([table.run, other_table.run])
    label, predicted = labels(table.classes, *pair)
    return net_difference(evidence, table, other_table, Counted(label, predicted), -1)


@claim(
    "symmetry",
    "the CCTM is nearly symmetric off the diagonal",
    exhibit="cctms",
)
def _symmetry(evidence: Evidence) -> Finding:
    most = evidence.settings.symmetric

    def find(table: Table) -> Finding:
        counts = by_epoch.test_counts(table)
        measure = contrasts.symmetry(counts)
        low, high = measure.by_counting
        held = is_beyond(measure.low, measure.high, -1, most)
        return Finding(
            held=False if np.isnan(measure.asymmetry) else held,
            measured=(
                f"asymmetry index {measure.asymmetry:.2f} "
                f"({measure.low:.2f} to {measure.high:.2f}; "
                f"expected: at most {most:g}; by counting alone {low:.2f} to {high:.2f}), "
                f"exact symmetry: Bowker's {rules.p_text(measure.bowker_p)}"
            ),
            figure=measure.asymmetry,
            low=measure.low,
            high=measure.high,
            sign=-1,
            limit=most,
        )

    return for_each(anneal_cctms(evidence), find)


@claim(
    "symmetry-grows",
    "the CCTM of the test images becomes more symmetric as the training anneals (not in the paper)",
    "the symmetry of Fig. 1, beside the dance of Fig. 6",
    exhibit="cctms",
)
def _symmetry_grows(evidence: Evidence) -> Finding:
    tables = setup_tables(evidence, "counts", "anneal_lr")

    def find(table: Table) -> Finding:
        if "test" not in set(table.frame["split"]):
            raise NotMeasured(f"{table.run['name']}: counts of test were not recorded")
        epochs, counts = by_epoch.training_counts(table, "test")
        position = scores.early_position(len(epochs))
        early, late = (contrasts.symmetry(counts[place]) for place in (position, -1))
        return Finding(
            held=rules.is_less(_index_bounds(late), _index_bounds(early)),
            measured=(
                f"asymmetry index {early.asymmetry:.2f} ({early.low:.2f} to {early.high:.2f}) "
                f"after epoch {epochs[position]}, {late.asymmetry:.2f} ({late.low:.2f} to "
                f"{late.high:.2f}) after epoch {epochs[-1]}"
            ),
            figure=late.asymmetry - early.asymmetry,
        )

    return for_each(dict(zip(item_names(tables), tables, strict=True)), find)


def _index_bounds(measure: contrasts.Symmetry) -> rules.Bounds:
    """The asymmetry index with its interval."""
    return rules.Bounds(measure.asymmetry, measure.low, measure.high)


@claim(
    "car-truck-googlenet",
    "GoogLeNet: most errors on CAR are predictions of TRUCK",
    "0.025",
    exhibit="cctms",
)
def _car_truck_googlenet(evidence: Evidence) -> Finding:
    window = evidence.settings.car_truck_googlenet
    return _car_to_truck(evidence, "googlenet", window)


@claim(
    "car-truck-dla",
    "DLA: most errors on CAR are predictions of TRUCK",
    "0.018",
    exhibit="cctms",
)
def _car_truck_dla(evidence: Evidence) -> Finding:
    window = evidence.settings.car_truck_dla
    return _car_to_truck(evidence, "dla", window)


def _car_to_truck(evidence: Evidence, net: str, window: Window) -> Finding:
    """Whether most errors on CAR are predictions of TRUCK, at a rate within a window."""
    table, counts = counts_on_test(evidence, "anneal_lr", net)
    car, truck = labels(table.classes, "automobile", "truck")
    rate = confusion.cctm(counts)[car, truck]
    most = _most_errors(table, counts, car, truck)
    return Finding(
        held=all_of([is_within(rate, window), most.held]),
        measured=f"{rate:.4f} {window_text(window)}, {most.measured}",
        figure=rate,
    )


def _most_errors(table: Table, counts: Array, label: int, predicted: int) -> Finding:
    """Whether more than half of the errors on a class are predictions of one other class."""
    name = table.classes.labels[label]
    errors = int(counts[label].sum() - counts[label, label])
    finding = rate_above(Fraction(int(counts[label, predicted]), errors), 0.5, ".0%")
    return finding._replace(
        measured=(
            f"{finding.figure:.0%} of {name}'s errors ({finding.low:.0%} to {finding.high:.0%}; "
            "expected: more than half)"
        )
    )


@claim(
    "dla-less",
    "CAR and TRUCK interfere less in DLA than in GoogLeNet",
    "0.018, 0.025",
    exhibit="cctms",
)
def _dla_less(evidence: Evidence) -> Finding:
    return _less_confused(evidence, "dla", "googlenet", ("automobile", "truck"))


PLANE_LEAST = 0.01  # "both over 0.01" (Appendix 2, version b)


@claim(
    "plane-googlenet",
    "GoogLeNet: PLANE is predicted as BIRD and as SHIP at rates above 0.01, "
    "as TRUCK at about 0.006",
    "Table 2",
    exhibit="interferers",
)
def _plane_googlenet(evidence: Evidence) -> Finding:
    table, counts = counts_on_test(evidence, "anneal_lr", "googlenet")
    plane, bird, ship, truck = labels(table.classes, "airplane", "bird", "ship", "truck")
    names = table.classes.labels
    to_truck = confused(counts, plane, truck).rate
    window = evidence.settings.plane_truck
    above = {
        names[label]: rate_above(confused(counts, plane, label), PLANE_LEAST, ".4f")
        for label in (bird, ship)
    }
    listed = conjunction(above)
    return conjunction(
        {**above, names[truck]: _within(to_truck, window)},
        measured=(
            f"{listed.measured} (expected: above {PLANE_LEAST:g}), "
            f"{names[truck]} {to_truck:.4f} {window_text(window)}"
        ),
        figure=listed.figure,
    )


@claim(
    "interferers",
    "GoogLeNet: CAR and TRUCK have fewer interferers than PLANE, PLANE fewer than BIRD",
    "1, 1, 3, 5",
    exhibit="interferers",
)
def _interferers(evidence: Evidence) -> Finding:
    table, counts = counts_on_test(evidence, "anneal_lr", "googlenet")
    cctm = confusion.cctm(counts)
    rows = labels(table.classes, "automobile", "truck", "airplane", "bird")
    numbers: dict[str, int] = {}
    for row in rows:
        name = table.classes.labels[row]
        numbers[name] = len(confusion.interferers(cctm, row))
    probability = _probability_of_order(counts, rows)
    return Finding(
        held=is_likely(probability),
        measured=(
            f"{named_numbers_text(numbers, 'd')}; this order in {probability:.0%} of test sets "
            "drawn anew"
        ),
        figure=list(numbers.values())[-1],
    )


def _probability_of_order(counts: Array, rows: list[int]) -> float:
    """The fraction of redrawn test sets whose numbers of interferers are in the paper's order."""
    drawn = contrasts.redrawn(counts)  # (draws, C, C)
    rates = confusion.cctm(drawn)
    is_interferer = rates > confusion.THRESHOLD
    own = np.eye(len(counts), dtype=bool)
    numbers = (is_interferer & ~own).sum(-1)  # (draws, C)
    car, truck, plane, bird = numbers[:, rows].T
    is_ordered = (np.maximum(car, truck) < plane) & (plane < bird)
    return float(is_ordered.mean())


def is_likely(probability: float) -> bool | None:
    """Whether a statement is true in nearly all or nearly no test sets that are drawn anew.

    Args:
        probability: The fraction of them in which it is true.

    Returns:
        True from 95 %, false up to 5 %, else None.
    """
    if probability >= 1 - rules.LEVEL:
        return True
    return False if probability <= rules.LEVEL else None


@claim(
    "vgg-worst",
    "ResNet18, GoogLeNet and DLA recall CAT and DOG better than VGG19",
    "Table 1",
    exhibit="recalls",
)
def _vgg_worst(evidence: Evidence) -> Finding:
    def find(net_and_class: tuple[str, str]) -> Finding:
        net, key = net_and_class
        table = net_table(evidence, "cctm", "anneal_lr", net)
        vgg = net_table(evidence, "cctm", "anneal_lr")
        rules.check_equal_epochs([table.run, vgg.run])
        (label,) = labels(table.classes, key)
        return net_difference(evidence, table, vgg, Counted(label), +1)

    items: dict[str, tuple[str, str]] = {}
    for net in NETS:
        for key in ("cat", "dog"):
            items[f"{net} {key}"] = (net, key)
    return for_each(items, find, kind="comparisons")
