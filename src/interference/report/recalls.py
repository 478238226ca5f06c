"""The recall of each class by run, and where the paper has them, its own beside ours (Table 1, Section 3)."""

from collections.abc import Iterable, Iterator, Mapping
from html import escape

import numpy as np

from interference import by_epoch, confusion, paper
from interference.classes import DASH
from interference.report.words import scrolling
from interference.tables import Table
from interference.vocabulary import Array

LEAST = 5.0  # points of misses that are darkest, unless there are more
WORDS = """<h3>Recall by class</h3><p>The share of each class's test images that are predicted right, in percent.
<span class="how">The stronger a cell's colour, the more of the class is missed; a row's lowest is
bold.{compared}</span></p>"""
BY_CLASS = """<h3>Recall by class</h3><p>The share of each class's test images that are predicted right, in percent,
the lowest first. <span class="how">The stronger a cell's colour, the more of the class is missed; a run's lowest is
bold.</span></p>"""
COMPARED = """ Framed is a recall more than {points:g} points ({wider}) outside the range of the two versions of the
paper's Table 1, and an accuracy outside the tolerance of the paper's; {inside} of {cells} recalls are inside."""


def html(tables: Mapping[str, Table], many: bool) -> str:
    """The words and the table, of the test CCTMs by run: a column a class, of many classes a row."""
    ours = {run: confusion.recall(by_epoch.test_counts(one)) for run, one in tables.items()}
    misses = [100 - np.nanmin(recalls, initial=100) for recalls in ours.values()]
    darkest = max(LEAST, *misses)
    if many:
        return BY_CLASS + _table(["class", *tables], _by_class(tables, ours, darkest))
    last = {one.run["net"]: run for run, one in tables.items() if paper.recalls_of(one.run)}
    stated = any(paper.accuracy_of(one.run) for one in tables.values())
    rows = []
    for run, one in tables.items():
        rows.append(_ours(run, one, ours[run], darkest, stated))
        rows += _theirs(one) if last.get(one.run["net"]) == run else []
    heads = ("run", "accuracy", *["the paper's"] * stated, *next(iter(tables.values())).classes.labels)
    return WORDS.format(compared=_compared(tables, ours)) + _table(heads, rows)


def _table(heads: Iterable[str], rows: Iterable[str]) -> str:
    """The table of these columns and rows."""
    head = "".join(f'<th scope="col">{escape(name)}</th>' for name in heads)
    return scrolling(f'<table class="heat"><thead><tr>{head}</tr></thead><tbody>{"".join(rows)}</tbody></table>',
                     "Recall by class")


def _by_class(tables: Mapping[str, Table], ours: Mapping[str, Array], darkest: float) -> Iterator[str]:
    """A row a class, that of the lowest mean recall first, those without images last, and above them all classes'."""
    accuracies = "".join(f"<td>{confusion.accuracy(by_epoch.test_counts(one)):.2f}</td>" for one in tables.values())
    yield f'<tr><th scope="row">all</th>{accuracies}</tr>'
    labels, recalls = next(iter(tables.values())).classes.labels, np.stack([*ours.values()], 1)
    for label in np.argsort(recalls.mean(1), kind="stable"):
        lowest = recalls[label] == np.nanmin(recalls, 0, initial=100)
        cells = "".join(_cell(recall, (100 - recall) / darkest, False, low)
                        for recall, low in zip(recalls[label], lowest, strict=True))
        name = escape(labels[label])
        yield f'<tr><th scope="row" title="{name}">{name}</th>{cells}</tr>'


def _ours(run: str, one: Table, recalls: Array, darkest: float, stated: bool) -> str:
    """A run's accuracy, the paper's where it has `stated` any, and the run's recalls."""
    accuracy, theirs = float(confusion.accuracy(by_epoch.test_counts(one))), paper.accuracy_of(one.run)
    apart = theirs is not None and abs(round(accuracy - theirs[0], 2)) > theirs[1]
    beside = f"<td>{f'{theirs[0]:.2f}' if theirs else DASH}</td>" * stated
    lowest = recalls == np.nanmin(recalls, initial=100)
    cells = "".join(map(_cell, recalls, (100 - recalls) / darkest, _outside(one, recalls), lowest))
    return (f'<tr><th scope="row">{escape(run)}</th><td{_framed(apart)}>{accuracy:.2f}</td>'
            f"{beside}{cells}</tr>")


def _cell(recall: float, dark: float, outside: bool, lowest: bool) -> str:
    if not np.isfinite(recall):
        return f"<td>{DASH}</td>"
    shown = f"<b>{recall:.1f}</b>" if lowest else f"{recall:.1f}"
    return f'<td style="--dark: {dark:.3f}"{_framed(outside)}>{shown}</td>'


def _framed(outside: bool) -> str:
    return ' class="beyond" title="outside the paper&#39;s range"' if outside else ""


def _outside(one: Table, recalls: Array) -> Array:
    """Which recalls (C,) leave the range of the paper's, none where it has none for the run."""
    ranges = paper.recall_ranges(one.run["net"]) if paper.recalls_of(one.run) else {}
    low, high = np.array([ranges.get(key, (0, 100)) for key in one.classes.keys]).T
    outside: Array = (recalls < low) | (recalls > high)
    return outside


def _theirs(one: Table) -> Iterator[str]:
    """The paper's versions, a row each."""
    for version, recalls in paper.recalls_of(one.run).items():
        cells = "".join(f"<td>{recalls[key]:.1f}</td>" for key in one.classes.keys)
        yield f'<tr class="theirs"><th scope="row">the paper, version {version}</th><td></td><td></td>{cells}</tr>'


def _compared(tables: Mapping[str, Table], ours: Mapping[str, Array]) -> str:
    """What the frames mean and how many recalls agree with the paper's, where there are any to compare."""
    found = [(one.classes, _outside(one, ours[run])) for run, one in tables.items() if paper.recalls_of(one.run)]
    if not found:
        return ""
    classes, cells = found[0][0], np.stack([outside for _, outside in found])
    wider = ", ".join(f"{classes.labels[classes.index(key)]} {points:g}" for key, points in paper.TOLERANCES.items())
    return COMPARED.format(points=paper.TOLERANCE, wider=wider, inside=cells.size - cells.sum(), cells=cells.size)
