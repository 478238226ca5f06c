"""Section 2.1 and 3, Table 1 and 2, Fig. 1 and 8: what trained nets take the classes for."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from interference import confusion, paper
from interference.confusion import by_epoch, top_pairs
from interference.confusion.by_epoch import LAST
from interference.io.tables import Table
from interference.reporting.figures import selection
from interference.reporting.reproduction.markdown import folded, number, plain, table
from interference.reporting.reproduction.page import Page
from interference.reporting.text import plural
from interference.study import runs
from interference.vocabulary import Array

PAIRS = 3  # interfering pairs named a run


def cctms(page: Page) -> list[str]:
    """Fig. 1 and 8: the most interfering pairs of every run."""
    tables = page.ordered("cctm")
    if not tables:
        return []
    found = {one.run["name"]: by_epoch.test_counts(one) for one in tables}
    heads = ("run", "most interfering pair, %", *["next, %"] * (PAIRS - 1))
    rows = [
        (
            page.names[run],
            *_padded(map(plain, top_pairs.in_words(counts, page.study.classes.labels, PAIRS))),
        )
        for run, counts in found.items()
    ]
    setups = {
        f"cctm-{setup}": runs.setup_label(group[0].run) for setup, group in runs.by_setup(tables)
    }
    (shown, words), *others = setups.items()
    ranked = [
        (name.replace("cctm", "pairs", 1), f"all pairs ranked, {words}")
        for name, words in setups.items()
    ]
    return [
        _top(page, found),
        *folded(
            "How often two classes are taken for each other, both ways added, in percent of "
            "their test images, with the 95 % interval",
            table(heads, rows),
        ),
        *page.pictures.shown(shown, f"Test CCTMs, {words}"),
        *page.pictures.linked([*others, *ranked]),
    ]


def _padded(found: Iterator[str]) -> list[str | None]:
    """As many cells as there are columns, of however few pairs."""
    return [*found, *[None] * PAIRS][:PAIRS]


def _top(page: Page, found: Mapping[str, Array]) -> str:
    top = top_pairs.most(found.values())
    if top is None:
        return "No class is taken for another."
    return (
        f"**{plain(top_pairs.named(top.pair, page.study.classes.labels))}** is the most interfering pair of "
        f"{top.runs} of {plural(len(found), 'run')}, beyond chance in {top.clear}."
    )


def recalls(page: Page) -> list[str]:
    """Table 1: the recall of every class, and how far it is from what the paper's two versions span."""
    tables = page.ordered("cctm")
    if not tables:
        return []
    ours = {one.run["name"]: confusion.recall(by_epoch.test_counts(one)) for one in tables}
    columns = selection.lowest_recalls(np.array([*ours.values()]))
    some = (
        f", of the {len(columns)} classes of the lowest" if len(columns) < len(page.labels) else ""
    )

    def rows(compared: bool) -> list[str]:
        found = [
            row
            for one in tables
            if bool(paper.recalls_of(one.run)) == compared
            for row in _recalls(page, one, ours[one.run["name"]], columns)
        ]
        return (
            [table(("recall, %", *(page.labels[label] for label in columns)), found)]
            if found
            else []
        )

    others = rows(compared=False)
    return [
        *_of_recalls(page, tables, ours),
        *rows(compared=True),
        *(folded(f"Recalls of runs that the paper has not{some}", *others) if others else []),
        *page.pictures.shown("recall", "Recall of each class on the test set"),
    ]


def _recalls(
    page: Page, one: Table, ours: Array, columns: Sequence[int]
) -> Iterator[tuple[str | None, ...]]:
    """A row of ours, and where the paper has the run's recalls, a row a version of theirs and one of the distances."""
    yield page.names[one.run["name"]], *(number(ours[label]) for label in columns)
    theirs = paper.recalls_of(one.run)
    for version, found in theirs.items():
        yield (
            f"*the paper, {version}*",
            *(number(found[one.classes.keys[label]]) for label in columns),
        )
    if theirs:
        low, high = _span(one, theirs)
        away = np.round(np.where(ours > high, ours - high, np.where(ours < low, ours - low, 0)), 1)
        yield (
            "*difference*",
            *(_distance(away[label], _outside(one, ours)[label]) for label in columns),
        )


