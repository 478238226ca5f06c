"""Writes the sections on training: Fig. 6 and 7 of the paper, and the dance of all pairs."""

from collections import Counter
from collections.abc import Iterator, Sequence
from math import isfinite
from typing import NamedTuple

import numpy as np

from interference import classes, confusion
from interference.confusion import by_epoch, dance, top_pairs
from interference.io.tables import Table
from interference.reporting.reproduction.markdown import details, interval, number, percent, table
from interference.reporting.reproduction.page import Page
from interference.reporting.text import listed
from interference.study import runs
from interference.vocabulary import SPLITS, Array

NAMED = 3  # notes that a cell names

Cells = tuple[str | None, ...]


class Recording(NamedTuple):
    """The confusion counts that a run recorded on one split while it trained.

    Attributes:
        name: The run.
        table: Its counts of all splits.
        split: The split.
        epochs: The recorded epochs (epochs,).
        counts: The counts of the split (epochs, C, C).
    """

    name: str
    table: Table
    split: str
    epochs: Array
    counts: Array


def _recordings(page: Page) -> list[Recording]:
    """The recordings that the figures draw, the main run's first."""
    recordings = []
    for counts_table, split in runs.drawn(page.study.of_runs("counts")):
        name = str(counts_table.run["name"])
        cells = page.study.recorded[name][split]
        recording = Recording(name, counts_table, split, cells.epochs, cells.all_counts)
        recordings.append(recording)
    recordings.sort(key=lambda recording: recording.name != page.main_run)
    return recordings


def _other_figures(page: Page, kind: str, recordings: Sequence[Recording]) -> list[str]:
    """Links to the figures of all runs but the first."""
    figures = []
    for recording in recordings[1:]:
        figures.append((f"{kind}-{recording.name}", page.names[recording.name]))
    return page.pictures.links(figures)


# Fig. 6


def dances(page: Page) -> list[str]:
    """Write the section on Fig. 6: how the recalls of each run's most interfering pair move.

    Args:
        page: The page.

    Returns:
        Blocks of Markdown, the finding first; none without recorded epochs.
    """
    recordings = _recordings(page)
    if not recordings:
        return []
    rows = [_dance_row(page, recording) for recording in recordings]
    run, pair, correlation, limits, opposed, *_ = rows[0]
    heads = (
        "run",
        "pair",
        "correlation",
        "95 % interval",
        "changes opposed",
        "red moments",
        "blue moments",
    )
    first = recordings[0]
    strength = f"a correlation of {correlation} ({limits})" if correlation else "no correlation"
    return [
        f"In {run}, the recalls of {pair} change from epoch to epoch with {strength}; {opposed} "
        "changes are opposed.",
        *details(
            f"The most interfering pair of each run, counted on {SPLITS[first.split].caption}. At "
            "a red moment one class of the pair loses images to the other; at a blue moment both "
            "lose images, to a third class",
            table(heads, rows),
        ),
        *page.pictures.image(f"dance-{first.name}", f"The dance of {pair} in {run}"),
        *_other_figures(page, "dance", recordings),
    ]


def _dance_row(page: Page, recording: Recording) -> Cells:
    """The dance of a run's most interfering pair."""
    pair = top_pairs.of_last_epoch(recording.table, 1)[0]
    cctm = confusion.cctm(recording.counts)
    recalls = by_epoch.recalls(cctm)  # (epochs, C)
    first, second = (recalls[:, label] for label in pair)
    correlation = dance.anticorrelation(first, second)
    limits = None
    if isfinite(correlation):
        low, high = dance.anticorrelation_interval(first, second)
        limits = interval(low, high)
    opposed = len(dance.dance_epochs(first, second))
    moments = dance.moments(cctm, pair, size=recording.counts[0].sum(-1))
    kinds = Counter(moment.kind for moment in moments)
    return (
        page.names[recording.name],
        classes.pair(*(page.labels[label] for label in pair)),
        number(correlation, 2),
        limits,
        f"{opposed} of {len(recording.epochs) - 1}",
        str(kinds["red"]),
        str(kinds["blue"]),
    )


# Fig. 7


class Notes(NamedTuple):
    """The dancing notes of a class: at each epoch the class that it is most often predicted as.

    Attributes:
        label: The class.
        frequent: Its most frequent notes, each with its number of epochs.
        epochs: The epochs at which it has a note (k,).
    """

    label: int
    frequent: list[tuple[int, int]]
    epochs: Array


