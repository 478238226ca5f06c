"""Every exhibit: tables in, matplotlib figures out. Nothing here knows torch."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

from interference.atomic import write_bytes
from interference.tables import Table

if TYPE_CHECKING:
    from matplotlib.figure import Figure

Tables = Mapping[str, Table]


NONE: Tables = MappingProxyType({})


def draw(*, counts: Tables = NONE, cctm: Tables = NONE, grams: Tables = NONE,
         surfaces: Tables = NONE) -> Iterator[tuple[str, "Figure"]]:
    """Every exhibit that the tables at hand allow, with its name; each mapping is a folder of tables by file stem."""
    from interference.figures import (
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
        surface,
    )
    from interference.figures import cctm as heat_maps

    swept = planes.groups(surfaces)
    yield from heat_maps.draw(cctm)
    yield from recall.draw(cctm)
    yield from interferers.draw(cctm)
    yield from pairs.draw(cctm)
    yield from accuracy.draw(counts)
    yield from surface.draw(swept)
    yield from lowland.draw(swept)
    yield from flatness.draw(swept)
    yield from class_losses.draw(swept)
    yield from ego_models.draw(surfaces)
    yield from shapes.draw(swept, grams, cctm)
    yield from dance.draw(counts)
    yield from gradients.draw(grams, cctm)


def save(figure: "Figure", stem: Path) -> None:
    """Write STEM.svg and STEM.png, each whole or not at all; the same figure gives the same bytes."""
    from interference.figures import style

    for ending, content in ((".svg", style.svg(figure)), (".png", style.png(figure))):
        write_bytes(stem.with_name(stem.name + ending), content)
