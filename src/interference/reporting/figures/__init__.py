"""Every exhibit: tables in, matplotlib figures out. Nothing here knows torch."""

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

from interference.io.files import write_bytes
from interference.io.tables import Table
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
    """Every exhibit that the tables at hand allow, with its name; each mapping is a folder of tables by file stem.

    Args:
        counts: Tables of confusion counts by epoch.
        cctm: Tables of the final nets' confusion counts.
        grams: Tables of the class gradients' products.
        surfaces: Tables of interference planes and ego models.
        epsilon: How far above the trained net a plane is still flat, in points of mistake rate.
        note: The share of a class's images that a class must exceed to be its note.
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
    """The exhibits of `draw` in parts that can be drawn side by side: each, called, yields figures with their names."""
    from interference.reporting.figures import (
        accuracy,
        class_losses,
        dance,
        ego_models,
        flatness,
        gradients,
        interferers,
        lowland,
        pairs,
        planes,
        recall,
        shapes,
        style,
        surface,
    )
    from interference.reporting.figures import cctm as heat_maps

    counts, cctm, grams, surfaces = (
        {stem: style.with_room(table) for stem, table in tables.items()}
        for tables in (counts, cctm, grams, surfaces)
    )
    swept = planes.groups(surfaces)
    each = [{name: group} for name, group in swept.items()]
    of_tests = (heat_maps.draw, recall.draw, interferers.draw, pairs.draw)
    return [
        *(partial(one, cctm) for one in of_tests),
        partial(accuracy.draw, counts),
        *(partial(surface.draw, one, epsilon) for one in each),
        partial(lowland.draw, swept, epsilon),
        partial(flatness.draw, swept, epsilon),
        *(partial(class_losses.draw, one) for one in each),
        *(partial(ego_models.draw, {stem: table}) for stem, table in surfaces.items()),
        partial(shapes.draw, swept, grams, cctm),
        partial(dance.draw, counts, note),
        partial(gradients.draw, grams, cctm),
    ]


def save(figure: "Figure", stem: Path) -> None:
    """Write STEM.svg and STEM.png, each whole or not at all; the same figure gives the same bytes."""
    from interference.reporting.figures import style

    for ending, content in ((".svg", style.svg(figure)), (".png", style.png(figure))):
        write_bytes(stem.with_name(stem.name + ending), content)
