"""The CCTM at every recorded epoch of every run and split, and the images behind its cells."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from interference import confusion
from interference.io.tables import Table
from interference.reporting.report import pictures
from interference.reporting.report.packing import Arrays
from interference.reporting.report.section import Section
from interference.study.study import Study
from interference.vocabulary import Array

LATEST = (
    2**15 - 1
)  # the last epoch of a run from elsewhere where it is not known: compared with the last of others


@dataclass(frozen=True)
class Cctm:
    """What the section shows, above all how to use what there is.

    Attributes:
        runs: How many runs have counts.
        has_epochs: Whether any counts have several epochs, so that there is a training to follow.
        uses: The reasons to choose a cell.
        mistakes: How many mistakes on test images are known.
        pictured: How many of them have a picture.
    """

    runs: int
    has_epochs: bool
    uses: Sequence[str]
    mistakes: int
    pictured: int


def section(study: Study, arrays: Arrays) -> Section | None:
    """The section, None where no run has counts."""
    runs = {run: splits for run in study.runs if (splits := _splits(study, run, arrays))}
    if not runs:
        return None
    mistakes = pictures.gather(study, arrays)
    has_epochs = any(
        len(split["epochs"]) > 1 for splits in runs.values() for split in splits.values()
    )
    uses = ["follow it through the training"] if has_epochs else []
    if mistakes:
        verb = "list" if study.images is None else "see"
        uses.append(f"{verb} the test images behind it")
    context = Cctm(
        runs=len(runs),
        has_epochs=has_epochs,
        uses=uses,
        mistakes=mistakes["index"]["shape"][0] if mistakes else 0,
        pictured=mistakes["pictures"] if mistakes else 0,
    )
    return Section("CCTM", "cctm.html", context, "cctm", {"runs": runs, "mistakes": mistakes})


def _splits(study: Study, run: str, arrays: Arrays) -> dict[str, Any]:
    """The counts (epochs, C, C) of a run by split; of a split that was not recorded, those of the final weights."""
    found = {
        split: {"epochs": epochs.tolist(), "counts": arrays.add(counts)}
        for split, (epochs, counts) in study.recorded.get(run, {}).items()
    }
    for split, (epoch, counts) in _final(study.of_runs("cctm").get(run)):
        if split not in found:
            found[split] = {"epochs": [epoch], "counts": arrays.add(counts[None])}
    return {
        split: found[split] for split in sorted(found, key=lambda split: (split != "test", split))
    }


def _final(table: Table | None) -> Iterator[tuple[str, tuple[int, Array]]]:
    """Each split's last epoch and counts (C, C) in a cctm table, if there is one."""
    if table:
        for split, frame in table.frame.groupby("split", observed=True):
            epoch = table.run["setup"].get("epochs", LATEST)
            yield str(split), (epoch, confusion.from_frame(frame, len(table.classes)))
