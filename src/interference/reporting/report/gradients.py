"""The section on class gradients: how opposed they are, and whether that predicts interference."""

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
    """The section on class gradients.

    Args:
        study: The study.
        arrays: Takes up the cosines and the rates.

    Returns:
        The section, or None if no run has class gradients.
    """
    cctm = study.of_runs("cctm")
    runs = {}
    for run, gram in study.of_runs("grams").items():
        runs[run] = _run(cosines(gram), cctm.get(run), arrays)
    if not runs:
        return None
    return Section("Class gradients", "gradients.html", view="gradients", data={"runs": runs})


def _run(cosine: Array, cctm: Table | None, arrays: Arrays) -> dict[str, Any]:
    """A run's cosines (C, C).

    A run that was tested also has its symmetrised CCTM (C, C) and the correlation of the two.
    """
    if cctm is None:
        return {"cosines": arrays.add(cosine)}
    mixed = confusion.symmetrised(confusion.cctm(by_epoch.test_counts(cctm)))
    return {
        "cosines": arrays.add(cosine),
        "mixed": arrays.add(mixed),
        "correlation": asdict(predictors.prediction(cosine, mixed)),
    }
