"""Selects the tables that match the current parameters and ignores stale ones.

A run that was trained elsewhere joins a study through its tables: they lie in the study's folders
and name its data set. Figures and the report show it beside the study's own runs. Claims are about
set-ups, and the set-up of such a run is not known, so claims leave it out.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import MISSING, asdict, fields
from pathlib import Path
from typing import Any, NamedTuple

from interference.classes import EGOS, Classes
from interference.errors import BadInput
from interference.io.nested import flat
from interference.io.stored import open_folder
from interference.io.tables import IMAGES, Table, check_classes, data_set, read_arrow
from interference.params import Grid, Optim, Params, edge
from interference.vocabulary import AUTO

Tables = dict[str, Table]

MOST_RUNS = 50  # that pages and figures show: a figure or a table of more is not legible


class Shown(NamedTuple):
    """The runs that pages and figures show.

    Attributes:
        runs: Their names, in order.
        tables: Their tables, by kind and by their file's stem.
        note: A sentence on the runs that are left out; empty if there are none.
    """

    runs: list[str]
    tables: dict[str, Tables]
    note: str


# The fields of a set-up that older runs lack, with the values that they were trained with.
LATER = {item.name: item.default for item in fields(Optim) if item.default is not MISSING}

# The same for the grid of a surface.
LATER_GRID = {item.name: item.default for item in fields(Grid) if item.default is not MISSING}


def gather(params: Params, *, external: bool = True, **folders: Path) -> dict[str, Tables]:
    """Read the tables that belong to a study.

    A table belongs to the study if its run, with all its settings, is one of the parameters' runs.
    A surface must also be swept by the parameters.

    Args:
        params: The study's parameters.
        external: Whether to include the tables of runs that were trained elsewhere, on the same
            data set and under a name that no run of the parameters has.
        **folders: The folder of each kind of table, by kind (`counts`, `cctm`, ...).

    Returns:
        By kind, the tables by their file's stem.

    Raises:
        BadInput: If a folder is absent, a table is unreadable, or a table from elsewhere has other
            classes than the study.
    """
    selected: dict[str, Tables] = {}
    files: dict[Path, Table] = {}
    for kind, folder in folders.items():
        selected[kind] = {}
        for stem, table in open_folder(folder, kind).items():
            is_included = external and _is_external(params, table)
            if is_included or _belongs(params, kind, table):
                selected[kind][stem] = table
                files[folder / f"{stem}.parquet"] = table
    _check_external_classes(params, files)
    return selected


def runs(params: Params, gathered: Mapping[str, Tables]) -> list[str]:
    """The names of a study's runs, in the order in which pages and figures show them.

    Args:
        params: The study's parameters.
        gathered: The study's tables, as `gather` returns them.

    Returns:
        The runs of the parameters, then those from elsewhere by name.
    """
    names: set[str] = set()
    for tables in gathered.values():
        names.update(table.run["name"] for table in tables.values())
    external = names.difference(params.runs)
    return [*params.runs, *sorted(external)]


def shown(params: Params, gathered: Mapping[str, Tables]) -> Shown:
    """The runs that pages and figures show: all, or the first `MOST_RUNS` that have tables.

    Args:
        params: The study's parameters.
        gathered: The study's tables, as `gather` returns them.
    """
    names = runs(params, gathered)
    with_tables: set[str] = set()
    for tables in gathered.values():
        with_tables.update(table.run["name"] for table in tables.values())
    if len(with_tables) <= MOST_RUNS:
        return Shown(names, dict(gathered), "")
    first = [name for name in names if name in with_tables][:MOST_RUNS]
    selected: dict[str, Tables] = {}
    for kind, tables in gathered.items():
        selected[kind] = {}
        for stem, table in tables.items():
            if table.run["name"] in first:
                selected[kind][stem] = table
    note = (
        f"The study has {len(with_tables):,} runs. Pages and figures show the first {MOST_RUNS} "
        "in the order of the parameters; claims are checked on all."
    )
    return Shown(first, selected, note)


def check_made(params: Params, file: Path, images: Mapping[str, str]) -> None:
    """Check that a table was made with the current settings of its run, and of the current images.

    The grid and the edge of a surface count too. A table of a run that the parameters do not name
    passes.

    Args:
        params: The study's parameters.
        file: The table.
        images: The digest of the study's images, as `images_metadata` gives it; {} if it is not
            known. A table without a digest, of an older version, passes.

    Raises:
        BadInput: If a setting or the images have changed since.
    """
    _, meta = read_arrow(file, [], ("run",), rows=False)
    name = meta["run"].get("name")
    if name not in params.runs:
        return
    changes = [
        *_changes(meta["run"], params.resolved(name)),
        *_image_changes(params, meta),
        *_grid_changes(params, meta),
    ]
    if images and meta.get(IMAGES):
        changes += _differences({IMAGES: meta[IMAGES]}, images)
    if changes:
        raise BadInput(
            f"{file}: made with {changes[0]}; expected a table of these parameters and "
            "images: delete it, or restore the setting"
        )


def _check_external_classes(params: Params, files: Mapping[Path, Table]) -> None:
    """Raise `BadInput` if a table from elsewhere has other classes than the study's own tables.

    If the study has no table of its own, the first table from elsewhere sets the classes.
    """
    if not files:
        return
    first = min(files.values(), key=lambda table: _is_external(params, table))
    for path, table in files.items():
        if _is_external(params, table):
            check_classes(path, table.meta, first.classes)


def _is_external(params: Params, table: Table) -> bool:
    """Whether a table is of a run from elsewhere (which has no set-up) on the study's data set."""
    run = table.run
    has_setup = run.get("setup") != {}
    if has_setup or run["name"] in params.runs:
        return False
    return data_set(run) == params.data.title


