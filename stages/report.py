"""One HTML page of the whole study: CCTMs to scrub through, surfaces to turn, claims and provenance."""

import json
import subprocess
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Annotated

import numpy as np
import pandas as pd
import typer

from interference import __version__, atomic, claims, evidence, params, report, tables
from interference.confusion import Array
from interference.errors import BadInput
from interference.tables import Table
from stages import CctmFolder, CountsFolder, GramFolder, ParamsFile, PredictionFolder, SurfaceFolder, run, say

Verdicts = Annotated[Path, typer.Argument(help="The claims' verdicts: data/claims.csv.")]
PageFile = Annotated[Path, typer.Argument(help="The page to write: data/report.html.")]
Images = Annotated[Path | None, typer.Option(
    help="The image table whose test images the page shows; without it the page names images and can be published.")]
Metrics = Annotated[Path | None, typer.Option(help="The folder of metrics, which say how long everything took.")]


def main(counts: CountsFolder, cctm: CctmFolder, grams: GramFolder, surfaces: SurfaceFolder,
         predictions: PredictionFolder, verdicts: Verdicts, page: PageFile, images: Images = None,
         parameters: ParamsFile = Path("params.yaml"), metrics: Metrics = None) -> None:
    """Gather the tables of five folders and the verdicts in a page that needs no server and no network."""
    settings = params.load(parameters)
    found = evidence.gather(settings, counts=counts, cctm=cctm, grams=grams, surfaces=surfaces, predictions=predictions)
    study = report.Study(f"Class interference: {settings.data.title}", evidence.runs(settings, found), **found,
                         verdicts=rows(verdicts), images=test_images(images), built=built(parameters.parent),
                         spent={} if metrics is None else spent(metrics, settings.runs, found["surfaces"]))
    atomic.write_text(page, report.html(study))
    say(f"{page}: {page.stat().st_size / 1e6:.1f} MB")


def test_images(table: Path | None) -> Array | None:
    """The pixels (n, C, H, W) of the test images of an image table, None without one."""
    return None if table is None else tables.read_images(table, "test")[0]


def rows(verdicts: Path) -> list[dict[str, object]]:
    """The claims' rows; raises `BadInput` where the file is no such table."""
    try:
        table = pd.read_csv(verdicts, keep_default_na=False)
    except (OSError, ValueError) as error:
        raise BadInput(f"{verdicts}: not a readable table of verdicts ({error})") from error
    missing = set(claims.COLUMNS) - set(table.columns)
    if missing:
        raise BadInput(f"{verdicts}: lacks {', '.join(sorted(missing))}; expected what the claims stage wrote")
    return [{str(key): value for key, value in row.items()} for row in table.to_dict("records")]


def built(folder: Path) -> dict[str, str]:
    """The package's version and, where the folder is of a checkout, its commit and whether more than that is in use."""
    commit = git(folder, "rev-parse", "--short=12", "HEAD")
    changed = git(folder, "status", "--short", "src", "stages", "params.yaml")
    words = {"commit": commit + " + uncommitted changes" * bool(changed)} if commit else {}
    return {"interference": __version__, **words}


def git(folder: Path, *words: str) -> str:
    """What git says of a folder, nothing where there is no git or no checkout."""
    try:
        return subprocess.run(["git", *words], cwd=folder, text=True, capture_output=True).stdout.strip()
    except OSError:
        return ""


def spent(metrics: Path, runs: Iterable[str], surfaces: Mapping[str, Table]) -> dict[str, dict[str, float]]:
    """The seconds that each part of each run took; nan where one of its files does not say."""
    return {run: {"training": seconds(metrics / f"{run}.json"), "gradients": seconds(metrics / "ego" / f"{run}.json"),
                  "planes": sum(seconds(metrics / "sweeps" / f"{stem}.json") for stem, table in surfaces.items()
                                if table.run["name"] == run)} for run in runs}


def seconds(file: Path) -> float:
    """The seconds that a file of metrics names, nan where it does not or is absent; raises `BadInput` for no JSON."""
    try:
        return float(json.loads(file.read_text()).get("seconds", np.nan))
    except FileNotFoundError:
        return np.nan
    except (ValueError, TypeError, AttributeError) as error:
        raise BadInput(f"{file}: no metrics ({error}); expected what a stage wrote") from error


if __name__ == "__main__":
    run(main)
