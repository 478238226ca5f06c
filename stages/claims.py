"""The claims of the paper, each checked on the tables of this study."""

import json
from pathlib import Path
from typing import Annotated

import typer

from interference import claims, params
from interference.datasets import humans
from interference.io import files
from interference.study import select
from stages import (
    CctmFolder,
    CountsFolder,
    GramFolder,
    ParamsFile,
    PredictionFolder,
    SurfaceFolder,
    run,
    say,
)

Verdicts = Annotated[
    Path, typer.Argument(help="The verdicts with the measured numbers, to write (CSV).")
]
Metrics = Annotated[
    Path, typer.Argument(help="The number of claims with each verdict, to write (JSON).")
]
Plot = Annotated[Path, typer.Argument(help="The verdicts for `dvc plots`, to write (CSV).")]

Raw = Annotated[
    Path,
    typer.Option(
        envvar="INTERFERENCE_RAW",
        help="The folder of raw files. CIFAR-10H is downloaded into it unless it is there.",
    ),
]


def main(
    counts: CountsFolder,
    cctm: CctmFolder,
    grams: GramFolder,
    surfaces: SurfaceFolder,
    predictions: PredictionFolder,
    verdicts: Verdicts,
    metrics: Metrics,
    plot: Plot,
    parameters: ParamsFile = Path("params.yaml"),
    raw: Raw = Path("data/raw"),
) -> None:
    """Check every claim of the paper on the tables of five folders.

    With `claims: none` in the parameters, no claim is checked. With `claims.humans`, the votes of
    people on CIFAR-10's test images (CIFAR-10H, CC BY-NC-SA 4.0) are a reference beside the nets.
    """
    settings = params.load(parameters)
    folders = {
        "counts": counts,
        "cctm": cctm,
        "grams": grams,
        "surfaces": surfaces,
        "predictions": predictions,
    }
    tables = select.gather(settings, external=False, **folders)
    checked: list[claims.Verdict] = []
    if settings.checks_claims:
        votes = humans.votes(raw) if settings.claims.humans else None
        evidence = claims.Evidence(**tables, settings=settings.claims, humans=votes)
        checked = list(claims.check_all(evidence))
    files.write_text(verdicts, claims.as_frame(checked).to_csv(index=False))
    files.write_text(metrics, json.dumps(claims.as_metrics(checked), indent=2) + "\n")
    files.write_text(plot, claims.as_plot(checked).to_csv(index=False))
    if not settings.checks_claims:
        say(f"{parameters}: claims: none, so no claim is checked")
    measured = [verdict for verdict in checked if verdict.verdict != claims.NOT_MEASURED]
    for verdict in measured:
        say(f"{verdict.verdict:12} {verdict.id}: {verdict.measured}")
    if len(checked) > len(measured):
        say(f"not measured: {len(checked) - len(measured)} claims; {verdicts} says why")


if __name__ == "__main__":
    run(main)
