"""Writes the sections on trained nets: Fig. 1 and 8, Table 1, Section 3 and Table 2."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from interference import confusion, paper
from interference.confusion import by_epoch, top_pairs
from interference.confusion.by_epoch import LAST
from interference.io.tables import Table
from interference.reporting.figures import selection
from interference.reporting.reproduction.markdown import details, escape_markdown, number, table
from interference.reporting.reproduction.page import Page
from interference.reporting.text import listed, plural
from interference.study import runs
from interference.vocabulary import Array

PAIRS = 3  # interfering pairs that the table names for each run

Cells = tuple[str | None, ...]


# Fig. 1 and 8


def cctms(page: Page) -> list[str]:
    """Write the section on Fig. 1 and 8: the most interfering pairs of each run.

    Args:
        page: The page.

    Returns:
        Blocks of Markdown, the finding first; none without confusion counts.
    """
    tables = page.ordered("cctm")
    if not tables:
        return []
    counts_by_run = {table.run["name"]: by_epoch.test_counts(table) for table in tables}
    heads = ("run", "most interfering pair, %", *["next, %"] * (PAIRS - 1))
    rows = [(page.names[run], *_pairs(page, counts)) for run, counts in counts_by_run.items()]
    return [
        _most_interfering(page, counts_by_run),
        *details(
            "How often the two classes of a pair are predicted as each other: the rates of both "
            "directions added, in percent of each class's test images, with the 95 % interval",
            table(heads, rows),
        ),
        *_cctm_pictures(page, tables),
    ]


def _pairs(page: Page, counts: Array) -> list[str | None]:
    """The most interfering pairs of a run; None in the columns for which there is no pair."""
    pairs = top_pairs.describe(counts, page.study.classes.labels, PAIRS)
    cells: list[str | None] = [escape_markdown(pair) for pair in pairs]
    missing = PAIRS - len(cells)
    return cells + [None] * missing


def _most_interfering(page: Page, counts_by_run: Mapping[str, Array]) -> str:
    """The pair that interferes most in most runs."""
    top = top_pairs.most_frequent(counts_by_run.values())
    if top is None:
        return "No class is predicted as another."
    pair = escape_markdown(top_pairs.label_of(top.pair, page.study.classes.labels))
    return (
        f"**{pair}** is the most interfering pair in {top.runs} of "
        f"{plural(len(counts_by_run), 'run')}; its lead over the next pair is beyond chance in "
        f"{top.clear} of them."
    )


def _cctm_pictures(page: Page, tables: Sequence[Table]) -> list[str]:
    """The CCTMs of the first set-up, and links to the other set-ups' and to all pairs ranked."""
    labels = {}
    for setup, group in runs.by_setup(tables):
        labels[setup] = runs.setup_label(group[0].run)
    (first, first_label), *others = labels.items()
    cctm_links = [(f"cctm-{setup}", label) for setup, label in others]
    pair_links = [
        (f"pairs-{setup}", f"all pairs ranked, {label}") for setup, label in labels.items()
    ]
    return [
        *page.pictures.image(f"cctm-{first}", f"Test CCTMs, {first_label}"),
        *page.pictures.links([*cctm_links, *pair_links]),
    ]


# Table 1


def recalls(page: Page) -> list[str]:
    """Write the section on Table 1: the recall of each class, and its distance from the paper's.

    Args:
        page: The page.

    Returns:
        Blocks of Markdown, the finding first; none without confusion counts.
    """
    tables = page.ordered("cctm")
    if not tables:
        return []
    ours = {table.run["name"]: confusion.recall(by_epoch.test_counts(table)) for table in tables}
    columns = selection.lowest_recalls(np.array(list(ours.values())))
    compared = [table for table in tables if paper.recalls_of(table.run)]
    others = [table for table in tables if not paper.recalls_of(table.run)]
    summary = "Recalls of runs without a counterpart in the paper"
    if len(columns) < len(page.labels):
        summary += f", for the {len(columns)} classes with the lowest recalls"
    blocks = list(_recall_findings(page, compared, ours))
    if compared:
        blocks.append(_recall_table(page, compared, ours, columns))
    if others:
        blocks.extend(details(summary, _recall_table(page, others, ours, columns)))
    return [*blocks, *page.pictures.image("recall", "Recall of each class on the test set")]


def _recall_table(
    page: Page, tables: Sequence[Table], ours: Mapping[str, Array], columns: Sequence[int]
) -> str:
    """The recalls of some runs; `columns` are the label numbers of the shown classes."""
    heads = ("recall, %", *(page.labels[label] for label in columns))
    rows: list[Cells] = []
    for tested in tables:
        rows.extend(_recall_rows(page, tested, ours[tested.run["name"]], columns))
    return table(heads, rows)