def notes(page: Page) -> list[str]:
    """Write the section on Fig. 7: the most frequent false predictions of four classes.

    Args:
        page: The page.

    Returns:
        Blocks of Markdown, the finding first; none without recorded epochs.
    """
    recordings = _recordings(page)
    if not recordings:
        return []
    rows: list[Cells] = []
    for recording in recordings:
        for of_class in _notes(page, recording):
            rows.append(_notes_row(page, recording, of_class))
    first = recordings[0]
    run = page.names[first.name]
    heads = ("run", "class", "most frequent notes", "epochs with a note", "last note at epoch")
    return [
        _frequent_notes(page, first),
        *details(
            "The note of a class at an epoch is the class that it is most often mistaken for, if "
            f"that happens to more than {percent(page.settings.note)} of its training images; the "
            "percentages are of all epochs",
            table(heads, rows),
        ),
        *page.pictures.image(f"notes-{first.name}", f"Dancing notes of {run}"),
        *_other_figures(page, "notes", recordings),
    ]


def _notes(page: Page, recording: Recording) -> Iterator[Notes]:
    """The notes of each class whose notes the figures draw."""
    cctm = confusion.cctm(recording.counts)
    for label in top_pairs.classes_with_notes(recording.table):
        played = dance.notes(cctm, label, page.settings.note)
        is_note = played != dance.NONE
        frequent = Counter(played[is_note].tolist()).most_common(NAMED)
        yield Notes(label, frequent, recording.epochs[is_note])


def _frequent_notes(page: Page, recording: Recording) -> str:
    """The most frequent note of each class of a run."""
    run = page.names[recording.name]
    pairs = []
    for of_class in _notes(page, recording):
        if of_class.frequent:
            note, _ = of_class.frequent[0]
            pairs.append(f"{page.labels[of_class.label]} as {page.labels[note]}")
    if not pairs:
        return f"No class of {run} has a note: no false prediction is frequent enough."
    return f"Most frequent false predictions (notes) in {run}: {listed(pairs)}."


def _notes_row(page: Page, recording: Recording, of_class: Notes) -> Cells:
    """The notes of a class, the number of epochs that have one, and the last of these epochs."""
    total = len(recording.epochs)
    shown = []
    for note, times in of_class.frequent:
        shown.append(f"{page.labels[note]} {percent(times / total)}")
    last = str(of_class.epochs[-1]) if len(of_class.epochs) else None
    return (
        page.names[recording.name],
        page.labels[of_class.label],
        ", ".join(shown) or None,
        f"{len(of_class.epochs)} of {total}",
        last,
    )


# All pairs


def all_pairs(page: Page) -> list[str]:
    """Write the section on the dance of all pairs, which the paper lacks.

    Args:
        page: The page.

    Returns:
        Blocks of Markdown, the finding first; none without recorded epochs.
    """
    recordings = _recordings(page)
    if not recordings:
        return []
    rows = [_all_pairs_row(page, recording) for recording in recordings]
    heads = (
        "run",
        "most opposed",
        "correlation",
        "95 % interval",
        "pairs",
        "surely opposed",
        "surely alike",
    )
    run, *_, pairs, opposed, _ = rows[0]
    return [
        f"The recalls of {opposed} of {pairs} pairs are surely opposed in {run}.",
        *details(
            "The recalls of two classes are surely opposed if the 95 % interval of the "
            "correlation of their changes lies below zero, and surely alike if it lies above",
            table(heads, rows),
        ),
        *page.pictures.image(f"dance_pairs-{recordings[0].name}", f"Which pairs dance in {run}"),
        *_other_figures(page, "dance_pairs", recordings),
    ]


def _all_pairs_row(page: Page, recording: Recording) -> Cells:
    """The most opposed pair of a run, and how many pairs are surely opposed and surely alike."""
    cctm = confusion.cctm(recording.counts)
    pairs = dance.pairs(cctm, recording.epochs, size=recording.counts[0].sum(-1))
    first = pairs.iloc[0]
    most_opposed: Cells = (None, None, None)
    if np.isfinite(first["anticorrelation"]):
        labels = [page.labels[int(first[column])] for column in ("class_1", "class_2")]
        most_opposed = (
            classes.pair(*labels),
            number(first["anticorrelation"], 2),
            interval(first["low"], first["high"]),
        )
    return (
        page.names[recording.name],
        *most_opposed,
        str(len(pairs)),
        str((pairs["high"] < 0).sum()),
        str((pairs["low"] > 0).sum()),
    )
