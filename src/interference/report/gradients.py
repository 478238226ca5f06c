"""Class gradients: how opposed they are, and whether that tells which classes interfere."""

from dataclasses import asdict
from typing import Any

from interference import by_epoch, confusion, predictors
from interference.gram import cosines
from interference.report.packing import Arrays
from interference.report.section import Section
from interference.study import Study
from interference.tables import Table
from interference.vocabulary import Array

HTML = """<p>The cosine of every two classes' loss gradients, and against it how often the two are taken for each other
on the test set. <span class="how">Red pairs are opposed: a step that helps one class harms the other. A cloud that
falls from the upper left to the lower right says that opposed gradients mark interfering classes; rho is Spearman's
rank correlation, its interval that of leaving out one class at a time, its p that of relabelling the classes. Rates are
on an axis that is logarithmic above 1 %.</span></p>
<div class="controls"></div><p class="said" role="status"></p><div class="grid"></div>"""


def section(study: Study, arrays: Arrays) -> Section | None:
    """The section, None where there are no class gradients."""
    cctm = study.of_runs("cctm")
    runs = {run: _run(cosines(gram), cctm.get(run), arrays) for run, gram in study.of_runs("grams").items()}
    return Section("Class gradients", HTML, "gradients", {"runs": runs}) if runs else None


def _run(cosine: Array, cctm: Table | None, arrays: Arrays) -> dict[str, Any]:
    """The cosines (C, C) and, of a run that was tested, symmetrised rates (C, C) and how well those are told."""
    if cctm is None:
        return {"cosines": arrays.add(cosine)}
    mixed = confusion.symmetrised(confusion.cctm(by_epoch.test_counts(cctm)))
    return {"cosines": arrays.add(cosine), "mixed": arrays.add(mixed),
            "told": asdict(predictors.prediction(cosine, mixed))}
