"""Claims about test accuracies, recalls and the CCTM (Section 2.1, Table 1 and 2, Fig. 1 and 8)."""

import numpy as np

from interference import confusion, paper
from interference.claims.findings import (
    between,
    confused,
    correct,
    correlation,
    difference,
    for_each,
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

NETS = ("resnet18", "googlenet", "dla")  # the paper's nets beside its VGG19


@claim(
    "acc-order",
    "small-lr < big-lr < anneal-lr, for each net",
    "84.99 < 88.76 < 93.87 (VGG19)",
    exhibit="accuracies",
)
def _acc_order(evidence: Evidence) -> Finding:
    by_setup = [_accuracies(evidence, setup) for setup in PAPER_SETUPS]
    everywhere = set.intersection(*map(set, by_setup))
    nets = sorted(everywhere, key=lambda net: (net != evidence.settings.net, net))

    def find(accuracies: list[float]) -> Finding:
        least = float(min(np.diff(accuracies)))
        return Finding(least > 0, ", ".join(f"{each:.2f}" for each in accuracies), least)

    return for_each({net: [accuracies[net] for accuracies in by_setup] for net in nets}, find)


def _accuracies(evidence: Evidence, setup: str) -> dict[str, float]:
    """The test accuracy of each net under a set-up, percent; of several seeds, the lowest seed's."""
    accuracies: dict[str, float] = {}
    for table in setup_tables(evidence, "cctm", setup):
        accuracy = float(confusion.accuracy(by_epoch.test_counts(table)))
        accuracies.setdefault(table.run["net"], accuracy)
    return accuracies


@claim(
    "acc-net",
    "ResNet18 > VGG19 under each set-up",
    "86.88 > 84.99, 91.31 > 88.76, 95.15 > 93.87",
    exhibit="accuracies",
)
def _acc_net(evidence: Evidence) -> Finding:
    def find(setup: str) -> Finding:
        _, resnet = counts_on_test(evidence, setup, "resnet18")
        _, vgg = counts_on_test(evidence, setup)
        return difference(correct(resnet), correct(vgg), +1)

    return for_each({setup: setup for setup in PAPER_SETUPS}, find)


@claim(
    "acc-table", "the accuracy table, within its tolerances", "six accuracies", exhibit="accuracies"
)
def _acc_table(evidence: Evidence) -> Finding:
    def find(net_and_setup: tuple[str, str]) -> Finding:
        net, setup = net_and_setup
        published, tolerance = paper.accuracies()[net_and_setup]
        table = net_table(evidence, "counts", setup, net)
        if paper.setup(table.run) != setup:
            raise NotMeasured(f"counts: {table.run['name']} is not under the paper's own settings")
        _, counts = by_epoch.training_counts(table, "test")
        accuracy = confusion.accuracy(counts)  # (epochs,)
        late = by_epoch.late_mean(accuracy)
        measured = f"{accuracy[-1]:.2f} for {published} +- {tolerance:g}"
        if not np.isnan(late):
            measured += f" (last {by_epoch.LAST} epochs: {late:.2f})"
        off = accuracy[-1] - published
        return Finding(abs(off) <= tolerance, measured, off)

    return for_each({" ".join(key): key for key in paper.accuracies()}, find)


@claim("recall-table", "Table 1, within its tolerances", "36 of 40 cells", exhibit="recalls")
def _recall_table(evidence: Evidence) -> Finding:
    cells = 0
    outside: list[str] = []
    for net, table in _paper_tables(evidence).items():
        recall = confusion.recall(by_epoch.test_counts(table))
        for key, window in paper.recall_ranges(net).items():
            (label,) = labels(table.classes, key)
            cells += 1
            if not between(recall[label], window):
                outside.append(f"{net} {table.classes.labels[label]} {recall[label]:.1f}")
    inside = cells - len(outside)
    measured = f"{inside} of {cells} cells within"
    if outside:
        measured += f", outside: {', '.join(outside)}"
    held = inside >= evidence.settings.recall_cells * cells
    return Finding(held, measured, inside / cells)


def _paper_tables(evidence: Evidence) -> dict[str, Table]:
    """The first cctm table of each net of Table 1 that was trained as the paper's nets were."""
    tables: dict[str, Table] = {}
    for table in anneal_cctms(evidence).values():
        if paper.recalls_of(table.run):
            tables.setdefault(table.run["net"], table)
    if not tables:
        raise NotMeasured("cctm: no run of a net of Table 1 under the paper's own anneal_lr")
    return tables


@claim(
    "recall-rank",
    "CAT lowest, DOG second, BIRD third",
    "true of all 8 published rows",
    exhibit="recalls",
)
def _recall_rank(evidence: Evidence) -> Finding:
    def find(table: Table) -> Finding:
        worst = labels(table.classes, "cat", "dog", "bird")
        recall = confusion.recall(by_epoch.test_counts(table))
        next_worst = np.delete(recall, worst).min()
        steps = np.diff([*recall[worst], next_worst])
        return Finding(
            min(steps) > 0, ", ".join(f"{recall[label]:.1f}" for label in worst), min(steps)
        )

    return for_each(anneal_cctms(evidence), find)


@claim(
    "bottleneck",
    "CAT and DOG rows hold the largest share of the errors",
    "0.376 to 0.436",
    exhibit="cctms",
)
def _bottleneck(evidence: Evidence) -> Finding:
    window = evidence.settings.bottleneck

    def find(table: Table) -> Finding:
        pair = labels(table.classes, "cat", "dog")
        share = confusion.row_share(by_epoch.test_counts(table))
        both = share[pair].sum()
        largest = share[pair].min() > np.delete(share, pair).max()
        measured = f"{both:.3f} {window_text(window)}"
        return Finding(largest and between(both, window), measured, both)

    return for_each(anneal_cctms(evidence), find)


@claim(
    "cat-dog-top", "CAT-DOG is the most interfering pair of every net", "Fig. 1, 8", exhibit="cctms"
)
def _cat_dog_top(evidence: Evidence) -> Finding:
    def find(table: Table) -> Finding:
        cat, dog = labels(table.classes, "cat", "dog")
        cctm = confusion.cctm(by_epoch.test_counts(table))
        first, second, rate = confusion.ranked_pairs(cctm)[0]
        name = f"{table.classes.labels[first]}-{table.classes.labels[second]}"
        figure = float(cctm[cat, dog] + cctm[dog, cat])
        return Finding({first, second} == {cat, dog}, f"{name} {rate:.3f}", figure)

    return for_each(anneal_cctms(evidence), find)


@claim(
    "resnet-less",
    "ResNet18 interferes less between CAT and DOG than VGG19",
    "Fig. 1",
    exhibit="cctms",
)
def _resnet_less(evidence: Evidence) -> Finding:
    table, vgg = counts_on_test(evidence, "anneal_lr")
    _, resnet = counts_on_test(evidence, "anneal_lr", "resnet18")
    cat, dog = labels(table.classes, "cat", "dog")
    return difference(confused(resnet, dog, cat), confused(vgg, dog, cat), -1)


@claim("symmetry", "CCTM is near symmetric off the diagonal", exhibit="cctms")
def _symmetry(evidence: Evidence) -> Finding:
    def find(table: Table) -> Finding:
        cctm = confusion.cctm(by_epoch.test_counts(table))
        return correlation(evidence, statistics.symmetry(cctm), +1)

    return for_each(anneal_cctms(evidence), find)


def _car_to_truck(evidence: Evidence, net: str, window: tuple[float, float]) -> Finding:
    """Whether CAR is mostly mistaken for TRUCK, at a rate within a window."""
    table, counts = counts_on_test(evidence, "anneal_lr", net)
    car, truck = labels(table.classes, "automobile", "truck")
    rate = confusion.cctm(counts)[car, truck]
    errors = counts[car].sum() - counts[car, car]
    share = float(confusion.ratio(counts[car, truck], errors))
    name = table.classes.labels[car]
    return Finding(
        between(rate, window) and share > 0.5,
        f"{rate:.4f} {window_text(window)}, {share:.0%} of {name}'s errors (asked: more than half)",
        rate,
    )


@claim("car-truck-googlenet", "GoogLeNet: CAR errs to TRUCK", "0.025", exhibit="cctms")
def _car_truck_googlenet(evidence: Evidence) -> Finding:
    return _car_to_truck(evidence, "googlenet", evidence.settings.car_truck_googlenet)


@claim("car-truck-dla", "DLA: CAR errs to TRUCK", "0.018", exhibit="cctms")
def _car_truck_dla(evidence: Evidence) -> Finding:
    return _car_to_truck(evidence, "dla", evidence.settings.car_truck_dla)


@claim(
    "dla-less",
    "CAR-TRUCK interferes less in DLA than in GoogLeNet",
    "0.018, 0.025",
    exhibit="cctms",
)
def _dla_less(evidence: Evidence) -> Finding:
    table, dla = counts_on_test(evidence, "anneal_lr", "dla")
    _, googlenet = counts_on_test(evidence, "anneal_lr", "googlenet")
    car, truck = labels(table.classes, "automobile", "truck")
    return difference(confused(dla, car, truck), confused(googlenet, car, truck), -1)


@claim(
    "plane-googlenet",
    "GoogLeNet: PLANE to BIRD and to SHIP above 0.01, to TRUCK about 0.006",
    "Table 2",
    exhibit="interferers",
)
def _plane_googlenet(evidence: Evidence) -> Finding:
    table, counts = counts_on_test(evidence, "anneal_lr", "googlenet")
    plane, bird, ship, truck = labels(table.classes, "airplane", "bird", "ship", "truck")
    rates = confusion.cctm(counts)[plane]
    names = table.classes.labels
    least = confusion.THRESHOLD
    window = evidence.settings.plane_truck
    smaller = min(rates[bird], rates[ship])
    return Finding(
        smaller > least and between(rates[truck], window),
        f"{names[bird]} {rates[bird]:.4f}, {names[ship]} {rates[ship]:.4f} "
        f"(asked: above {least:g}), {names[truck]} {rates[truck]:.4f} {window_text(window)}",
        smaller,
    )


@claim(
    "interferers",
    "GoogLeNet: CAR and TRUCK have fewer interferers than PLANE, PLANE fewer than BIRD",
    "1, 1, 3, 5",
    exhibit="interferers",
)
def _interferers(evidence: Evidence) -> Finding:
    table, counts = counts_on_test(evidence, "anneal_lr", "googlenet")
    rows = labels(table.classes, "automobile", "truck", "airplane", "bird")
    cctm = confusion.cctm(counts)
    numbers = [len(confusion.interferers(cctm, row)) for row in rows]
    car, truck, plane, bird = numbers
    names = [table.classes.labels[row] for row in rows]
    listed = ", ".join(f"{name} {number}" for name, number in zip(names, numbers, strict=True))
    return Finding(max(car, truck) < plane < bird, listed, bird)


@claim(
    "vgg-worst",
    "ResNet18, GoogLeNet and DLA recall CAT and DOG better than VGG19",
    "Table 1",
    exhibit="recalls",
)
def _vgg_worst(evidence: Evidence) -> Finding:
    def find(net: str) -> Finding:
        table, counts = counts_on_test(evidence, "anneal_lr", net)
        _, vgg = counts_on_test(evidence, "anneal_lr")
        rows = {table.classes.labels[row]: row for row in labels(table.classes, "cat", "dog")}

        def find_class(row: int) -> Finding:
            return difference(confused(counts, row, row), confused(vgg, row, row), +1)

        return for_each(rows, find_class)

    return for_each({net: net for net in NETS}, find)
