"""Claims about scores that tell which classes interfere on the test set (Definition 1, Section 4).

The scores are compared by the same measure: Spearman's correlation over all pairs of classes with
the symmetrised CCTM of the test set, and a p-value from relabelling the classes (Mantel's test).
All such claims are one family, `PREDICTORS`, whose p-values Holm's rule corrects.
"""

from contextlib import suppress

import numpy as np
from scipy import stats

from interference import confusion, surfaces
from interference.claims.findings import prediction
from interference.claims.lookup import (
    RESNET,
    lines_of,
    net_table,
    paper_nets,
    setup_tables,
    training_counts,
)
from interference.claims.registry import PREDICTORS, Evidence, claim
from interference.claims.rules import Finding, NotMeasured, all_of, for_each, is_beyond
from interference.confusion import by_epoch, statistics
from interference.io.tables import Table
from interference.params import PAPER_SETUPS
from interference.surfaces import Surface, scores
from interference.surfaces.cosines import gram_matrix
from interference.vocabulary import Array


def _ego_lines(evidence: Evidence) -> tuple[Table, list[Surface]]:
    """The ego models of `claims.net` under anneal-lr at the raw scale, one line a class."""
    own = net_table(evidence, "surfaces", "anneal_lr")
    lines: list[Surface] = []
    for table in evidence.surfaces.values():
        is_own = table.run.get("name") == own.run["name"]
        if is_own and table.meta.get("scale") == scores.RAW:
            lines.extend(lines_of(evidence, table, scores.RAW))
    if len(lines) < len(own.classes):
        raise NotMeasured(f"surfaces: {len(lines)} ego models of {own.run['name']} at scale raw")
    return own, lines


@claim(
    "egos-predict",
    "the loss of the other classes on a class's ego models tells which classes interfere",
    "Definition 1",
    exhibit="egos",
    family=PREDICTORS,
)
def _egos_predict(evidence: Evidence) -> Finding:
    table, lines = _ego_lines(evidence)
    costs = scores.ego_costs(lines, len(table.classes))
    return prediction(evidence, table.run["name"], costs, +1)


@claim(
    "ego-descent",
    "the error rate of a class rises on its own ascent and does not rise on its own descent",
    "Definition 1",
    exhibit="egos",
)
def _ego_descent(evidence: Evidence) -> Finding:
    table, lines = _ego_lines(evidence)
    classes = len(table.classes)
    conditions: list[bool | None] = []
    right = 0
    for line in lines:
        own, _ = line.pair
        rates = surfaces.class_mistake_rates(line).reshape(-1, classes)[:, own]
        images = max(int(line.counts[..., own, :].sum(-1).min()), 1)
        ascended, middle, descended = rates[0], rates[len(rates) // 2], rates[-1]
        rises = _is_lower(middle, ascended, images)
        rises_on_descent = _is_lower(middle, descended, images)
        both = all_of([rises, rises_on_descent is not True])
        conditions.append(both)
        right += both is True
    return Finding(
        held=all_of(conditions),
        measured=f"{right} of {len(lines)} classes, beyond the chance of the images",
        figure=right,
    )


def _is_lower(first: float, second: float, images: int) -> bool | None:
    """Whether an error rate, percent, is lower than another, by Newcombe's interval."""
    counts = [round(rate * images / 100) for rate in (first, second)]
    low, high = statistics.difference_interval(counts[0], images, counts[1], images)
    return is_beyond(float(low), float(high), -1)


@claim(
    "training-predicts",
    "the CCTM of the training images tells which classes interfere on the test set (not in the "
    "paper)",
    "the plain score that any other has to beat",
    exhibit="league",
    family=PREDICTORS,
)
def _training_predicts(evidence: Evidence) -> Finding:
    table = net_table(evidence, "cctm", "anneal_lr")
    score = scores.training_rates(table)
    if score is None:
        raise NotMeasured(f"{table.run['name']}: no counts on the training images")
    return prediction(evidence, table.run["name"], score, +1)


@claim(
    "early-predicts",
    "the CCTM of the first quarter of the training tells which classes interfere in the end",
    "Conclusion",
    exhibit="league",
    family=PREDICTORS,
)
def _early_predicts(evidence: Evidence) -> Finding:
    table = net_table(evidence, "counts", "anneal_lr")
    split = evidence.settings.split
    if split not in table.frame["split"].unique():
        raise NotMeasured(f"{table.run['name']}: counts of {split} were not recorded")
    epochs, counts = by_epoch.training_counts(table, split)
    epoch = epochs[scores.early_position(len(epochs))]
    finding = prediction(evidence, table.run["name"], scores.early_rates(counts), +1)
    return finding._replace(measured=f"{finding.measured}, epoch {epoch} of {epochs[-1]}")


@claim(
    "dance-predicts",
    "classes whose recalls move against each other during training interfere",
    "Section 4.2",
    exhibit="league",
    family=PREDICTORS,
)
def _dance_predicts(evidence: Evidence) -> Finding:
    table, _, counts = training_counts(evidence)
    return prediction(evidence, table.run["name"], scores.exchange(counts), -1)


@claim(
    "near-minimum",
    "VGG19 and ResNet18 are near minima under each training configuration: the gradients of the "
    "classes cancel, so that their mean is shorter than that of independent gradients",
    "Section 3",
    exhibit="gradients",
)
def _near_minimum(evidence: Evidence) -> Finding:
    nets = paper_nets(evidence, RESNET)
    items: dict[str, Table] = {}
    for setup in PAPER_SETUPS:
        with suppress(NotMeasured):
            for table in setup_tables(evidence, "grams", setup):
                if table.run["net"] in nets:
                    items.setdefault(f"{table.run['net']} {setup}", table)
    named = [f"{net} {setup}" for net in nets for setup in PAPER_SETUPS]

    def find(table: Table) -> Finding:
        classes = len(table.classes)
        dots = gram_matrix(table)
        everyone = np.arange(classes)
        length = _mean_length(dots, everyone)
        without_one = [_mean_length(dots, np.delete(everyone, label)) for label in everyone]
        error = np.sqrt((classes - 1) * np.var(without_one))  # the jackknife over classes
        half = float(stats.t.ppf(0.975, classes - 1) * error)
        low, high = length - half, length + half
        return Finding(
            held=is_beyond(low, high, -1, 1),
            measured=f"{length:.2f} ({max(low, 0):.2f} to {high:.2f}; independent gradients: 1)",
            figure=length,
            low=low,
            high=high,
            sign=-1,
            limit=1,
        )

    if not items:
        raise NotMeasured(f"grams: no run of {' or '.join(nets)} under the paper's set-ups")
    return for_each(items, find, kind="runs", named=named)


def _mean_length(dots: Array, labels: Array) -> float:
    """The length of the mean of some class gradients, in units of that of independent ones.

    The mean of n independent gradients is 1 / sqrt(n) times as long as one of them.
    """
    part = dots[np.ix_(labels, labels)]
    mean = np.sqrt(max(part.sum(), 0)) / len(labels)
    single = np.sqrt(np.diagonal(part)).mean()
    return float(confusion.ratio(mean, single) * np.sqrt(len(labels)))
