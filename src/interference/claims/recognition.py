"""Claims about test accuracies, recalls and the CCTM (Section 2.1, Table 1 and 2, Fig. 1 and 8)."""

from collections.abc import Mapping

import numpy as np

from interference import confusion, paper
from interference.claims.findings import (
    Window,
    confused,
    correct,
    correlation,
    difference,
    for_each,
    for_each_name,
    is_within,
    named_numbers_text,
    numbers_text,
    window_text,
)
from interference.claims.lookup import (
    anneal_cctms,
    counts_on_test,
    labels,
    net_table,
    setup_tables,
)
from interference.claims.registry import Evidence, Finding, NotMeasured, claim
from interference.confusion import by_epoch, statistics
from interference.io.tables import Table
from interference.params import PAPER_SETUPS
from interference.vocabulary import Array

NETS = ("resnet18", "googlenet", "dla")  # the paper's nets beside its VGG19


@claim(
    "acc-order",
    "test accuracy: small-lr < big-lr < anneal-lr, for each net",
    "84.99 < 88.76 < 93.87 (VGG19)",
    exhibit="accuracies",
)
def _acc_order(evidence: Evidence) -> Finding:
    def find(accuracies: list[float]) -> Finding:
        steps = np.diff(accuracies)
        least = float(min(steps))
        return Finding(
            held=least > 0,
            measured=numbers_text(accuracies, ".2f"),
            figure=least,
        )

    by_setup = [_accuracies(evidence, setup) for setup in PAPER_SETUPS]
    return for_each(_by_net(by_setup, evidence.settings.net), find)


def _accuracies(evidence: Evidence, setup: str) -> dict[str, float]:
    """The test accuracy of each net under a set-up, percent: that of its lowest seed."""
    accuracies: dict[str, float] = {}
    for table in setup_tables(evidence, "cctm", setup):
        counts = by_epoch.test_counts(table)
        accuracies.setdefault(table.run["net"], float(confusion.accuracy(counts)))
    return accuracies


def _by_net(by_setup: list[dict[str, float]], first_net: str) -> dict[str, list[float]]:
    """The accuracies of each net that was trained under every set-up, in the set-ups' order."""
    common = set.intersection(*(set(accuracies) for accuracies in by_setup))
    nets = sorted(common, key=lambda net: (net != first_net, net))
    by_net: dict[str, list[float]] = {}
    for net in nets:
        by_net[net] = [accuracies[net] for accuracies in by_setup]
    return by_net


@claim(
    "acc-net",
    "test accuracy: ResNet18 > VGG19, under each training configuration",
    "86.88 > 84.99, 91.31 > 88.76, 95.15 > 93.87",
    exhibit="accuracies",
)
def _acc_net(evidence: Evidence) -> Finding:
    def find(setup: str) -> Finding:
        _, resnet = counts_on_test(evidence, setup, "resnet18")
        _, vgg = counts_on_test(evidence, setup)
        return difference(correct(resnet), correct(vgg), +1)

    return for_each_name(PAPER_SETUPS, find)


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
    return for_each(items, find)


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
    for net, table in _paper_tables(evidence).items():
        ranges = paper.recall_ranges(net)
        cells += len(ranges)
        outside.extend(_recalls_outside(table, ranges))
    inside = cells - len(outside)
    measured = f"{inside} of {cells} cells within tolerance"
    if outside:
        measured += f"; outside: {', '.join(outside)}"
    return Finding(
        held=inside >= evidence.settings.recall_cells * cells,
        measured=measured,
        figure=inside / cells,
    )


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
    "CAT has the lowest recall, DOG the second lowest, BIRD the third lowest",
    "true of all 8 published rows",
    exhibit="recalls",
)
def _recall_rank(evidence: Evidence) -> Finding:
    def find(table: Table) -> Finding:
        worst = labels(table.classes, "cat", "dog", "bird")
        recall = confusion.recall(by_epoch.test_counts(table))
        next_worst = np.delete(recall, worst).min()
        steps = np.diff([*recall[worst], next_worst])
        least = min(steps)
        return Finding(
            held=least > 0,
            measured=numbers_text(recall[worst], ".1f"),
            figure=least,
        )

    return for_each(anneal_cctms(evidence), find)


@claim(
    "bottleneck",
    "the rows of CAT and DOG hold the largest fractions of the errors",
    "0.376 to 0.436",
    exhibit="cctms",
)
def _bottleneck(evidence: Evidence) -> Finding:
    window = evidence.settings.bottleneck

    def find(table: Table) -> Finding:
        pair = labels(table.classes, "cat", "dog")
        counts = by_epoch.test_counts(table)
        fractions = confusion.row_share(counts)  # (C,), of all errors
        both = fractions[pair].sum()
        smaller = fractions[pair].min()
        largest_other = np.delete(fractions, pair).max()
        return Finding(
            held=smaller > largest_other and is_within(both, window),
            measured=f"{both:.3f} {window_text(window)}",
            figure=both,
        )

    return for_each(anneal_cctms(evidence), find)


