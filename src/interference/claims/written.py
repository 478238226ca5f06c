"""The verdicts as the claims stage writes them, read back."""

from pathlib import Path

import pandas as pd

from interference.claims.judging import COLUMNS
from interference.errors import BadInput


def read(verdicts: Path) -> list[dict[str, object]]:
    """The claims' rows by column; raises `BadInput` where the file is no such table."""
    try:
        table = pd.read_csv(verdicts, keep_default_na=False)
    except (OSError, ValueError) as error:
        raise BadInput(f"{verdicts}: not a readable table of verdicts ({error})") from error
    missing = set(COLUMNS) - set(table.columns)
    if missing:
        raise BadInput(f"{verdicts}: lacks {', '.join(sorted(missing))}; expected what the claims stage wrote")
    return [{str(key): value for key, value in row.items()} for row in table.to_dict("records")]
