"""The CCTM at every recorded epoch of every run and split, and the images behind its cells."""

from typing import Any

import numpy as np
from scipy.cluster import hierarchy
from scipy.spatial.distance import squareform

from interference import confusion, dance
from interference.confusion import Array
from interference.report import pictures
from interference.report.packing import Arrays
from interference.report.study import Section, Study

HTML = """<p>What the images of each class (row) are taken for (column), in percent of the row's images. The diagonal is
the recall. The darker a cell, the more its column's class interferes with its row's.
<span class="how">Move the slider to see it change while the net trains. Choose a second run to see the difference; cells
that differ beyond chance (95 %) are framed. Point at a cell for its counts, and choose it (click, or Enter) to follow it
through the training and to see the images behind it. Arrow keys go from cell to cell.</span></p>
<div class="controls"></div>
<div class="split"><div class="matrix wide"></div><div class="cell"></div></div>"""


def section(study: Study, arrays: Arrays) -> Section | None:
    """The section, None where no run has counts."""
    runs = {run: splits for run in study.runs if (splits := _splits(study, run, arrays))}
    if not runs:
        return None
    return Section("CCTM", HTML, "cctm", {"runs": runs, "order": _order(study),
                                          "mistakes": pictures.gather(study, arrays)})


def _splits(study: Study, run: str, arrays: Arrays) -> dict[str, Any]:
    """The counts (epochs, C, C) of a run by split; of a split that was not recorded, those of the final weights."""
    found, counts, cctm = {}, study.of_runs("counts").get(run), study.of_runs("cctm").get(run)
    for split in counts.frame["split"].unique() if counts else ():
        epochs, recorded = dance.training_counts(counts, split)
        found[split] = {"epochs": epochs.tolist(), "counts": arrays.add(recorded)}
    for split in cctm.frame["split"].unique() if cctm else ():
        final = confusion.from_frame(cctm.frame[cctm.frame["split"] == split], len(cctm.classes))
        found.setdefault(split, {"epochs": [cctm.run["setup"]["epochs"]], "counts": arrays.add(final[None])})
    return {split: found[split] for split in sorted(found, key=_place)}


def _place(split: str) -> tuple[bool, str]:
    return split != "test", split


def _order(study: Study) -> list[int]:
    """The classes so ordered that those that interfere stand side by side: leaves of an average-linkage tree.

    Two classes are the nearer, the more they are taken for each other on the test sets of all runs.
    """
    found = [confusion.test_counts(table) for table in study.of_runs("cctm").values()]
    if not found or len(study.classes) < 3:
        return list(range(len(study.classes)))
    rates = np.nan_to_num(confusion.symmetrised(confusion.cctm(np.sum(found, 0))))
    return [int(label) for label in hierarchy.leaves_list(hierarchy.linkage(
        squareform(_distances(rates), checks=False), "average", optimal_ordering=True))]


def _distances(rates: Array) -> Array:
    """Distances (C, C) that fall with the logarithm of the rates: 0 on the diagonal, at most 1 elsewhere."""
    least = 1e-4
    apart: Array = 1 - np.log(np.maximum(rates, least) / least) / np.log(1 / least)
    np.fill_diagonal(apart, 0)
    return apart