@claim(
    "cat-dog-top", "CAT-DOG is the most interfering pair of every net", "Fig. 1, 8", exhibit="cctms"
)
def _cat_dog_top(evidence: Evidence) -> Finding:
    def find(table: Table) -> Finding:
        cat, dog = labels(table.classes, "cat", "dog")
        names = table.classes.labels
        cctm = confusion.cctm(by_epoch.test_counts(table))
        first, second, rate = confusion.ranked_pairs(cctm)[0]
        return Finding(
            held={first, second} == {cat, dog},
            measured=f"{names[first]}-{names[second]} {rate:.3f}",
            figure=float(cctm[cat, dog] + cctm[dog, cat]),
        )

    return for_each(anneal_cctms(evidence), find)


@claim(
    "resnet-less",
    "CAT and DOG interfere less in ResNet18 than in VGG19",
    "Fig. 1",
    exhibit="cctms",
)
def _resnet_less(evidence: Evidence) -> Finding:
    vgg = evidence.settings.net
    return _less_confused(evidence, "resnet18", vgg, ("dog", "cat"))


def _less_confused(evidence: Evidence, net: str, other: str, pair: tuple[str, str]) -> Finding:
    """Whether a net predicts the pair's first class as the second less often than another net."""
    table, counts = counts_on_test(evidence, "anneal_lr", net)
    _, other_counts = counts_on_test(evidence, "anneal_lr", other)
    label, predicted = labels(table.classes, *pair)
    rate = confused(counts, label, predicted)
    other_rate = confused(other_counts, label, predicted)
    return difference(rate, other_rate, -1)


@claim("symmetry", "the CCTM is nearly symmetric off the diagonal", exhibit="cctms")
def _symmetry(evidence: Evidence) -> Finding:
    def find(table: Table) -> Finding:
        counts = by_epoch.test_counts(table)
        cctm = confusion.cctm(counts)
        return correlation(evidence, statistics.symmetry(cctm), +1)

    return for_each(anneal_cctms(evidence), find)


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
    name = table.classes.labels[car]
    rate = confusion.cctm(counts)[car, truck]
    errors = counts[car].sum() - counts[car, car]
    fraction = float(confusion.ratio(counts[car, truck], errors))
    return Finding(
        held=is_within(rate, window) and fraction > 0.5,
        measured=(
            f"{rate:.4f} {window_text(window)}, "
            f"{fraction:.0%} of {name}'s errors (expected: more than half)"
        ),
        figure=rate,
    )


@claim(
    "dla-less",
    "CAR and TRUCK interfere less in DLA than in GoogLeNet",
    "0.018, 0.025",
    exhibit="cctms",
)
def _dla_less(evidence: Evidence) -> Finding:
    return _less_confused(evidence, "dla", "googlenet", ("automobile", "truck"))


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
    rates = confusion.cctm(counts)[plane]  # (C,)
    smaller = min(rates[bird], rates[ship])
    least = confusion.THRESHOLD
    window = evidence.settings.plane_truck
    return Finding(
        held=smaller > least and is_within(rates[truck], window),
        measured=(
            f"{names[bird]} {rates[bird]:.4f}, "
            f"{names[ship]} {rates[ship]:.4f} (expected: above {least:g}), "
            f"{names[truck]} {rates[truck]:.4f} {window_text(window)}"
        ),
        figure=smaller,
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
    numbers: dict[str, int] = {}
    for row in labels(table.classes, "automobile", "truck", "airplane", "bird"):
        name = table.classes.labels[row]
        numbers[name] = len(confusion.interferers(cctm, row))
    car, truck, plane, bird = numbers.values()
    return Finding(
        held=max(car, truck) < plane < bird,
        measured=named_numbers_text(numbers, "d"),
        figure=bird,
    )


@claim(
    "vgg-worst",
    "ResNet18, GoogLeNet and DLA recall CAT and DOG better than VGG19",
    "Table 1",
    exhibit="recalls",
)
def _vgg_worst(evidence: Evidence) -> Finding:
    def find(net: str) -> Finding:
        table, counts = counts_on_test(evidence, "anneal_lr", net)
        _, vgg_counts = counts_on_test(evidence, "anneal_lr")
        names = table.classes.labels
        rows = {names[row]: row for row in labels(table.classes, "cat", "dog")}

        def find_class(row: int) -> Finding:
            recall = confused(counts, row, row)
            vgg_recall = confused(vgg_counts, row, row)
            return difference(recall, vgg_recall, +1)

        return for_each(rows, find_class)

    return for_each_name(NETS, find)
