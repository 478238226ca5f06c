"""The CCTM at every recorded epoch of every run and split, and the images behind its cells."""

from collections.abc import Iterator, Mapping
from typing import Any

from interference import confusion
from interference.confusion import Array
from interference.report import pictures
from interference.report.packing import Arrays
from interference.report.section import Section
from interference.report.words import holding, listed
from interference.study import Study
from interference.tables import Table

LATEST = 2**15 - 1  # the last epoch of a run from elsewhere where it is not known: compared with the last of others

HTML = """<p>What the images of each class (row) are taken for (column), in percent of the row's images. The diagonal is
the recall. The stronger a cell's colour, the more its column's class
interferes with its row's.
<span class="how">{how}</span></p>
<div class="controls"></div>
<div class="split"><div class="matrix"><div class="wide"></div></div><div class="cell"></div></div>"""


def section(study: Study, arrays: Arrays) -> Section | None:
    """The section, None where no run has counts."""
    runs = {run: splits for run in study.runs if (splits := _splits(study, run, arrays))}
    if not runs:
        return None
    mistakes = pictures.gather(study, arrays)
    return Section("CCTM", HTML.format(how=_how(study, runs, mistakes)), "cctm", {"runs": runs, "mistakes": mistakes})


def _how(study: Study, runs: Mapping[str, Any], mistakes: Mapping[str, Any] | None) -> str:
    """How to use what is there: without epochs nothing is scrubbed, without predictions no image is known."""
    trained = any(len(split["epochs"]) > 1 for splits in runs.values() for split in splits.values())
    ends = [*["follow it through the training"] * trained,
            *[f"{'list' if study.images is None else 'see'} the test images behind it"] * bool(mistakes)]
    return holding(
        ("Move the slider to see it change while the net trains.", trained),
        ("Choose a second run to see the difference; cells that differ beyond chance (95 %) are framed.",
         len(runs) > 1),
        ("Point at a cell for its counts. Arrow keys go from cell to cell.", True),
        (f"Choose one (click, or Enter) to {listed(ends or [''])}.", bool(ends)),
        (pictures.left_out(mistakes) if mistakes else "", True))


def _splits(study: Study, run: str, arrays: Arrays) -> dict[str, Any]:
    """The counts (epochs, C, C) of a run by split; of a split that was not recorded, those of the final weights."""
    found = {split: {"epochs": epochs.tolist(), "counts": arrays.add(counts)}
             for split, (epochs, counts) in study.recorded.get(run, {}).items()}
    for split, (epoch, counts) in _final(study.of_runs("cctm").get(run)):
        if split not in found:
            found[split] = {"epochs": [epoch], "counts": arrays.add(counts[None])}
    return {split: found[split] for split in sorted(found, key=lambda split: (split != "test", split))}


def _final(table: Table | None) -> Iterator[tuple[str, tuple[int, Array]]]:
    """Each split's last epoch and counts (C, C) in a cctm table, if there is one."""
    if table:
        for split, frame in table.frame.groupby("split", observed=True):
            epoch = table.run["setup"].get("epochs", LATEST)
            yield str(split), (epoch, confusion.from_frame(frame, len(table.classes)))
