"""Tells how a study was made: the package, the commit, and the time that each part took."""

import json
import math
import subprocess
from collections.abc import Iterable, Mapping
from pathlib import Path

from interference.errors import BadInput
from interference.io.tables import Table
from interference.version import __version__

CHECKOUT = Path(__file__).resolve().parents[3]  # if the package is not installed from a wheel

# The seconds of each part of each run, nan where they are not known.
Spent = Mapping[str, Mapping[str, float]]


def built(parameters: Path, checkout: Path = CHECKOUT) -> dict[str, str]:
    """The version of the package, and the commit of the code that runs.

    Git is asked about the checkout of this code alone, never about the folder of the parameters:
    that may come from somebody else, and its git configuration can start programs.

    Args:
        parameters: The file of the study's parameters.
        checkout: The checkout of the code.

    Returns:
        The version; the commit and its date too if the code runs from a git checkout, with a remark
        if the code or parameters inside the checkout have uncommitted changes.
    """
    facts = {"interference": __version__}
    if not (checkout / ".git").exists():
        return facts
    commit = _git(checkout, "rev-parse", "--short=12", "HEAD")
    if commit:
        places = ["src", "stages"]
        if parameters.resolve().is_relative_to(checkout.resolve()):
            places.append(str(parameters.resolve()))
        is_changed = bool(_git(checkout, "status", "--short", "--", *places))
        facts["commit"] = f"{commit} + uncommitted changes" if is_changed else commit
        facts["date"] = _git(checkout, "show", "--no-patch", "--format=%cs", "HEAD")
    return facts


def _git(folder: Path, *arguments: str) -> str:
    """The output of git in a folder; empty without git or without a checkout."""
    command = ["git", "-c", "core.fsmonitor=false", *arguments]
    try:
        completed = subprocess.run(command, cwd=folder, text=True, capture_output=True)
    except OSError:
        return ""
    return completed.stdout.strip()


def spent(folder: Path | None, runs: Iterable[str], surfaces: Mapping[str, Table]) -> Spent:
    """The time that each part of each run took.

    Args:
        folder: The folder of the stages' times; None if the study has none.
        runs: The names of the runs.
        surfaces: The tables of surfaces by the file's stem.

    Returns:
        By run the seconds of `training`, `gradients` and `planes`, nan where no file
        gives them; empty without a folder.

    Raises:
        BadInput: If a file of times is not JSON.
    """
    if folder is None:
        return {}
    parts_by_run: dict[str, dict[str, float]] = {}
    for run in runs:
        parts_by_run[run] = {
            "training": _seconds(folder / f"{run}.json"),
            "gradients": _seconds(folder / "ego" / f"{run}.json"),
            "planes": 0,
        }
    for stem, seconds in swept(folder, surfaces).items():
        run = surfaces[stem].run["name"]
        if run in parts_by_run:
            parts_by_run[run]["planes"] += seconds
    return parts_by_run


def swept(folder: Path | None, surfaces: Mapping[str, Table]) -> dict[str, float]:
    """The time that each file of surfaces took.

    Args:
        folder: The folder of the stages' times; None if the study has none.
        surfaces: The tables of surfaces by the file's stem.

    Returns:
        The seconds by the file's stem, nan where no file gives them; empty without a
        folder.

    Raises:
        BadInput: If a file of times is not JSON.
    """
    if folder is None:
        return {}
    return {stem: _seconds(folder / "sweeps" / f"{stem}.json") for stem in surfaces}


def _seconds(file: Path) -> float:
    """The seconds that a file gives; nan if it gives none or is absent."""
    try:
        return float(json.loads(file.read_text()).get("seconds", math.nan))
    except FileNotFoundError:
        return math.nan
    except (ValueError, TypeError, AttributeError) as error:
        raise BadInput(f"{file}: no times ({error}); expected what a stage wrote") from error


def with_totals(spent: Spent) -> list[tuple[str, list[float]]]:
    """Add the total of each run and of each part to the times of a study.

    Args:
        spent: The seconds of each part of each run.

    Returns:
        A row a run, with the seconds of its parts and their total, and a last row `all` for all
        runs. Unknown times do not count in a total. Empty if no time is known.
    """
    rows = [(run, list(parts.values())) for run, parts in spent.items()]
    columns = zip(*(seconds for _, seconds in rows), strict=True)
    all_runs = [_sum_of_known(column) for column in columns]
    if not any(all_runs):
        return []
    rows.append(("all", all_runs))
    return [(name, [*seconds, _sum_of_known(seconds)]) for name, seconds in rows]


def _sum_of_known(seconds: Iterable[float]) -> float:
    known = [part for part in seconds if math.isfinite(part)]
    return sum(known)
