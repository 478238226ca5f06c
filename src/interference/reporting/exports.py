"""Converts surfaces and CCTMs for other programs: VTK (ParaView), CSV and LaTeX files."""

from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pandas as pd
from pyevtk.hl import gridToVTK

from interference import confusion, surfaces
from interference.classes import Classes
from interference.errors import BadInput, one_of
from interference.io import tables
from interference.surfaces import Surface
from interference.vocabulary import Array

ENDINGS = {  # the file endings that each kind of table can be written to
    "surfaces": (".vtr", ".csv"),
    "cctm": (".csv", ".tex"),
}
ESCAPES = str.maketrans(
    {
        "\\": r"\textbackslash{}",
        "~": r"\textasciitilde{}",
        "^": r"\textasciicircum{}",
        "<": r"\textless{}",
        ">": r"\textgreater{}",
        **{char: f"\\{char}" for char in "&%$#_{}"},
    }
)
LATEX = r"""%% needs \usepackage{booktabs}
\begin{table}
\centering
\footnotesize
\setlength{\tabcolsep}{3pt}
\caption{%(caption)s}
\begin{tabular}{%(columns)s}
\toprule
%(head)s
\midrule
%(body)s
\bottomrule
\end{tabular}
\end{table}
"""


def kind_of(file: Path) -> str:
    """The kind of a table, by its columns.

    Args:
        file: The table.

    Returns:
        A key of `ENDINGS`.

    Raises:
        BadInput: The table is of a kind that cannot be exported.
    """
    arrow, _ = tables.read_arrow(file, [], rows=False)
    columns = arrow.column_names
    for kind in ENDINGS:
        optional = tables.OPTIONAL.get(kind, {})
        if set(columns) - set(optional) == set(tables.COLUMNS[kind]):
            return kind
    raise BadInput(
        f"{file}: found columns {', '.join(columns)}, expected those of {' or '.join(ENDINGS)}; "
        "give a table of data/surfaces or data/cctm"
    )


# Surfaces


def measures(surface: Surface) -> dict[str, Array]:
    """The error rates and losses at every point of a surface.

    Args:
        surface: The surface.

    Returns:
        Arrays (n1, n2) by name. `mistake_rate` and `mistake_rate_CLASS` are percentages, nan where
        there are no images (of the class); `cross_entropy_CLASS` is the class's mean cross-entropy
        in nats, not finite where a logit was not. CLASS is the class's key.
    """
    rates = surfaces.class_mistake_rates(surface)  # (n1, n2, C)
    losses = surfaces.class_losses(surface)  # (n1, n2, C)
    values = {"mistake_rate": surfaces.mistake_rate(surface)}
    for label, key in enumerate(surface.classes.keys):
        values[f"mistake_rate_{key}"] = rates[..., label]
    for label, key in enumerate(surface.classes.keys):
        values[f"cross_entropy_{key}"] = losses[..., label]
    return values


def points(surface: Surface) -> pd.DataFrame:
    """A surface as a table with one row a point.

    Args:
        surface: The surface.

    Returns:
        Columns `class_1` and `class_2` (keys), `theta_1` and `theta_2`, and the surface's
        `measures`.
    """
    theta_1, theta_2 = np.meshgrid(surface.theta_1, surface.theta_2, indexing="ij")
    first, second = (surface.classes.keys[label] for label in surface.pair)
    columns = {"theta_1": theta_1, "theta_2": theta_2, **measures(surface)}
    values = {name: column.ravel() for name, column in columns.items()}
    return pd.DataFrame({"class_1": first, "class_2": second, **values})


def vtr(surface: Surface) -> bytes:
    """A surface as a VTK file of a rectilinear grid, with theta_1 along x and theta_2 along y.

    The point data are the surface's `measures` and `height`, the error rate in units of theta: a
    relief warped by it is half as high as wide at an error rate of 100 %. A value that is not
    finite is written as nan, which ParaView paints in a colour of its own; an infinite value would
    spoil its colour scale.

    Args:
        surface: The surface.

    Returns:
        The content of the file (`.vtr`).
    """
    values = measures(surface)
    values["height"] = values["mistake_rate"] / 100 * np.ptp(surface.theta_2) / 2
    data = {}
    for name, of_points in values.items():
        finite = np.where(np.isfinite(of_points), of_points, np.nan)
        data[name] = finite[..., None]
    with TemporaryDirectory() as folder:
        stem = f"{folder}/plane"
        path = gridToVTK(stem, surface.theta_1, surface.theta_2, np.zeros(1), pointData=data)
        return Path(path).read_bytes()


