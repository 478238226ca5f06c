"""Verdicts as files: the table that the claims stage writes, read back, and what DVC compares."""

from collections.abc import Iterable
from dataclasses import asdict, fields
from pathlib import Path

import pandas as pd

from interference.claims.registry import Verdict
from interference.claims.rules import VERDICTS
from interference.errors import BadInput

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


def as_metrics(verdicts: Iterable[Verdict]) -> dict[str, int]:
    """How many claims have each verdict, as DVC compares them.

    Args:
        verdicts: The verdicts.

    Returns:
        The number of claims by verdict, in the order of `VERDICTS`; empty without a claim.
    """
    names = [verdict.verdict for verdict in verdicts]
    return {name: names.count(name) for name in VERDICTS} if names else {}


def as_plot(verdicts: Iterable[Verdict]) -> pd.DataFrame:
    """Verdicts as DVC draws them, one revision beside another.

    Args:
        verdicts: The verdicts.

    Returns:
        One row a claim: `claim` (its id), `verdict` and `number` (six decimals, nan without one).
    """
    rows = [(verdict.id, verdict.verdict, verdict.figure) for verdict in verdicts]
    frame = pd.DataFrame(rows, columns=["claim", "verdict", "number"])
    return frame.assign(number=frame["number"].astype(float).round(6))


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
