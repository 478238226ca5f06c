"""Test accuracies, recalls and the CCTM (Section 2.1, Table 1 and 2, Fig. 1 and 8)."""

import numpy as np

from interference import by_epoch, chance, confusion, paper
from interference.claims.at_hand import anneal, counts_on_test, labels, of_net, tables
from interference.claims.findings import asked, between, cell, correlation, difference, each, right
from interference.claims.judging import Evidence, Finding, NotMeasured, claim
from interference.params import PAPER_SETUPS
from interference.tables import Table

NETS = ("resnet18", "googlenet", "dla")  # the paper's others, beside its VGG19


@claim("acc-order", "small-lr < big-lr < anneal-lr, for each net", "84.99 < 88.76 < 93.87 (VGG19)")
def _acc_order(evidence: Evidence) -> Finding:
    by_setup = [{table.run["net"]: float(confusion.accuracy(by_epoch.test_counts(table)))
                 for table in reversed(tables(evidence, "cctm", setup))} for setup in PAPER_SETUPS]
    nets = sorted(set.intersection(*map(set, by_setup)), key=lambda net: (net != evidence.settings.net, net))

    def find(accuracies: list[float]) -> Finding:
        least = float(min(np.diff(accuracies)))
        return Finding(least > 0, ", ".join(f"{accuracy:.2f}" for accuracy in accuracies), least)
    return each({net: [setup[net] for setup in by_setup] for net in nets}, find)


@claim("acc-net", "ResNet18 > VGG19 under each set-up", "86.88 > 84.99, 91.31 > 88.76, 95.15 > 93.87")
def _acc_net(evidence: Evidence) -> Finding:
    def find(setup: str) -> Finding:
        (_, resnet), (_, vgg) = counts_on_test(evidence, setup, "resnet18"), counts_on_test(evidence, setup)
        return difference(right(resnet), right(vgg), +1)
    return each({setup: setup for setup in PAPER_SETUPS}, find)


@claim("acc-table", "the accuracy table, within its tolerances", "six accuracies")
def _acc_table(evidence: Evidence) -> Finding:
    def find(key: tuple[str, str]) -> Finding:
        (net, setup), (stated, tolerance) = key, paper.accuracies()[key]
        table = of_net(evidence, "counts", setup, net)
        if paper.setup(table.run) != setup:
            raise NotMeasured(f"counts: {table.run['name']} is not under the paper's own settings")
        _, counts = by_epoch.training_counts(table, "test")
        percent = confusion.accuracy(counts)
        off, late = percent[-1] - stated, by_epoch.late_mean(percent)
        words = "" if np.isnan(late) else f" (last {by_epoch.LAST} epochs: {late:.2f})"
        return Finding(abs(off) <= tolerance, f"{percent[-1]:.2f} for {stated} +- {tolerance:g}{words}", off)
    return each({" ".join(key): key for key in paper.accuracies()}, find)


@claim("recall-table", "Table 1, within its tolerances", "36 of 40 cells")
def _recall_table(evidence: Evidence) -> Finding:
    inside, outside, seen = 0, list[str](), set[str]()
    for table in anneal(evidence).values():
        net, recall = table.run["net"], confusion.recall(by_epoch.test_counts(table))
        if net in seen or not paper.recalls_of(table.run):
            continue
        seen.add(net)
        for key, window in paper.recall_ranges(net).items():
            (label,) = labels(table.classes, key)
            inside += between(recall[label], window)
            if not between(recall[label], window):
                outside.append(f"{net} {table.classes.labels[label]} {recall[label]:.1f}")
    if not seen:
        raise NotMeasured("cctm: no run of a net of Table 1 under the paper's own anneal_lr")
    cells = inside + len(outside)
    words = f"{inside} of {cells} cells within" + (f", outside: {', '.join(outside)}" if outside else "")
    return Finding(inside >= evidence.settings.recall_cells * cells, words, inside / cells)


@claim("recall-rank", "CAT lowest, DOG second, BIRD third", "true of all 8 published rows")
def _recall_rank(evidence: Evidence) -> Finding:
    def find(table: Table) -> Finding:
        worst, recall = labels(table.classes, "cat", "dog", "bird"), confusion.recall(by_epoch.test_counts(table))
        steps = np.diff([*recall[worst], np.delete(recall, worst).min()])
        return Finding(min(steps) > 0, ", ".join(f"{recall[label]:.1f}" for label in worst), min(steps))
    return each(anneal(evidence), find)


@claim("bottleneck", "CAT and DOG rows hold the largest share of the errors", "0.376 to 0.436")
def _bottleneck(evidence: Evidence) -> Finding:
    def find(table: Table) -> Finding:
        pair, share = labels(table.classes, "cat", "dog"), confusion.row_share(by_epoch.test_counts(table))
        both, largest = share[pair].sum(), share[pair].min() > np.delete(share, pair).max()
        window = evidence.settings.bottleneck
        return Finding(largest and between(both, window), f"{both:.3f} {asked(window)}", both)
    return each(anneal(evidence), find)


