"""Groups of classes that the user gives: the counts between groups, and their errors as tables."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from interference.classes import Classes, shortened
from interference.confusion import by_epoch, statistics
from interference.confusion.matrix import ratio
from interference.errors import BadInput
from interference.io.files import write_text
from interference.io.tables import Table
from interference.vocabulary import Array, csv_cell

REST = "other"  # the group of the classes that are in no group


@dataclass(frozen=True, eq=False)
class Groups:
    """A division of the classes into groups.

    Attributes:
        names: The names of the groups.
        of_class: (C,) the number of each class's group.
    """

    names: tuple[str, ...]
    of_class: Array

    def members(self, group: int) -> list[int]:
        """The label numbers of a group's classes."""
        labels: list[int] = np.flatnonzero(self.of_class == group).tolist()
        return labels

    def counts(self, counts: Array) -> Array:
        """Add the counts of the classes of each group.

        Args:
            counts: Confusion counts (C, C).

        Returns:
            Counts (G, G), row = true group.
        """
        groups = len(self.names)
        added = np.zeros((groups, groups), counts.dtype)
        np.add.at(added, (self.of_class[:, None], self.of_class[None, :]), counts)
        return added


def of_names(named: Mapping[str, Sequence[str]], classes: Classes, source: str) -> Groups:
    """Find the classes that the user has named.

    Args:
        named: The names of the classes of each group: keys or labels, in any case.
        classes: The classes.
        source: Where the groups come from, for errors.

    Returns:
        The groups; classes that no group names are a group of their own, `other`.

    Raises:
        BadInput: A group names no class or one that is not known, or two groups name the same.
    """
    numbers = _numbers(classes)
    of_class = np.full(len(classes), -1)
    for group, (name, members) in enumerate(named.items()):
        if not members:
            raise BadInput(f"{source}: {name}: found no class, allowed: at least one class")
        for member in members:
            number = numbers.get(member, numbers.get(member.casefold()))
            if number is None:
                raise BadInput(
                    f"{source}: {name}: found {member!r}, allowed: {shortened(classes.labels)}"
                )
            if of_class[number] >= 0:
                earlier = list(named)[of_class[number]]
                raise BadInput(
                    f"{source}: found {member!r} in {earlier} and in {name}, allowed: each class "
                    "in one group"
                )
            of_class[number] = group
    names = list(named)
    if (of_class < 0).any():
        if REST in names:
            raise BadInput(
                f"{source}: found a group {REST!r} that leaves out "
                f"{classes.labels[int(np.argmin(of_class))]}, allowed: another name, since classes "
                f"in no group are {REST!r}"
            )
        names.append(REST)
        of_class[of_class < 0] = len(named)
    return Groups(tuple(names), of_class)


def _numbers(classes: Classes) -> dict[str, int]:
    """The label numbers of classes by label, by key, and by both in lower case."""
    numbers: dict[str, int] = {}
    for number, label in enumerate(classes.labels):
        numbers.setdefault(label, number)
    for number, key in enumerate(classes.keys):
        numbers.setdefault(key, number)
    for number, label in enumerate(classes.labels):
        numbers.setdefault(label.casefold(), number)
    return numbers


def of_run(groups: Groups, table: Table) -> pd.DataFrame:
    """The errors of a run within each group and beyond it.

    Args:
        groups: The groups.
        table: The run's cctm table.

    Returns:
        A row for each group: `group`, `classes`, `images`, `right` (predicted as their class),
        `within` (as another class of the group), `beyond` (as a class of another group), and
        `share`, the part of the errors that stay within the group, with `low` and `high`, its 95 %
        interval.
    """
    counts = by_epoch.test_counts(table)
    between = groups.counts(counts)
    number = len(groups.names)
    right = np.bincount(groups.of_class, np.diagonal(counts), number).astype(np.int64)
    within = np.diagonal(between) - right
    images = between.sum(1)
    beyond = images - right - within
    low, high = statistics.wilson(within, within + beyond)
    return pd.DataFrame(
        {
            "group": list(groups.names),
            "classes": np.bincount(groups.of_class, minlength=number),
            "images": images,
            "right": right,
            "within": within,
            "beyond": beyond,
            "share": ratio(within, within + beyond),
            "low": low,
            "high": high,
        }
    )


def save(groups: Groups, cctm: Mapping[str, Table], folder: Path) -> None:
    """Write the errors of all runs within and beyond each group.

    Args:
        groups: The groups.
        cctm: The cctm table of each run.
        folder: The folder; the file is `groups.csv`.
    """
    parts = []
    for run, table in cctm.items():
        frame = of_run(groups, table)
        frame.insert(0, "run", run)
        parts.append(frame)
    if parts:
        whole = pd.concat(parts, ignore_index=True)
        whole["group"] = [csv_cell(name) for name in whole["group"]]
        write_text(folder / "groups.csv", whole.to_csv(index=False))
