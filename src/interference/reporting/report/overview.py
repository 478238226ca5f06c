"""The first section: which runs were studied and what came out, in words and small tables."""

from collections.abc import Sequence
from dataclasses import dataclass

from interference.claims import Verdict
from interference.confusion import by_epoch, top_pairs
from interference.confusion.by_epoch import LAST
from interference.reporting.report.section import Section, TextTable
from interference.reporting.report.verdicts import VerdictCount, count_of
from interference.study.study import Study, settings

PAIRS = 3  # interfering pairs named a run


@dataclass(frozen=True)
class Interference:
    """The most interfering pairs of each run, and the pair that comes first most often, None where there is none."""

    runs: int
    top_pair: str | None
    top_runs: int
    clear_runs: int
    pairs: TextTable


@dataclass(frozen=True)
class Overview:
    """What the section shows; of many classes no labels, and without test counts no interference."""

    runs: int
    data: str
    classes: int
    labels: Sequence[str]
    verdicts: VerdictCount
    accuracies: TextTable
    interference: Interference | None


def section(study: Study, verdicts: Sequence[Verdict]) -> Section:
    """The runs and their accuracies, the verdicts in a line, the most interfering pairs."""
    tables = study.by_run
    context = Overview(
        runs=len(tables),
        data=next((table.run["data"]["name"] for table in tables.values()), ""),
        classes=len(study.classes),
        labels=[] if study.many else study.classes.labels,
        verdicts=count_of(verdicts),
        accuracies=_accuracies(study),
        interference=_interference(study),
    )
    return Section("Overview", "overview.html", context)


def _accuracies(study: Study) -> TextTable:
    """A row a run: the facts known of its set-up, and its test accuracies; a column of unknown facts is left out."""
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
    rows = [
        (run, table.run["net"], *settings(table), *map(_percent, study.accuracies(run)))
        for run, table in study.by_run.items()
    ]
    known = [column for column in range(len(heads)) if any(row[column] is not None for row in rows)]
    return TextTable(
        "Runs and their accuracies",
        [heads[column] for column in known],
        [[row[column] for column in known] for row in rows],
    )


def _percent(accuracy: float) -> str | None:
    return f"{accuracy:.2f}" if accuracy == accuracy else None


def _interference(study: Study) -> Interference | None:
    """The first pairs of each run, and in how many runs the same pair leads; None without test counts."""
    counts_by_run = {
        run: by_epoch.test_counts(table) for run, table in study.of_runs("cctm").items()
    }
    if not counts_by_run:
        return None
    labels = study.classes.labels
    heads = ("run", "most interfering pair", *["next most"] * (PAIRS - 1))
    rows = [
        (run, *top_pairs.in_words(counts, labels, PAIRS)) for run, counts in counts_by_run.items()
    ]
    pairs = TextTable("The most interfering pairs of each run", heads, rows)
    top = top_pairs.most(counts_by_run.values())
    if top is None:
        return Interference(len(rows), None, 0, 0, pairs)
    return Interference(len(rows), top_pairs.named(top.pair, labels), top.runs, top.clear, pairs)