@claim("cat-dog-top", "CAT-DOG is the most interfering pair of every net", "Fig. 1, 8")
def _cat_dog_top(evidence: Evidence) -> Finding:
    def find(table: Table) -> Finding:
        (cat, dog), cctm = labels(table.classes, "cat", "dog"), confusion.cctm(by_epoch.test_counts(table))
        first, second, value = confusion.ranked_pairs(cctm)[0]
        names = f"{table.classes.labels[first]}-{table.classes.labels[second]}"
        return Finding({first, second} == {cat, dog}, f"{names} {value:.3f}", float(cctm[cat, dog] + cctm[dog, cat]))
    return each(anneal(evidence), find)


@claim("resnet-less", "ResNet18 interferes less between CAT and DOG than VGG19", "Fig. 1")
def _resnet_less(evidence: Evidence) -> Finding:
    (table, vgg), (_, resnet) = counts_on_test(evidence, "anneal_lr"), counts_on_test(evidence, "anneal_lr", "resnet18")
    cat, dog = labels(table.classes, "cat", "dog")
    return difference(cell(resnet, dog, cat), cell(vgg, dog, cat), -1)


@claim("symmetry", "CCTM is near symmetric off the diagonal")
def _symmetry(evidence: Evidence) -> Finding:
    return each(anneal(evidence), lambda table: correlation(
        evidence, chance.symmetry(confusion.cctm(by_epoch.test_counts(table))), +1))


def _car_to_truck(evidence: Evidence, net: str, window: tuple[float, float]) -> Finding:
    table, counts = counts_on_test(evidence, "anneal_lr", net)
    car, truck = labels(table.classes, "automobile", "truck")
    rate, errors = confusion.cctm(counts)[car, truck], counts[car].sum() - counts[car, car]
    share = float(confusion.ratio(counts[car, truck], errors))
    return Finding(between(rate, window) and share > 0.5,
                   f"{rate:.4f} {asked(window)}, {share:.0%} of CAR's errors (asked: more than half)", rate)


@claim("car-truck-googlenet", "GoogLeNet: CAR errs to TRUCK", "0.025")
def _car_truck_googlenet(evidence: Evidence) -> Finding:
    return _car_to_truck(evidence, "googlenet", evidence.settings.car_truck_googlenet)


@claim("car-truck-dla", "DLA: CAR errs to TRUCK", "0.018")
def _car_truck_dla(evidence: Evidence) -> Finding:
    return _car_to_truck(evidence, "dla", evidence.settings.car_truck_dla)


@claim("dla-less", "CAR-TRUCK interferes less in DLA than in GoogLeNet", "0.018, 0.025")
def _dla_less(evidence: Evidence) -> Finding:
    (table, dla), (_, googlenet) = (counts_on_test(evidence, "anneal_lr", net) for net in ("dla", "googlenet"))
    car, truck = labels(table.classes, "automobile", "truck")
    return difference(cell(dla, car, truck), cell(googlenet, car, truck), -1)


@claim("plane-googlenet", "GoogLeNet: PLANE to BIRD and to SHIP above 0.01, to TRUCK about 0.006", "Table 2")
def _plane_googlenet(evidence: Evidence) -> Finding:
    table, counts = counts_on_test(evidence, "anneal_lr", "googlenet")
    plane, *others = labels(table.classes, "airplane", "bird", "ship", "truck")
    bird, ship, truck = confusion.cctm(counts)[plane, others]
    least, window = confusion.THRESHOLD, evidence.settings.plane_truck
    return Finding(min(bird, ship) > least and between(truck, window),
                   f"BIRD {bird:.4f}, SHIP {ship:.4f} (asked: above {least:g}), TRUCK {truck:.4f} {asked(window)}",
                   min(bird, ship))


@claim("interferers", "GoogLeNet: CAR and TRUCK have fewer interferers than PLANE, PLANE fewer than BIRD", "1, 1, 3, 5")
def _interferers(evidence: Evidence) -> Finding:
    table, counts = counts_on_test(evidence, "anneal_lr", "googlenet")
    car, truck, plane, bird = (len(confusion.interferers(confusion.cctm(counts), row))
                               for row in labels(table.classes, "automobile", "truck", "airplane", "bird"))
    return Finding(max(car, truck) < plane < bird, f"CAR {car}, TRUCK {truck}, PLANE {plane}, BIRD {bird}", bird)


@claim("vgg-worst", "ResNet18, GoogLeNet and DLA recall CAT and DOG better than VGG19", "Table 1")
def _vgg_worst(evidence: Evidence) -> Finding:
    def find(net: str) -> Finding:
        (table, counts), (_, vgg) = counts_on_test(evidence, "anneal_lr", net), counts_on_test(evidence, "anneal_lr")
        rows = dict(zip(("CAT", "DOG"), labels(table.classes, "cat", "dog"), strict=True))
        return each(rows, lambda row: difference(cell(counts, row, row), cell(vgg, row, row), +1))
    return each({net: net for net in NETS}, find)
