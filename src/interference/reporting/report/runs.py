"""The section on the runs: their settings, accuracies and most interfering pairs."""

from collections.abc import Sequence
from dataclasses import dataclass

from interference.claims import Verdict
from interference.confusion import by_epoch, top_pairs
from interference.confusion.by_epoch import LAST
from interference.reporting.report.section import Section, TextTable
from interference.reporting.report.verdicts import VerdictCount, count_verdicts
from interference.study.study import Study, is_given, settings
from interference.vocabulary import Array

PAIRS = 3  # interfering pairs that the table names for each run


@dataclass(frozen=True)
class Interference:
    """Which pairs of classes interfere most.

    Attributes:
        runs: The number of tested runs.
        top_pair: The pair that comes first in most runs; None if no class is predicted as another.
        top_runs: The number of runs in which it comes first.
        clear_runs: The number of those runs in which it is surely ahead of the next pair.
        pairs: The most interfering pairs of each run.
    """

    runs: int
    top_pair: str | None
    top_runs: int
    clear_runs: int
    pairs: TextTable


@dataclass(frozen=True)
class Runs:
    """The facts of the section's template.

    Attributes:
        verdicts: How many claims came to each verdict.
        given: The runs whose weights come from a file and were not trained.
        accuracies: The runs and their test accuracies.
        interference: Which pairs interfere most; None if no run was tested.
        is_single: Whether there is one run, which the card at the top describes.
    """

    verdicts: VerdictCount
    given: Sequence[str]
    accuracies: TextTable
    interference: Interference | None
    is_single: bool


def section(study: Study, verdicts: Sequence[Verdict]) -> Section | None:
    """The runs and their accuracies, the verdicts in a line, and the most interfering pairs.

    Args:
        study: The study.
        verdicts: The verdicts on the claims.

    Returns:
        The section, or None if there is no run.
    """
    tables = study.by_run
    if not tables:
        return None
    interference = _interference(study)
    context = Runs(
        verdicts=count_verdicts(verdicts),
        given=[run for run, table in tables.items() if is_given(table)],
        accuracies=_accuracies(study),
        interference=interference,
        is_single=len(tables) == 1 and bool(interference and interference.top_pair),
    )
    return Section("Runs", "runs.html", context)


def _accuracies(study: Study) -> TextTable:
    """A row a run: its training configuration and its test accuracies.

    A column that no run fills is left out.
    """
    heads = (
        "run",
        "net",
        "learning rate",
        "schedule",
        "epochs",
        "seed",
        "test accuracy, %",
        f"mean of last {LAST}, %",
    )
    rows = []
    for run, table in study.by_run.items():
        accuracies = map(_percent, study.accuracies(run))
        rows.append((run, table.run["net"], *settings(table), *accuracies))
    filled = [
        column for column in range(len(heads)) if any(row[column] is not None for row in rows)
    ]
    return TextTable(
        "Runs and their accuracies",
        [heads[column] for column in filled],
        [[row[column] for column in filled] for row in rows],
    )


def _percent(accuracy: float) -> str | None:
    """An accuracy as text, None for nan."""
    return f"{accuracy:.2f}" if accuracy == accuracy else None


def _interference(study: Study) -> Interference | None:
    """Which pairs of classes interfere most, None without test counts."""
    counts_by_run = {
        run: by_epoch.test_counts(table) for run, table in study.of_runs("cctm").items()
    }
    if not counts_by_run:
        return None
    labels = study.classes.labels
    heads = ["run", "most interfering pair", *["next most"] * (PAIRS - 1)]
    rows = [(run, *_pair_texts(counts, labels)) for run, counts in counts_by_run.items()]
    pairs = TextTable("The most interfering pairs of each run", heads, rows)
    top = top_pairs.most_frequent(counts_by_run.values())
    if top is None:
        return Interference(len(rows), None, 0, 0, pairs)
    return Interference(len(rows), top_pairs.label_of(top.pair, labels), top.runs, top.clear, pairs)


def _pair_texts(counts: Array, labels: Sequence[str]) -> list[str]:
    """The most interfering pairs as texts, with a colon between a label and its rate."""
    texts = []
    for text in top_pairs.describe(counts, labels, PAIRS):
        pair, *numbers = text.rsplit(" ", 2)
        texts.append(f"{pair}: {' '.join(numbers)}" if numbers else text)
    return texts
