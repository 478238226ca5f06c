"""Draws every exhibit: tables of a study in, matplotlib figures out. It needs no PyTorch."""

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

from interference.io.files import write_bytes
from interference.io.tables import Table
from interference.reporting.figures import labels
from interference.thresholds import EPSILON, NOTE

if TYPE_CHECKING:
    from matplotlib.figure import Figure

Tables = Mapping[str, Table]
Part = Callable[[], Iterator[tuple[str, "Figure"]]]


NONE: Tables = MappingProxyType({})


def draw(
    *,
    counts: Tables = NONE,
    cctm: Tables = NONE,
    grams: Tables = NONE,
    surfaces: Tables = NONE,
    epsilon: float = EPSILON,
    note: float = NOTE,
) -> Iterator[tuple[str, "Figure"]]:
    """Draw every exhibit that the given tables allow.

    Each mapping holds the tables of one folder by file stem.

    Args:
        counts: Tables of confusion counts by epoch.
        cctm: Tables of the final nets' confusion counts.
        grams: Tables of the dot products of the class gradients.
        surfaces: Tables of interference planes and ego models.
        epsilon: The flat area's limit: how far the error rate may rise above that of the trained
            net, in percentage points.
        note: The fraction of a class's images above which another class is its dancing note.

    Yields:
        The name of each exhibit and its figure.
    """
    for part in parts(
        counts=counts, cctm=cctm, grams=grams, surfaces=surfaces, epsilon=epsilon, note=note
    ):
        yield from part()


def parts(
    *,
    counts: Tables = NONE,
    cctm: Tables = NONE,
    grams: Tables = NONE,
    surfaces: Tables = NONE,
    epsilon: float = EPSILON,
    note: float = NOTE,
) -> list[Part]:
    """Split the exhibits of `draw` into parts that can be drawn in parallel.

    Args:
        counts: As in `draw`.
        cctm: As in `draw`.
        grams: As in `draw`.
        surfaces: As in `draw`.
        epsilon: As in `draw`.
        note: As in `draw`.

    Returns:
        Functions without arguments; each yields figures with their names.
    """
    from interference.reporting.figures import (
        accuracy,
        class_losses,
        dance,
        ego_models,
        flatness,
        gradients,
        interferers,
        league,
        lowland,
        pairs,
        planes,
        recall,
        shapes,
        surface,
        symmetry,
    )
    from interference.reporting.figures import cctm as heat_maps

    counts = _with_short_labels(counts)
    cctm = _with_short_labels(cctm)
    grams = _with_short_labels(grams)
    surfaces = _with_short_labels(surfaces)
    groups = planes.group(surfaces)
    single_groups = [{name: group} for name, group in groups.items()]
    single_surfaces = [{stem: table} for stem, table in surfaces.items()]
    return [
        partial(heat_maps.draw, cctm),
        partial(recall.draw, cctm),
        partial(interferers.draw, cctm),
        partial(pairs.draw, cctm),
        partial(accuracy.draw, counts),
        partial(symmetry.draw, counts),
        *(partial(surface.draw, single, epsilon) for single in single_groups),
        partial(lowland.draw, groups, epsilon),
        partial(flatness.draw, groups, epsilon),
        *(partial(class_losses.draw, single) for single in single_groups),
        *(partial(ego_models.draw, single) for single in single_surfaces),
        partial(shapes.draw, groups, grams, cctm),
        partial(dance.draw, counts, note),
        partial(gradients.draw, grams, cctm),
        partial(league.draw, counts, cctm, grams, surfaces),
    ]


def _with_short_labels(tables: Tables) -> Tables:
    """Shorten the class labels of tables, so that every exhibit has room for them."""
    return {stem: labels.with_short_labels(table) for stem, table in tables.items()}


def save(figure: "Figure", stem: Path) -> None:
    """Write a figure as STEM.svg and STEM.png; the same figure gives the same bytes.

    A file is written whole or not at all.

    Args:
        figure: A drawn figure.
        stem: The files' path without its ending.
    """
    from interference.reporting.figures import theme

    write_bytes(stem.with_name(stem.name + ".svg"), theme.to_svg(figure))
    write_bytes(stem.with_name(stem.name + ".png"), theme.to_png(figure))