def export_planes(file: Path, pair: str | None, zoom: bool, ending: str) -> bytes:
    """Convert the planes (and lines) of a table of surfaces.

    Args:
        file: The table.
        pair: The plane to convert, by the keys or aliases of its classes; all planes if None.
        zoom: Whether to convert the zooms of the planes instead.
        ending: `.csv`, or `.vtr` for a single plane.

    Returns:
        The content of the file with that ending.

    Raises:
        BadInput: The table has no plane of that pair or no zoom of it, or several planes would go
            to one `.vtr`.
    """
    table = tables.read(file, "surfaces")
    parts = [*surfaces.planes(table), *surfaces.lines(table)]
    by_pair = {}
    for surface in map(surfaces.from_table, parts):
        by_pair[table.classes.joined(surface.pair)] = surface
    if pair is not None:
        by_pair = {pair: _plane_of(pair, by_pair, table.classes, file)}
    chosen = list(by_pair.values())
    if zoom:
        chosen = [surface.zoom for surface in chosen if surface.zoom]
        if not chosen:
            raise BadInput(f"{file}: found no zoom, expected one with --zoom; leave out --zoom")
    if ending == ".csv":
        return pd.concat(map(points, chosen)).to_csv(index=False).encode()
    if len(chosen) != 1:
        raise BadInput(
            f"{file}: found {len(chosen)} planes, expected one for {ending}; "
            f"choose it with --pair: {', '.join(by_pair)}"
        )
    return vtr(chosen[0])


def _plane_of(pair: str, by_pair: dict[str, Surface], classes: Classes, file: Path) -> Surface:
    """The plane of two classes by key or alias; a line is the pair of a class and itself.

    Raises:
        BadInput: There is no such plane.
    """
    key = "-".join(classes.keys[classes.index(name)] for name in pair.split("-"))
    if key not in by_pair:
        raise one_of(f"{file}: pair", pair, by_pair)
    return by_pair[key]


# CCTMs


def matrix(counts: Array, classes: Classes) -> pd.DataFrame:
    """The CCTM of confusion counts as a table.

    Args:
        counts: Confusion counts (C, C).
        classes: The classes.

    Returns:
        Fractions with a row for each true class and a column for each predicted class, by their
        keys, or by their labels if the keys only number them, as those of other scripts do.
    """
    names = _names(classes)
    true = pd.Index(names, name="true")
    return pd.DataFrame(confusion.cctm(counts), true, names)


def _names(classes: Classes) -> list[str]:
    """The key of each class, or its label if the key is its number alone: `class_3`."""
    names = []
    for number, (key, label) in enumerate(zip(classes.keys, classes.labels, strict=True)):
        names.append(label if key == f"class_{number}" else key)
    return names


def latex(counts: Array, classes: Classes, run: str, split: str) -> str:
    """The CCTM of confusion counts as a LaTeX table (booktabs), in percent.

    Args:
        counts: Confusion counts (C, C).
        classes: The classes.
        run: The run's name, for the caption.
        split: The split's name, for the caption.

    Returns:
        The table. The largest mistake of each row is bold; a class without images has dashes.
    """
    labels = [escape_latex(label) for label in classes.labels]
    lines = []
    for own, row in enumerate(100 * confusion.cctm(counts)):
        lines.append(_line(f"{{{labels[own]}}}", *_cells(row, own)))
    caption = (
        f"CCTM of {escape_latex(run)}: the percentages of each class's {escape_latex(split)} "
        "images (row) that are predicted as each class (column). Bold: the row's largest mistake."
    )
    return LATEX % {
        "caption": caption,
        "columns": "l" + "r" * len(labels),
        "head": _line("", *labels),
        "body": "\n".join(lines),
    }


def _cells(percentages: Array, own: int) -> list[str]:
    """The cells of a row; `percentages` (C,) are those of the class `own`."""
    cells = ["--" if np.isnan(value) else f"{value:.1f}" for value in percentages]
    mistakes = np.where(np.arange(len(percentages)) == own, 0, percentages)
    if mistakes.max() > 0:
        largest = int(mistakes.argmax())
        cells[largest] = rf"\textbf{{{cells[largest]}}}"
    return cells


def _line(*cells: str) -> str:
    return " & ".join(cells) + r" \\"


def escape_latex(text: str) -> str:
    """Escape text so that LaTeX prints it unchanged."""
    return text.translate(ESCAPES)


def export_cctm(file: Path, split: str, ending: str) -> bytes:
    """Convert the CCTM of a split.

    Args:
        file: A table of confusion counts.
        split: The split.
        ending: `.csv` or `.tex`.

    Returns:
        The content of the file with that ending.

    Raises:
        BadInput: The table does not hold the split.
    """
    table = tables.read(file, "cctm")
    splits = table.frame["split"]
    if split not in set(splits):
        raise one_of(f"{file}: split", split, splits.unique())
    counts = confusion.from_frame(table.frame[splits == split], len(table.classes))
    if ending == ".csv":
        return matrix(counts, table.classes).to_csv().encode()
    return latex(counts, table.classes, table.run.get("name", file.stem), split).encode()
