"""Claims about notes that last for several epochs, and about what lifts a recall (Section 4.2)."""

import numpy as np

from interference import confusion
from interference.claims import rules
from interference.claims.lookup import class_notes, labels, training_counts
from interference.claims.registry import Evidence, claim
from interference.claims.rules import Finding, conjunction
from interference.confusion import by_epoch, statistics
from interference.vocabulary import Array

SHUFFLES = 999  # orders of the epochs for a p-value
PAIR = {"cat": "dog", "dog": "cat"}


def longest_run(is_note: Array) -> int:
    """The length of the longest stretch of epochs in a row that have a note.

    Args:
        is_note: Whether each epoch has the note, (epochs,) bool.

    Example:
        >>> longest_run(np.array([True, False, True, True]))
        2
    """
    longest = current = 0
    for value in is_note:
        current = current + 1 if value else 0
        longest = max(longest, current)
    return longest


@claim(
    "stretched-notes",
    "DOG is CAT's note, and CAT is DOG's, over longer stretches of epochs than by chance",
    "Section 4.2: stretched markers laying continuously",
    exhibit="notes",
)
def _stretched_notes(evidence: Evidence) -> Finding:
    parts: dict[str, Finding] = {}
    for key, other in PAIR.items():
        notes = class_notes(evidence, key, other)
        is_note = notes.are(other)
        parts[f"{other.upper()} in {key.upper()}'s notes"] = _stretch(is_note)
    return conjunction(parts)


def _stretch(is_note: Array) -> Finding:
    """Whether the longest stretch of a note is longer than that of shuffled epochs."""
    own = longest_run(is_note)
    rng = np.random.default_rng(0)
    shuffled = [longest_run(rng.permutation(is_note)) for _ in range(SHUFFLES)]
    p = (1 + sum(length >= own for length in shuffled)) / (1 + SHUFFLES)
    return Finding(
        held=True if p < rules.LEVEL else None,
        measured=(
            f"{own} epochs in a row, {np.median(shuffled):.0f} if shuffled, {rules.p_text(p)}"
        ),
        figure=own,
        p=p,
        sign=+1,
    )


@claim(
    "interference-lifts",
    "a rise in DOG's recall goes with a rise of DOG's interference to CAT, more than in other "
    "pairs",
    "Section 4.2: often caused by a high interference of DOG to CAT",
    exhibit="dance",
)
def _interference_lifts(evidence: Evidence) -> Finding:
    table, _, counts = training_counts(evidence, "cat", "dog")
    cat, dog = labels(table.classes, "cat", "dog")
    rates = np.diff(confusion.cctm(counts), axis=0)  # (epochs - 1, C, C)
    recalls = np.diff(by_epoch.recalls(confusion.cctm(counts)), axis=0)  # (epochs - 1, C)
    classes = len(table.classes)
    lifts = np.full((classes, classes), np.nan)
    for own in range(classes):
        for other in range(classes):
            if own != other:
                lifts[own, other] = _correlation(rates[:, own, other], recalls[:, other])
    value = float(lifts[cat, dog])
    known = lifts[np.isfinite(lifts)]
    above = float((known >= value).mean())
    below = float((known <= value).mean())
    is_special = min(above, below) <= rules.LEVEL
    return Finding(
        held=above < below if is_special else None,
        measured=(
            f"correlation {value:.2f}; {(known > 0).mean():.0%} of {len(known)} ordered pairs are "
            f"positive, mean {known.mean():.2f}; rank {(known > value).sum() + 1}"
        ),
        figure=value,
    )


def _correlation(first: Array, second: Array) -> float:
    """Pearson's correlation of two series; nan if one does not vary."""
    return float(statistics.correlations(np.stack([first, second]))[0, 1])