def _distance(away: float, outside: bool) -> str:
    """How far a recall is outside of what the versions span, bold beyond the tolerance; 0 within."""
    words = str(number(away, sign=True)) if away else "0"
    return f"**{words}**" if outside else words


def _span(one: Table, theirs: Mapping[str, Mapping[str, float]]) -> tuple[Array, Array]:
    """The lowest and the highest (C,) of the versions."""
    both = np.array([[version[key] for key in one.classes.keys] for version in theirs.values()])
    return both.min(0), both.max(0)


def _outside(one: Table, ours: Array) -> Array:
    """Which recalls (C,) leave the paper's versions by more than the tolerance."""
    ranges = paper.recall_ranges(one.run["net"])
    low, high = np.array([ranges[key] for key in one.classes.keys]).T
    outside: Array = (ours < low) | (ours > high)
    return outside


def _of_recalls(page: Page, tables: Sequence[Table], ours: Mapping[str, Array]) -> Iterator[str]:
    """Whose recall is the lowest; how many agree with the paper's, and every one that does not."""
    lowest = Counter(
        page.labels[int(np.nanargmin(recalls))]
        for recalls in ours.values()
        if np.isfinite(recalls).any()
    )
    name, times = lowest.most_common(1)[0]
    lead = f"{name} has the lowest recall in {times} of {plural(len(ours), 'run')}"
    compared = [one for one in tables if paper.recalls_of(one.run)]
    if not compared:
        yield f"{lead}; no run is of a net of Table 1 under the paper's settings."
        return
    beyond = [words for one in compared for words in _beyond(page, one, ours[one.run["name"]])]
    cells = len(compared) * len(page.labels)
    yield f"{lead}; **{cells - len(beyond)} of {cells}** recalls are within the tolerance of the paper's."
    wider = ", ".join(
        f"{page.labels[page.study.classes.index(key)]} {points:g}"
        for key, points in paper.TOLERANCES.items()
    )
    yield (
        f"The tolerance is {paper.TOLERANCE:g} points ({wider}) around the range of the paper's two versions of the "
        f"table. Outside of it, bold below: {'; '.join(beyond) or 'none'}."
    )


def _beyond(page: Page, one: Table, ours: Array) -> Iterator[str]:
    """Every recall of a run outside of the tolerance, with what the paper's versions span."""
    low, high = _span(one, paper.recalls_of(one.run))
    for label in np.flatnonzero(_outside(one, ours)):
        yield (
            f"{page.labels[label]} of {page.names[one.run['name']]}, {ours[label]:.1f} for {low[label]:.1f} to "
            f"{high[label]:.1f}"
        )


def accuracies(page: Page) -> list[str]:
    """Section 3: every run's test accuracy, beside the paper's where it has one."""
    found = {
        run: ours for run in page.names if np.isfinite((ours := page.study.accuracies(run))[0])
    }
    if not found:
        return []
    of_run = {run: page.study.by_run[run].run for run in found}
    heads = (
        "run",
        "test accuracy, %",
        f"mean of the last {LAST}",
        "the paper's",
        "tolerance",
        "difference",
    )
    rows = [
        (
            page.names[run],
            number(final, 2),
            number(mean, 2),
            *_beside(final, paper.accuracy_of(of_run[run])),
        )
        for run, (final, mean) in found.items()
    ]
    return [
        *_of_accuracies(page, of_run, {run: final for run, (final, _) in found.items()}),
        table(heads, rows),
        *page.pictures.shown("accuracy", "Test accuracy by net and set-up"),
        *page.pictures.linked([("curves", "accuracy by epoch")]),
    ]


