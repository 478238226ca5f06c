"""Class gradients: how opposed they are, and whether that tells which classes interfere."""

from dataclasses import asdict
from typing import Any

from interference import confusion
from interference.confusion import by_epoch, predictors
from interference.io.tables import Table
from interference.reporting.report.packing import Arrays
from interference.reporting.report.section import Section
from interference.study.study import Study
from interference.surfaces.cosines import cosines
from interference.vocabulary import Array


def section(study: Study, arrays: Arrays) -> Section | None:
    """The section, None where there are no class gradients."""
    cctm = study.of_runs("cctm")
    runs = {
        run: _run(cosines(gram), cctm.get(run), arrays)
        for run, gram in study.of_runs("grams").items()
    }
    return (
        Section("Class gradients", "gradients.html", view="gradients", data={"runs": runs})
        if runs
        else None
    )


def _run(cosine: Array, cctm: Table | None, arrays: Arrays) -> dict[str, Any]:
    """The cosines (C, C) and, of a run that was tested, symmetrised rates (C, C) and how well those are told."""
    if cctm is None:
        return {"cosines": arrays.add(cosine)}
    mixed = confusion.symmetrised(confusion.cctm(by_epoch.test_counts(cctm)))
    return {
        "cosines": arrays.add(cosine),
        "mixed": arrays.add(mixed),
        "told": asdict(predictors.prediction(cosine, mixed)),
    }