def _recall_rows(page: Page, tested: Table, ours: Array, columns: Sequence[int]) -> Iterator[Cells]:
    """A run's recalls, each version of the paper's recalls, and the distance from both versions."""
    yield page.names[tested.run["name"]], *(number(ours[label]) for label in columns)
    versions = paper.recalls_of(tested.run)
    if not versions:
        return
    keys = [tested.classes.keys[label] for label in columns]
    for version, published in versions.items():
        yield f"*the paper, {version}*", *(number(published[key]) for key in keys)
    distances = _distances(tested, ours)
    outside = _is_outside(tested, ours)
    yield "*difference*", *(_distance_cell(distances[label], outside[label]) for label in columns)


def _distances(tested: Table, ours: Array) -> Array:
    """How far each recall (C,) lies above (+) or below (-) the paper's versions, in points."""
    low, high = _published_range(tested)
    above = np.where(ours > high, ours - high, 0)
    below = np.where(ours < low, ours - low, 0)
    return np.round(above + below, 1)


def _distance_cell(distance: float, outside: bool) -> str:
    """A distance; bold if it is beyond the tolerance."""
    cell = str(number(distance, sign=True)) if distance else "0"
    return f"**{cell}**" if outside else cell


def _published_range(tested: Table) -> tuple[Array, Array]:
    """The lowest and the highest recall (C,) of each class in the paper's versions, percent."""
    versions = paper.recalls_of(tested.run).values()
    published = np.array([[version[key] for key in tested.classes.keys] for version in versions])
    return published.min(0), published.max(0)


def _is_outside(tested: Table, ours: Array) -> Array:
    """Whether each recall (C,) differs from the paper's versions by more than the tolerance."""
    ranges = paper.recall_ranges(tested.run["net"])
    low, high = np.array([ranges[key] for key in tested.classes.keys]).T
    outside: Array = (ours < low) | (ours > high)
    return outside


def _recall_findings(
    page: Page, compared: Sequence[Table], ours: Mapping[str, Array]
) -> Iterator[str]:
    """The class with the lowest recall, and how many recalls agree with the paper's."""
    lead = _lowest_recall(page, ours)
    if not compared:
        yield f"{lead} No run has a net of Table 1 under the paper's settings."
        return
    deviations: list[str] = []
    for tested in compared:
        deviations.extend(_deviating_recalls(page, tested, ours[tested.run["name"]]))
    cells = len(compared) * len(page.labels)
    yield (
        f"{lead} **{cells - len(deviations)} of {cells}** recalls agree with the paper's within "
        "the tolerance."
    )
    exceptions = []
    for key, points in paper.TOLERANCES.items():
        exceptions.append(f"{page.labels[page.study.classes.index(key)]} {points:g}")
    yield (
        f"The tolerance is {paper.TOLERANCE:g} points ({', '.join(exceptions)}) beyond the range "
        "of the paper's two versions of the table. Recalls outside of it, in bold below: "
        f"{'; '.join(deviations) or 'none'}."
    )


def _lowest_recall(page: Page, ours: Mapping[str, Array]) -> str:
    lowest: Counter[str] = Counter()
    for recalls in ours.values():
        if np.isfinite(recalls).any():
            lowest[page.labels[int(np.nanargmin(recalls))]] += 1
    label, times = lowest.most_common(1)[0]
    return f"{label} has the lowest recall in {times} of {plural(len(ours), 'run')}."


def _deviating_recalls(page: Page, tested: Table, ours: Array) -> Iterator[str]:
    """Each recall of a run outside the tolerance, with the range of the paper's versions."""
    low, high = _published_range(tested)
    run = page.names[tested.run["name"]]
    for label in np.flatnonzero(_is_outside(tested, ours)):
        yield (
            f"{page.labels[label]} of {run}: {ours[label]:.1f} "
            f"(paper: {low[label]:.1f} to {high[label]:.1f})"
        )


# Section 3


def accuracies(page: Page) -> list[str]:
    """Write the section on the accuracies of Section 3: ours beside the paper's.

    Args:
        page: The page.

    Returns:
        Blocks of Markdown, the finding first; none without accuracies.
    """
    final: dict[str, float] = {}
    late_means: dict[str, float] = {}
    for run in page.names:
        accuracy, late_mean = page.study.accuracies(run)
        if np.isfinite(accuracy):
            final[run] = accuracy
            late_means[run] = late_mean
    if not final:
        return []
    parameters = {run: page.study.by_run[run].run for run in final}
    heads = (
        "run",
        "test accuracy, %",
        f"mean of the last {LAST} epochs",
        "the paper's",
        "tolerance",
        "difference",
    )
    rows = []
    for run, accuracy in final.items():
        comparison = _comparison(accuracy, paper.accuracy_of(parameters[run]))
        rows.append((page.names[run], number(accuracy, 2), number(late_means[run], 2), *comparison))
    return [
        *_accuracy_findings(page, parameters, final),
        table(heads, rows),
        *page.pictures.image("accuracy", "Test accuracy by net and training configuration"),
        *page.pictures.links([("curves", "accuracy by epoch")]),
    ]


