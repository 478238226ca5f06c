"""The section on groups of classes, and on a few chosen classes with all others as one."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from interference import confusion
from interference.confusion import by_epoch
from interference.reporting.report.section import Section, TextTable
from interference.study import groups as groups_of
from interference.study.study import Study

CHOSEN = 4  # classes that the matrix of chosen classes begins with
HEADS = ("group", "classes", "images", "right, %", "errors within", "beyond", "within, % (95 %)")


@dataclass(frozen=True)
class Context:
    """The facts of the section's template.

    Attributes:
        groups: The number of groups; 0 if the user gave none.
        tables: The errors within and beyond the groups, by run.
    """

    groups: int
    tables: Sequence[tuple[str, TextTable]]


def section(study: Study) -> Section | None:
    """The matrix of groups, which open and close, and of chosen classes.

    Args:
        study: The study.

    Returns:
        The section, or None if no run was tested or there are too few classes to choose from.
    """
    tables = study.of_runs("cctm")
    if not tables or (len(study.classes) <= CHOSEN and study.groups is None):
        return None
    groups = study.groups
    listed = []
    of_runs = []
    if groups is not None:
        listed = [
            {"name": name, "classes": groups.members(place)}
            for place, name in enumerate(groups.names)
        ]
        of_runs = [(run, _table(study, run)) for run in tables]
    data = {"groups": listed, "chosen": _first_chosen(study), "runs": list(tables)}
    heading = "Groups" if groups is not None else "Chosen classes"
    return Section(heading, "groups.html", Context(len(listed), of_runs), "groups", data)


def _first_chosen(study: Study) -> list[int]:
    """The classes of the most interfering pairs, in label order."""
    tables = study.of_runs("cctm").values()
    counts = np.sum([by_epoch.test_counts(table) for table in tables], axis=0)
    chosen: list[int] = []
    for a, b, _ in confusion.ranked_pairs(confusion.cctm(counts), CHOSEN):
        chosen += [label for label in (a, b) if label not in chosen]
    return sorted(chosen[:CHOSEN])


def _table(study: Study, run: str) -> TextTable:
    """The errors of a run within and beyond each group."""
    assert study.groups is not None
    rows = []
    for row in groups_of.of_run(study.groups, study.of_runs("cctm")[run]).to_dict("records"):
        share = None
        if np.isfinite(row["share"]):
            low, high = 100 * row["low"], 100 * row["high"]
            share = f"{100 * row['share']:.0f} ({low:.0f} to {high:.0f})"
        right = 100 * row["right"] / row["images"] if row["images"] else np.nan
        rows.append(
            [
                row["group"],
                f"{row['classes']:,}",
                f"{row['images']:,}",
                f"{right:.1f}" if np.isfinite(right) else None,
                f"{row['within']:,}",
                f"{row['beyond']:,}",
                share,
            ]
        )
    return TextTable(f"Errors of {run} within and beyond the groups", HEADS, rows)
