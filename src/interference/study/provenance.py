"""How a study was made: the package and the commit, and how long each part of each run took."""

import json
import math
import subprocess
from collections.abc import Iterable, Mapping
from pathlib import Path

from interference.errors import BadInput
from interference.io.tables import Table
from interference.version import __version__

Spent = Mapping[
    str, Mapping[str, float]
]  # the seconds of each part of each run, nan where they are not known


def built(folder: Path) -> dict[str, str]:
    """The package's version and, where the folder is of a checkout, its commit and whether more than that is in use."""
    commit = _git(folder, "rev-parse", "--short=12", "HEAD")
    changed = _git(folder, "status", "--short", "src", "stages", "params.yaml")
    words = {"commit": commit + " + uncommitted changes" * bool(changed)} if commit else {}
    return {"interference": __version__, **words}


def _git(folder: Path, *words: str) -> str:
    """What git says of a folder, nothing where there is no git or no checkout."""
    try:
        return subprocess.run(
            ["git", *words], cwd=folder, text=True, capture_output=True
        ).stdout.strip()
    except OSError:
        return ""


def spent(metrics: Path | None, runs: Iterable[str], surfaces: Mapping[str, Table]) -> Spent:
    """The seconds that each part of each run took, of a folder of metrics; nan where one of its files does not say.

    Empty without a folder. Raises `BadInput` for a file that is no JSON.
    """
    if metrics is None:
        return {}
    planes = swept(metrics, surfaces)
    return {
        run: {
            "training": _seconds(metrics / f"{run}.json"),
            "gradients": _seconds(metrics / "ego" / f"{run}.json"),
            "planes": sum(
                seconds for stem, seconds in planes.items() if surfaces[stem].run["name"] == run
            ),
        }
        for run in runs
    }


def swept(metrics: Path | None, surfaces: Mapping[str, Table]) -> dict[str, float]:
    """The seconds that each file of surfaces took, as in `spent`."""
    return (
        {}
        if metrics is None
        else {stem: _seconds(metrics / "sweeps" / f"{stem}.json") for stem in surfaces}
    )


def _seconds(file: Path) -> float:
    """The seconds that a file of metrics names, nan where it does not or is absent."""
    try:
        return float(json.loads(file.read_text()).get("seconds", math.nan))
    except FileNotFoundError:
        return math.nan
    except (ValueError, TypeError, AttributeError) as error:
        raise BadInput(f"{file}: no metrics ({error}); expected what a stage wrote") from error


def with_totals(spent: Spent) -> list[tuple[str, list[float]]]:
    """A row a run, of the seconds of its parts and of all of them, and a last row of all runs.

    A total is of what is known. Empty where nothing is.
    """
    rows = [(name, [*parts.values()]) for name, parts in spent.items()]
    every = [
        ("all", [_known(column) for column in zip(*(parts for _, parts in rows), strict=True)])
    ]
    found = [(name, [*parts, _known(parts)]) for name, parts in rows + every]
    return found if found[-1][1][-1] else []


def _known(seconds: Iterable[float]) -> float:
    """The sum of those that are known."""
    return sum(filter(math.isfinite, seconds))
