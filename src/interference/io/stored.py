"""Tables of a folder whose rows are read when they are needed, so that memory stays bounded."""

from collections import OrderedDict
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow.parquet as pq

from interference.errors import BadInput
from interference.io.tables import COLUMNS, METADATA, Table, paths, read, read_arrow

KEPT_BYTES = 2**28  # of the rows that stay in memory: six times those of the paper's study


class Rows:
    """The rows of the tables that were read last.

    Attributes:
        limit: The most bytes that are kept; the rows of the last table are kept in any case.
        size: The bytes that are kept.
    """

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self.size = 0
        self._frames: OrderedDict[tuple[Path, int], pd.DataFrame] = OrderedDict()

    def read(self, path: Path, kind: str) -> pd.DataFrame:
        """The rows of a table, from memory if they are kept.

        Args:
            path: The file.
            kind: The kind of table.

        Raises:
            BadInput: The file is no longer readable.
        """
        try:
            key = (path.absolute(), path.stat().st_mtime_ns)
        except OSError as error:
            raise BadInput(f"{path}: no longer readable ({error.strerror or error})") from error
        if key in self._frames:
            self._frames.move_to_end(key)
            return self._frames[key]
        frame = read(path, kind).frame
        self._frames[key] = frame
        self.size += _size(frame)
        while self.size > self.limit and len(self._frames) > 1:
            _, oldest = self._frames.popitem(last=False)
            self.size -= _size(oldest)
        return frame


def _size(frame: pd.DataFrame) -> int:
    """The bytes of a frame's columns; texts, which its rows share, are not counted."""
    return int(frame.memory_usage(deep=False).sum())


KEPT = Rows(KEPT_BYTES)


@dataclass(frozen=True)
class StoredTable(Table):
    """A table whose metadata are in memory and whose rows are in a file.

    Attributes:
        frame: Its rows, read if they are not in memory.
        meta: Its metadata, decoded from JSON.
        path: The file.
        kind: The kind of table, a key of `COLUMNS`.
        length: The number of its rows.
    """

    frame: pd.DataFrame = field(init=False, repr=False, compare=False)
    path: Path
    kind: str
    length: int

    def __getattr__(self, name: str) -> Any:
        """Read the rows: the only attribute that is not set."""
        if name != "frame":
            raise AttributeError(name)
        return KEPT.read(self.path, self.kind)

    @property
    def rows(self) -> int:
        """The number of its rows, which are not read."""
        return self.length

    def with_meta(self, meta: dict[str, Any]) -> "StoredTable":
        """The same rows with other metadata."""
        return replace(self, meta=meta)


def open_folder(folder: Path, kind: str) -> dict[str, Table]:
    """Open the tables of a folder.

    Args:
        folder: The folder.
        kind: The kind of the tables, a key of `COLUMNS`.

    Returns:
        The tables by the name of their file without its suffix, sorted.

    Raises:
        BadInput: There is no such folder, or a table cannot be read.
    """
    tables: dict[str, Table] = {}
    for path in paths(folder, kind):
        _, meta = read_arrow(path, list(COLUMNS[kind]), METADATA[kind], rows=False)
        length = pq.read_metadata(path).num_rows
        tables[path.stem] = StoredTable(meta, path, kind, length)
    return tables