def _beside(ours: float, theirs: tuple[float, float] | None) -> tuple[str | None, ...]:
    """The paper's accuracy, its tolerance and the difference of ours, bold beyond it; nothing where it has none."""
    if theirs is None:
        return None, None, None
    words = number(ours - theirs[0], 2, sign=True)
    return f"{theirs[0]:.2f}", f"±{theirs[1]:g}", f"**{words}**" if _leaves(ours, theirs) else words


def _leaves(ours: float, theirs: tuple[float, float]) -> bool:
    return abs(round(ours - theirs[0], 2)) > theirs[1]  # as it is written


def _of_accuracies(
    page: Page, of_run: Mapping[str, Mapping[str, Any]], ours: Mapping[str, float]
) -> Iterator[str]:
    """How many agree with the paper's, every one that does not, and which of the paper's have no run beside them."""
    stated = {run: theirs for run, one in of_run.items() if (theirs := paper.accuracy_of(one))}
    if not stated:
        least, most = f"{min(ours.values()):.2f}", f"{max(ours.values()):.2f} %"
        yield (
            f"{most if len(ours) == 1 else f'From {least} to {most}'}; no run is beside one of the paper's "
            f"{len(paper.accuracies())} accuracies, under its settings."
        )
        return
    beyond = [
        f"{page.names[run]}, {ours[run]:.2f} for {theirs[0]:.2f} ± {theirs[1]:g}"
        for run, theirs in stated.items()
        if _leaves(ours[run], theirs)
    ]
    had = {(of_run[run]["net"], paper.setup(of_run[run])) for run in stated}
    lacking = [
        f"{runs.NETS[net]} under {setup.replace('_', '-')}"
        for net, setup in paper.accuracies()
        if (net, setup) not in had
    ]
    yield (
        f"**{len(stated) - len(beyond)} of {len(stated)}** accuracies are within the tolerance of the paper's "
        f"{len(paper.accuracies())}."
    )
    yield (
        f"Outside of it, bold below: {'; '.join(beyond) or 'none'}. Without a run beside them: "
        f"{', '.join(lacking) or 'none'}."
    )


def interfering(page: Page) -> list[str]:
    """Table 2: which classes interfere with some rows of the paper's net, or of the most accurate there is."""
    tables = page.ordered("cctm")
    if not tables:
        return []
    one = selection.interferers_run(tables)
    rates = confusion.cctm(by_epoch.test_counts(one))
    rows, name = selection.interferer_rows(one, rates), page.names[one.run["name"]]
    theirs = (
        paper.INTERFERERS
        if (one.run["net"], paper.setup(one.run)) == (paper.INTERFERED, paper.RECALLED)
        else {}
    )
    lines = [_interfering(page, one, rates, row, theirs) for row in rows]
    counts = ", ".join(
        f"{of} {ours}" + (f" for {theirs}" if theirs else "") for of, _, ours, theirs, _ in lines
    )
    whose = (
        ""
        if theirs
        else (
            f" The paper's table is of {runs.NETS[paper.INTERFERED]} under its own settings: "
            "nothing is compared."
        )
    )
    heads = (
        "true class",
        f"taken for, above {confusion.THRESHOLD:g}",
        "how many",
        "the paper's",
        "difference",
    )
    return [
        f"How many classes interfere in {name}: {counts}" + (" in the paper." if theirs else "."),
        f"Shares of the true class's test images.{whose}",
        table(heads, lines),
        *page.pictures.shown("interferers", "Interfering classes"),
    ]


def _interfering(
    page: Page, one: Table, rates: Array, row: int, theirs: Mapping[str, int]
) -> tuple[str | None, ...]:
    """The classes that interfere with one, and their number beside the paper's."""
    found = confusion.interferers(rates, row)
    words = ", ".join(
        f"{page.labels[other]} {rates[row, other]:.3f}" for other in found[: selection.CLASSES]
    )
    stated = theirs.get(one.classes.keys[row])
    beside = (
        (None, None) if stated is None else (str(stated), number(len(found) - stated, 0, sign=True))
    )
    return page.labels[row], words, str(len(found)), *beside
