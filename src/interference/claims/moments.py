"""Claims about the moments of the CAT-DOG dance (Section 4.2, Fig. 6)."""

import numpy as np

from interference import confusion
from interference.claims import rules
from interference.claims.lookup import labels, training_counts
from interference.claims.registry import Evidence, claim
from interference.claims.rules import Finding
from interference.confusion import by_epoch, dance
from interference.vocabulary import Array

LAGS = np.arange(2, 26)  # epochs: as far apart, two recalls have no moment together


@claim(
    "many-moments",
    "CAT's recall is high where DOG's is low, or low where DOG's is high, at more epochs than by "
    "chance",
    "Section 4.2: many moments of one rate being high and the other low at the same time",
    exhibit="dance",
)
def _many_moments(evidence: Evidence) -> Finding:
    table, epochs, counts = training_counts(evidence, "cat", "dog")
    pair = labels(table.classes, "cat", "dog")
    recalls = by_epoch.recalls(confusion.cctm(counts)) / 100  # (epochs, C)
    sizes = counts[0].sum(-1)
    cat, dog = (dance.extrema(recalls[:, label], sizes[label]) for label in pair)
    number = opposed(cat, dog)
    shifted = [opposed(cat, np.roll(dog, lag)) for lag in (*LAGS, *-LAGS)]
    more = (1 + sum(other >= number for other in shifted)) / (1 + len(shifted))
    fewer = (1 + sum(other <= number for other in shifted)) / (1 + len(shifted))
    p = min(1.0, 2 * min(more, fewer))
    together = int(((cat == dog) & (cat != 0)).sum())
    return Finding(
        held=more < fewer if p < rules.LEVEL else None,
        measured=(
            f"{number} of {len(epochs)} epochs, {np.median(shifted):g} if DOG's recall is moved by "
            f"{LAGS[0]} to {LAGS[-1]} epochs, {rules.p_text(p)}; both high or both low in "
            f"{together}"
        ),
        figure=number,
    )


def opposed(first: Array, second: Array) -> int:
    """The number of epochs at which one recall is high and another is low.

    Args:
        first: 1 at a high, -1 at a low and 0 elsewhere, (epochs,), as `dance.extrema` gives them.
        second: The same of the other recall.

    Example:
        >>> opposed(np.array([1, 0, -1, 1]), np.array([-1, 0, 1, 1]))
        2
    """
    return int((first * second < 0).sum())


@claim(
    "third-class-moments",
    "at some moments CAT's and DOG's recalls drop together while a third class, such as BIRD, "
    "takes images of CAT",
    "Fig. 6: blue arrows",
    exhibit="dance",
)
def _third_class_moments(evidence: Evidence) -> Finding:
    table, epochs, counts = training_counts(evidence, "cat", "dog", "bird")
    cat, dog, bird = labels(table.classes, "cat", "dog", "bird")
    cctm = confusion.cctm(counts)
    sizes = counts[0].sum(-1)
    positions = [
        moment.position
        for moment in dance.moments(cctm, (cat, dog), size=sizes)
        if moment.kind == "blue" and moment.own == cat
    ]
    takes: dict[str, int] = {}  # the moments at which each third class takes images of CAT
    for label, name in enumerate(table.classes.labels):
        if label not in (cat, dog):
            is_peak = dance.extrema(cctm[:, cat, label], sizes[cat]) > 0
            takes[name] = sum(bool(is_peak[place - 1 : place + 2].any()) for place in positions)
    often_first = sorted(takes.items(), key=lambda item: (-item[1], item[0]))
    listed = ", ".join(f"{name} {number}" for name, number in often_first if number)
    number = takes[table.classes.labels[bird]]
    return Finding(
        held=number > 0,
        measured=f"{len(positions)} in {len(epochs)} epochs{': ' if listed else ''}{listed}",
        figure=number,
    )
