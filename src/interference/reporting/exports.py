"""Surfaces and CCTMs as other programs read them: VTK (ParaView), CSV, LaTeX. Tables in, frames, text or bytes out."""

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

ENDINGS = {
    "surfaces": (".vtr", ".csv"),
    "cctm": (".csv", ".tex"),
}  # the forms of each kind of table
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
    """What a table holds, by its columns; raises `BadInput` where nothing here reads that."""
    found = tables.read_arrow(file, [], rows=False)[0].column_names
    kind = next((kind for kind in ENDINGS if set(found) == set(tables.COLUMNS[kind])), None)
    if kind is None:
        raise BadInput(
            f"{file}: found columns {', '.join(found)}, allowed: those of {' or '.join(ENDINGS)}"
        )
    return kind


# Surfaces


def readings(surface: Surface) -> dict[str, Array]:
    """What is read off every point (n1, n2), by name; the classes by their keys.

    `mistake_rate` and `mistake_rate_CLASS` are percent, nan where there are no images (of the class);
    `cross_entropy_CLASS` is the mean in nats, not finite where a logit was not.
    """
    keys, mistakes, losses = (
        surface.classes.keys,
        surfaces.class_mistake_rates(surface),
        surfaces.class_losses(surface),
    )
    return {
        "mistake_rate": surfaces.mistake_rate(surface),
        **{f"mistake_rate_{key}": mistakes[..., label] for label, key in enumerate(keys)},
        **{f"cross_entropy_{key}": losses[..., label] for label, key in enumerate(keys)},
    }


def points(surface: Surface) -> pd.DataFrame:
    """A row a point: class_1 and class_2 (keys), theta_1 and theta_2, and its `readings`."""
    theta_1, theta_2 = np.meshgrid(surface.theta_1, surface.theta_2, indexing="ij")
    first, second = (surface.classes.keys[label] for label in surface.pair)
    columns = {"theta_1": theta_1, "theta_2": theta_2, **readings(surface)}
    return pd.DataFrame(
        {"class_1": first, "class_2": second, **{name: of.ravel() for name, of in columns.items()}}
    )


def vtr(surface: Surface) -> bytes:
    """A VTK file of a rectilinear grid, theta_1 along x and theta_2 along y, with the `readings` as point data.

    So is `height`, the mistake rate in units of theta: warped by it, the relief is half as high as wide where all
    images are mistaken. A reading that is not finite is nan, which ParaView paints in a colour of its own; an infinite
    one would stretch its colours beyond use.
    """
    found = readings(surface)
    found["height"] = found["mistake_rate"] / 100 * np.ptp(surface.theta_2) / 2
    data = {
        name: np.where(np.isfinite(values), values, np.nan)[..., None]
        for name, values in found.items()
    }
    with TemporaryDirectory() as folder:
        path = gridToVTK(
            f"{folder}/plane", surface.theta_1, surface.theta_2, np.zeros(1), pointData=data
        )
        return Path(path).read_bytes()


def of_planes(file: Path, pair: str | None, ending: str) -> bytes:
    """The planes of a table (and its lines), or the one that is named: all of them as CSV, a single one as VTK."""
    table = tables.read(file, "surfaces")
    parts = [*surfaces.planes(table), *surfaces.lines(table)]
    found = {table.classes.joined(one.pair): one for one in map(surfaces.from_table, parts)}
    if pair is not None:
        found = {pair: _named(pair, found, table.classes, file)}
    if ending == ".csv":
        return pd.concat(map(points, found.values())).to_csv(index=False).encode()
    if len(found) != 1:
        raise BadInput(
            f"{file}: found {len(found)} planes, allowed in {ending}: one, by --pair: {', '.join(found)}"
        )
    return vtr(*found.values())


def _named(pair: str, found: dict[str, Surface], classes: Classes, file: Path) -> Surface:
    """The plane of two classes by key or alias (a line: a class and itself); raises `BadInput` for any other."""
    key = "-".join(classes.keys[classes.index(name)] for name in pair.split("-"))
    if key not in found:
        raise one_of(f"{file}: pair", pair, found)
    return found[key]


# CCTMs


def matrix(counts: Array, classes: Classes) -> pd.DataFrame:
    """The CCTM of counts (C, C): shares, a row a true class and a column a predicted one, both by their keys."""
    return pd.DataFrame(
        confusion.cctm(counts), pd.Index(classes.keys, name="true"), list(classes.keys)
    )


def latex(counts: Array, classes: Classes, run: str, split: str) -> str:
    """The CCTM of counts (C, C), percent, as a LaTeX table (booktabs); each row's largest mistake is bold.

    A class without images has dashes.
    """
    labels = [escaped(label) for label in classes.labels]
    rows = [_cells(row, own) for own, row in enumerate(100 * confusion.cctm(counts))]
    return LATEX % {
        "caption": f"CCTM of {escaped(run)}: what each class's {escaped(split)} images (row) are predicted as "
        "(column), in percent of the class. Bold: the row's largest mistake.",
        "columns": "l" + "r" * len(labels),
        "head": _line("", *labels),
        "body": "\n".join(
            _line(f"{{{label}}}", *row) for label, row in zip(labels, rows, strict=True)
        ),
    }


def _cells(row: Array, own: int) -> list[str]:
    """The numbers (C,) of the class `own`."""
    cells = ["--" if np.isnan(value) else f"{value:.1f}" for value in row]
    mistakes = np.where(np.arange(len(row)) == own, 0, row)
    if mistakes.max() > 0:
        cells[mistakes.argmax()] = rf"\textbf{{{cells[mistakes.argmax()]}}}"
    return cells


def _line(*cells: str) -> str:
    return " & ".join(cells) + r" \\"


def escaped(text: str) -> str:
    """Text as LaTeX prints it."""
    return text.translate(ESCAPES)


def of_cctm(file: Path, split: str, ending: str) -> bytes:
    """The CCTM of a split."""
    table = tables.read(file, "cctm")
    splits = table.frame["split"]
    if split not in set(splits):
        raise one_of(f"{file}: split", split, splits.unique())
    counts = confusion.from_frame(table.frame[splits == split], len(table.classes))
    if ending == ".csv":
        return matrix(counts, table.classes).to_csv().encode()
    return latex(counts, table.classes, table.run.get("name", file.stem), split).encode()
