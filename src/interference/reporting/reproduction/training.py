"""Section 4.2, Fig. 6 and 7: interference while a net trains."""

from collections import Counter
from collections.abc import Iterator
from math import isfinite

from interference import classes, confusion
from interference.confusion import by_epoch, dance, top_pairs
from interference.io.tables import Table
from interference.reporting.reproduction.markdown import folded, interval, number, percent, table
from interference.reporting.reproduction.page import Page
from interference.reporting.text import listed
from interference.study import runs
from interference.vocabulary import SPLITS, Array

NAMED = 3  # classes named among the notes of one


def dances(page: Page) -> list[str]:
    """Fig. 6: how the recalls of each run's most interfering pair move."""
    found = _drawn(page)
    if not found:
        return []
    rows = [_dance(page, *one) for one in found]
    run, pair, r, between, opposed, *_ = rows[0]
    heads = (
        "run",
        "pair",
        "correlation",
        "95 % interval",
        "changes opposed",
        "red moments",
        "blue moments",
    )
    known = f"correlation {r} ({between})" if r else "no correlation"
    return [
        f"Changes of {pair}'s recalls in {run} from epoch to epoch: {known}, {opposed} opposed.",
        *folded(
            f"The most interfering pair of every run, on {SPLITS[found[0][1]].caption}; at a red moment either "
            "class takes the other's images, at a blue one both lose images to a third",
            table(heads, rows),
        ),
        *page.pictures.shown(f"dance-{_name(found[0][0])}", f"The dance of {pair} in {run}"),
        *_others(page, "dance", found),
    ]


def _drawn(page: Page) -> list[tuple[Table, str]]:
    """The runs and splits that the figures draw, the paper's run first."""
    found = list(runs.drawn(page.study.of_runs("counts")))
    return sorted(found, key=lambda one: _name(one[0]) != page.foremost) if found else []


def _name(table: Table) -> str:
    return str(table.run["name"])


def _others(page: Page, exhibit: str, found: list[tuple[Table, str]]) -> list[str]:
    return page.pictures.linked(
        (f"{exhibit}-{_name(one)}", page.names[_name(one)]) for one, _ in found[1:]
    )


def _recorded(page: Page, one: Table, split: str) -> tuple[Array, Array]:
    """The epochs and counts (epochs, C, C) of a run's split."""
    return page.study.recorded[_name(one)][split]


def _dance(page: Page, one: Table, split: str) -> tuple[str | None, ...]:
    epochs, counts = _recorded(page, one, split)
    pair, cctm = top_pairs.of_last_epoch(one, 1)[0], confusion.cctm(counts)
    first, second = (by_epoch.recalls(cctm)[:, label] for label in pair)
    kinds = Counter(moment.kind for moment in dance.moments(cctm, pair, size=counts[0].sum(-1)))
    r, (low, high) = (
        dance.anticorrelation(first, second),
        dance.anticorrelation_interval(first, second),
    )
    return (
        page.names[_name(one)],
        classes.pair(*(page.labels[label] for label in pair)),
        number(r, 2),
        interval(low, high) if isfinite(r) else None,
        f"{len(dance.dance_epochs(first, second))} of {len(epochs) - 1}",
        str(kinds["red"]),
        str(kinds["blue"]),
    )


def notes(page: Page) -> list[str]:
    """Fig. 7: what each of the paper's four classes is most often taken for, epoch by epoch."""
    found = _drawn(page)
    if not found:
        return []
    heads = ("run", "class", "most often taken for", "epochs with a note", "last at epoch")
    rows = [row for one, split in found for row in _notes(page, one, split)]
    lead = [
        f"{page.labels[row]} for {page.labels[often[0][0]]}"
        for row, often, _ in _played(page, *found[0])
        if often
    ]
    return [
        f"Most often taken: {listed(lead)}, in {rows[0][0]}."
        if lead
        else f"No note in {rows[0][0]}.",
        *folded(
            "An epoch's note is the class that takes most of another's training images, where it takes more "
            f"than {percent(page.settings.note)} of them; shares of all epochs",
            table(heads, rows),
        ),
        *page.pictures.shown(f"notes-{_name(found[0][0])}", f"Dancing notes of {rows[0][0]}"),
        *_others(page, "notes", found),
    ]


def _played(
    page: Page, one: Table, split: str
) -> Iterator[tuple[int, list[tuple[int, int]], Array]]:
    """Of each class whose notes are drawn: the most frequent ones with their epochs, and every epoch of a note."""
    epochs, counts = _recorded(page, one, split)
    for row in top_pairs.noted(one):
        played = dance.notes(confusion.cctm(counts), row, page.settings.note)
        sounds = played != dance.NONE
        yield row, Counter(played[sounds].tolist()).most_common(NAMED), epochs[sounds]


def _notes(page: Page, one: Table, split: str) -> Iterator[tuple[str | None, ...]]:
    """A row a class: which notes it has, in how many epochs, and until when."""
    epochs, _ = _recorded(page, one, split)
    for row, often, sounding in _played(page, one, split):
        words = ", ".join(
            f"{page.labels[other]} {percent(times / len(epochs))}" for other, times in often
        )
        last = str(sounding[-1]) if len(sounding) else None
        yield (
            page.names[_name(one)],
            page.labels[row],
            words or None,
            f"{len(sounding)} of {len(epochs)}",
            last,
        )


def all_pairs(page: Page) -> list[str]:
    """Not in the paper: which pairs of all dance, and how surely."""
    found = _drawn(page)
    if not found:
        return []
    rows = [_pairs(page, *one) for one in found]
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
        f"{opposed} of {pairs} pairs are surely opposed in {run}.",
        *folded(
            "The recalls of two classes are surely opposed where the 95 % interval of the correlation of their "
            "changes lies below zero, surely alike where above",
            table(heads, rows),
        ),
        *page.pictures.shown(f"dance_pairs-{_name(found[0][0])}", f"Which pairs dance in {run}"),
        *_others(page, "dance_pairs", found),
    ]


def _pairs(page: Page, one: Table, split: str) -> tuple[str | None, ...]:
    """The most opposed pair of a run, and how many of all are surely opposed, or alike."""
    epochs, counts = _recorded(page, one, split)
    found = dance.pairs(confusion.cctm(counts), epochs, size=counts[0].sum(-1))
    first = {name: float(value) for name, value in found.iloc[0].items()}
    pair = classes.pair(*(page.labels[int(first[key])] for key in ("class_1", "class_2")))
    most = (pair, number(first["anticorrelation"], 2), interval(first["low"], first["high"]))
    known = most if isfinite(first["anticorrelation"]) else (None, None, None)
    return (
        page.names[_name(one)],
        *known,
        str(len(found)),
        str((found["high"] < 0).sum()),
        str((found["low"] > 0).sum()),
    )
