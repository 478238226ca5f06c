"""Verdicts as files: the table that the claims stage writes, read back, and DVC's metrics."""

from collections.abc import Iterable
from dataclasses import asdict, fields
from pathlib import Path

import pandas as pd

from interference.claims.registry import NUMBERS, Verdict
from interference.claims.rules import VERDICTS
from interference.errors import BadInput
from interference.io.input_files import check_regular

COLUMNS = tuple(column.name for column in fields(Verdict))


def as_frame(verdicts: Iterable[Verdict]) -> pd.DataFrame:
    """Verdicts as a table.

    Args:
        verdicts: The verdicts.

    Returns:
        One row a claim, one column a field of `Verdict`.
    """
    rows = [asdict(verdict) for verdict in verdicts]
    return pd.DataFrame(rows, columns=list(COLUMNS))


def as_metrics(verdicts: Iterable[Verdict]) -> dict[str, dict[str, str | float]]:
    """Verdicts as DVC compares them.

    Args:
        verdicts: The verdicts.

    Returns:
        By id: the verdict, its numbers rounded to six decimals (absent ones left out) and, if there
        are several seeds, how many there are and on how many the claim holds.
    """
    return {verdict.id: _metrics(verdict) for verdict in verdicts}


def _metrics(verdict: Verdict) -> dict[str, str | float]:
    metrics: dict[str, str | float] = {"verdict": verdict.verdict}
    for name in NUMBERS:
        number = getattr(verdict, name)
        if number is not None:
            metrics[name] = round(number, 6)
    if verdict.seeds > 1:
        metrics["held"] = verdict.held
        metrics["seeds"] = verdict.seeds
    return metrics


def read(path: Path) -> list[Verdict]:
    """Read the verdicts that the claims stage wrote.

    Args:
        path: The CSV file.

    Returns:
        The verdicts, in the file's order.

    Raises:
        BadInput: If the file is not such a table, or holds an unknown verdict or no number where a
            number is expected.
    """
    check_regular(path)
    try:
        table = pd.read_csv(path, keep_default_na=False, dtype=str)
    except (OSError, ValueError) as error:
        raise BadInput(f"{path}: not a readable table of verdicts ({error})") from error
    missing = set(COLUMNS) - set(table.columns)
    if missing:
        listed = ", ".join(sorted(missing))
        raise BadInput(f"{path}: lacks {listed}; expected what the claims stage wrote")
    return [_verdict(path, row) for _, row in table.iterrows()]


def _verdict(path: Path, row: "pd.Series[str]") -> Verdict:
    place = f"{path}: claim {row['id']}"
    if row["verdict"] not in VERDICTS:
        raise BadInput(
            f"{place}: found verdict {row['verdict']!r}, expected {', '.join(VERDICTS)}; "
            "run the claims stage again"
        )
    try:
        return Verdict(
            id=row["id"],
            sentence=row["sentence"],
            verdict=row["verdict"],
            measured=row["measured"],
            paper=row["paper"],
            figure=_number(row["figure"]),
            low=_number(row["low"]),
            high=_number(row["high"]),
            p=_number(row["p"]),
            held=int(row["held"]),
            seeds=int(row["seeds"]),
        )
    except ValueError as error:
        raise BadInput(
            f"{place}: expected a number ({error}); run the claims stage again"
        ) from error


def _number(cell: str) -> float | None:
    """A cell as a number; None if it is empty."""
    return float(cell) if cell else None