def _comparison(ours: float, published: tuple[float, float] | None) -> Cells:
    """The paper's accuracy, its tolerance and our difference; None if the paper has no accuracy.

    A difference beyond the tolerance is bold.
    """
    if published is None:
        return None, None, None
    accuracy, tolerance = published
    difference = number(ours - accuracy, 2, sign=True)
    if _deviates(ours, published):
        difference = f"**{difference}**"
    return f"{accuracy:.2f}", f"±{tolerance:g}", difference


def _deviates(ours: float, published: tuple[float, float]) -> bool:
    """Whether an accuracy, as it is shown, differs from the paper's by more than the tolerance."""
    accuracy, tolerance = published
    return abs(round(ours - accuracy, 2)) > tolerance


def _accuracy_findings(
    page: Page, parameters: Mapping[str, Mapping[str, Any]], ours: Mapping[str, float]
) -> Iterator[str]:
    """How many accuracies agree with the paper's, and which accuracies do not or have no run."""
    stated = {}
    for run, resolved in parameters.items():
        published = paper.accuracy_of(resolved)
        if published is not None:
            stated[run] = published
    total = len(paper.accuracies())
    if not stated:
        yield (
            f"{_accuracy_range(ours)} No run has the net and settings of one of the paper's "
            f"{total} accuracies."
        )
        return
    deviations = []
    for run, published in stated.items():
        if _deviates(ours[run], published):
            accuracy, tolerance = published
            deviations.append(
                f"{page.names[run]}: {ours[run]:.2f} (paper: {accuracy:.2f} ± {tolerance:g})"
            )
    covered = {(parameters[run]["net"], paper.setup(parameters[run])) for run in stated}
    missing = []
    for net, setup in paper.accuracies():
        if (net, setup) not in covered:
            missing.append(f"{runs.NETS[net]} under {setup.replace('_', '-')}")
    yield (
        f"**{len(stated) - len(deviations)} of {len(stated)}** accuracies agree with the paper's "
        f"within the tolerance; the paper reports {total}."
    )
    yield (
        f"Accuracies outside the tolerance, in bold below: {'; '.join(deviations) or 'none'}. "
        f"The paper's accuracies without a run: {', '.join(missing) or 'none'}."
    )


def _accuracy_range(ours: Mapping[str, float]) -> str:
    lowest = f"{min(ours.values()):.2f}"
    highest = f"{max(ours.values()):.2f} %"
    if len(ours) == 1:
        return f"The test accuracy is {highest}."
    return f"Test accuracies range from {lowest} to {highest}."


# Table 2


def interfering(page: Page) -> list[str]:
    """Write the section on Table 2: the classes that interfere with some classes of one net.

    Args:
        page: The page.

    Returns:
        Blocks of Markdown, the finding first; none without confusion counts.
    """
    tables = page.ordered("cctm")
    if not tables:
        return []
    tested = selection.interferers_run(tables)
    rates = confusion.cctm(by_epoch.test_counts(tested))
    is_papers = (tested.run["net"], paper.setup(tested.run)) == (paper.INTERFERED, paper.RECALLED)
    published = paper.INTERFERERS if is_papers else {}
    rows = []
    for label in selection.interferer_rows(tested, rates):
        rows.append(_interferer_row(page, tested, rates, label, published))
    heads = (
        "true class",
        f"predicted as, above {confusion.THRESHOLD:g}",
        "how many",
        "the paper's",
        "difference",
    )
    return [
        _interferer_numbers(page.names[tested.run["name"]], rows),
        _interferer_rule(is_papers),
        table(heads, rows),
        *page.pictures.image("interferers", "Interfering classes"),
    ]


def _interferer_numbers(name: str, rows: Sequence[Cells]) -> str:
    """The number of interfering classes in each row of the table."""
    numbers = []
    for label, _, ours, published, _ in rows:
        comparison = f" (paper: {published})" if published else ""
        numbers.append(f"{ours} for {label}{comparison}")
    return f"Number of interfering classes in {name}: {listed(numbers)}."


def _interferer_rule(is_papers: bool) -> str:
    """When a class interferes with another one, and why nothing is compared for other nets."""
    rule = (
        f"A class interferes with the true class if more than {confusion.THRESHOLD:g} of the true "
        "class's test images are predicted as it; the table gives these fractions."
    )
    if is_papers:
        return rule
    net = runs.NETS[paper.INTERFERED]
    return (
        f"{rule} The paper's table is about {net} under its own settings, so nothing is compared."
    )


def _interferer_row(
    page: Page, tested: Table, rates: Array, label: int, published: Mapping[str, int]
) -> Cells:
    """The classes that interfere with one class, their number, and the paper's number."""
    others = confusion.interferers(rates, label)
    shown = [
        f"{page.labels[other]} {rates[label, other]:.3f}" for other in others[: selection.CLASSES]
    ]
    ours = len(others)
    theirs = published.get(tested.classes.keys[label])
    if theirs is None:
        comparison: Cells = (None, None)
    else:
        comparison = (str(theirs), number(ours - theirs, 0, sign=True))
    return page.labels[label], ", ".join(shown), str(ours), *comparison
