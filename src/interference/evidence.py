"""The tables that claims and figures rest on: those of the study as its parameters now are, and no left-over ones.

A run from elsewhere joins a study by its tables alone: they lie in the study's folders, and say that they are of its
data set. It stands beside the study's own runs in figures and report; claims, which are about set-ups, pass over it.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import MISSING, asdict, fields
from pathlib import Path
from typing import Any

from interference.classes import Classes
from interference.errors import BadInput
from interference.params import Optim, Params, edge
from interference.tables import Table, check_classes, data_set, read_arrow, read_folder

Tables = dict[str, Table]


def gather(params: Params, **folders: Path) -> dict[str, Tables]:
    """The tables of each folder by their file's stem; a keyword names the folder's kind of table.

    A table counts if its run, with all its settings, is one of the parameters' runs, and a surface if it is swept; or
    if it is of a run from elsewhere on the parameters' data set, under a name that none of theirs has. Raises
    `BadInput` where a folder is absent, a table unreadable, or one from elsewhere of other classes.
    """
    found = {kind: read_folder(folder, kind) for kind, folder in folders.items()}
    counted = {kind: {stem: table for stem, table in tables.items() if _joins(params, table)
                      or (_is_current(params, table) and (kind != "surfaces" or _is_swept(params, table)))}
               for kind, tables in found.items()}
    files = {folders[kind] / f"{stem}.parquet": table for kind, of in counted.items() for stem, table in of.items()}
    _check_joined(params, files)
    return counted


def _check_joined(params: Params, files: Mapping[Path, Table]) -> None:
    """Raise `BadInput` where a run from elsewhere has other classes than the study's tables, which are asked first."""
    for path, table in files.items():
        if _joins(params, table):
            first = min(files.values(), key=lambda other: _joins(params, other))
            check_classes(path, table.meta, first.classes)


def runs(params: Params, found: Mapping[str, Tables]) -> list[str]:
    """The names of the runs in order: the parameters', then those from elsewhere that some table is of."""
    names = {table.run["name"] for tables in found.values() for table in tables.values()}
    return [*params.runs, *sorted(names - set(params.runs))]


def _joins(params: Params, table: Table) -> bool:
    """Whether a table is of a run from elsewhere, which has no set-up, and of the same data set."""
    run = table.run
    return run.get("setup") == {} and data_set(run) == params.data.title and run["name"] not in params.runs


def _is_current(params: Params, table: Table) -> bool:
    name = table.run.get("name")
    return name is not None and name in params.runs and not [*_changes(table.run, params.resolved(name))]


LATER = {item.name: item.default for item in fields(Optim) if item.default is not MISSING}  # what older runs lack


def _changes(made: Mapping[str, Any], now: Mapping[str, Any]) -> Iterator[str]:
    """The settings of a run, `setup.epochs` one of them, in which it was made otherwise than it would be now."""
    return _unlike(_flat({**made, "setup": LATER | made.get("setup", {})}), _flat(now))


def _unlike(made: Mapping[str, Any], now: Mapping[str, Any]) -> Iterator[str]:
    for key in sorted(made.keys() | now.keys()):
        if made.get(key) != now.get(key):
            yield f"{key} {made.get(key, 'absent')}, now {now.get(key, 'absent')}"


def _flat(group: Mapping[str, Any], above: str = "") -> dict[str, Any]:
    """The values of nested groups by their path; a list is a value."""
    found: dict[str, Any] = {}
    for key, item in group.items():
        found |= _flat(item, f"{above}{key}.") if isinstance(item, dict) else {above + key: item}
    return found


def check_made(params: Params, file: Path) -> None:
    """Raise `BadInput` where a table of one of the parameters' runs was made with other settings than they now have.

    Of a surface the grid counts too, and how far it reaches.
    """
    _, meta = read_arrow(file, [], ("run",), rows=False)
    name = meta["run"].get("name")
    if name not in params.runs:
        return
    found = [*_changes(meta["run"], params.resolved(name)), *_moved(params, meta)]
    if found:
        raise BadInput(f"{file}: made with {found[0]}, allowed: a table of these parameters, or none")


def _moved(params: Params, meta: Mapping[str, Any]) -> Iterator[str]:
    """In what a surface's grid is otherwise than it would be now."""
    if "scale" in meta:
        grid = {key: value for key, value in asdict(params.sweep.grid).items() if key != "images"}  # kept as a number
        now = grid | {"edge": edge(params, meta["scale"], meta["run"]["name"])}
        yield from _unlike({key: meta.get(key) for key in now}, now)


def _is_swept(params: Params, table: Table) -> bool:
    return (table.run["name"] in params.sweep.runs and table.meta["scale"] in params.sweep.scales
            and table.meta["pair"] in _notations(table.classes, params.sweep.pairs))


def _notations(classes: Classes, pairs: Sequence[str]) -> Iterator[str]:
    """Pairs as a sweep of these classes names them; one of a class that they have not is none of theirs."""
    for pair in pairs:
        with suppress(BadInput):
            yield classes.notation(pair)