def _belongs(params: Params, kind: str, table: Table) -> bool:
    """Whether a table is of a run of the parameters as it now is and, for a surface, is swept."""
    name = table.run.get("name", "")
    if name not in params.runs:
        return False
    has_changed = any(_changes(table.run, params.resolved(name)))
    if has_changed:
        return False
    return kind != "surfaces" or _is_swept(params, table)


def _is_swept(params: Params, table: Table) -> bool:
    """Whether the parameters sweep a surface's run at its scale and over its pair of classes."""
    sweep = params.sweep
    if table.run["name"] not in sweep.runs:
        return False
    if table.meta["scale"] not in sweep.scales:
        return False
    return table.meta["pair"] in _notations(table.classes, sweep.pairs)


def _notations(classes: Classes, pairs: Sequence[str]) -> Iterator[str]:
    """Pairs as a sweep of these classes names them, without those of a class that is not there."""
    for pair in pairs:
        with suppress(BadInput):
            yield classes.notation(pair)


def _changes(then: Mapping[str, Any], now: Mapping[str, Any]) -> Iterator[str]:
    """The settings of a run that have changed, such as `setup.epochs 2, now 3`."""
    setup = LATER | then.get("setup", {})
    completed = {**then, "setup": setup}
    yield from _differences(flat(completed), flat(now))


def _image_changes(params: Params, meta: Mapping[str, Any]) -> Iterator[str]:
    """The number of images a class that a table of gradients or a surface was made of, if changed.

    A surface holds the number of all its images; a class may have fewer than were requested.
    """
    images = meta.get("images")
    if "scale" not in meta:
        if images is not None:
            yield from _differences({"ego.images": images}, {"ego.images": params.ego.images})
        return
    requested = params.sweep.grid.images
    then = meta.get("images_per_class")
    if then is not None:
        yield from _differences({"sweep.grid.images": then}, {"sweep.grid.images": requested})
    elif isinstance(requested, int) and meta["images"] > requested * len(meta["classes"]):
        yield f"{images} images, now {requested} of each class"


def _grid_changes(params: Params, meta: Mapping[str, Any]) -> Iterator[str]:
    """The settings of a surface's grid that have changed; none for another kind of table."""
    if "scale" not in meta:
        return
    now = asdict(params.sweep.grid)
    del now["images"]  # the table holds the number of images instead
    now["edge"] = edge(params, meta["scale"], meta["run"]["name"])
    if meta.get("pair") == EGOS:
        now |= {"decide": 0.0, "zoom": False}  # lines have neither
    complete = {**LATER_GRID, **meta}
    then = {key: complete.get(key) for key in now}
    if meta.get("found_edge"):
        then["edge"] = AUTO
    yield from _differences(then, now)


def _differences(then: Mapping[str, Any], now: Mapping[str, Any]) -> Iterator[str]:
    """The values that differ, such as `setup.epochs 2, now 3`; an absent one counts as None."""
    for key in sorted(then.keys() | now.keys()):
        if then.get(key) != now.get(key):
            before = then.get(key, "absent")
            after = now.get(key, "absent")
            yield f"{key} {before}, now {after}"
