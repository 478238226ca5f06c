"""The tables that claims and figures rest on: those of the study as its parameters now are, and no left-over ones."""

import json
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path

from interference.classes import Classes
from interference.errors import BadInput
from interference.params import Params
from interference.tables import Table, read_folder

Tables = dict[str, Table]


def gather(params: Params, **folders: Path) -> dict[str, Tables]:
    """The tables of each folder by their file's stem; a keyword names the folder's kind of table.

    A table counts if its run, with all its settings, is one of the parameters' runs, and a surface if it is swept.
    Raises `BadInput` where a folder is absent or a table unreadable.
    """
    found = {kind: read_folder(folder, kind) for kind, folder in folders.items()}
    return {kind: {stem: table for stem, table in tables.items() if _is_current(params, table)
                   and (kind != "surfaces" or _is_swept(params, table))} for kind, tables in found.items()}


def _is_current(params: Params, table: Table) -> bool:
    name = table.run.get("name")
    return name is not None and name in params.runs and _text(table.run) == _text(params.resolved(name))


def _text(run: dict[str, object]) -> str:
    return json.dumps(run, sort_keys=True)


def _is_swept(params: Params, table: Table) -> bool:
    return (table.run["name"] in params.sweep.runs and table.meta["scale"] in params.sweep.scales
            and table.meta["pair"] in _notations(table.classes, params.sweep.pairs))


def _notations(classes: Classes, pairs: Sequence[str]) -> Iterator[str]:
    """Pairs as a sweep of these classes names them; one of a class that they have not is none of theirs."""
    for pair in pairs:
        with suppress(BadInput):
            yield classes.notation(pair)
