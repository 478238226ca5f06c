"""Draws every exhibit: tables of a study in, matplotlib figures out. It needs no PyTorch."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

from interference.errors import one_of
from interference.io.files import write_bytes
from interference.io.tables import Table
from interference.reporting.figures import labels
from interference.thresholds import EPSILON, NOTE

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from interference.reporting.figures.page import Page
    from interference.study.agreement import Agreement
    from interference.study.comparison import Comparison
    from interference.study.confidence import Confidence
    from interference.study.overlap import Overlap

Tables = Mapping[str, Table]
Part = Callable[[], Iterator[tuple[str, "Figure"]]]


NONE: Tables = MappingProxyType({})
FORMATS = ("svg", "png", "pdf")
USUAL_FORMATS = ("svg", "png")


def draw(
    *,
    counts: Tables = NONE,
    cctm: Tables = NONE,
    grams: Tables = NONE,
    surfaces: Tables = NONE,
    epsilon: float = EPSILON,
    note: float = NOTE,
    page: "Page | None" = None,
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
        page: What the figures are drawn for; None for figures of natural width with their titles.

    Yields:
        The name of each exhibit and its figure.
    """
    for part in parts(
        counts=counts,
        cctm=cctm,
        grams=grams,
        surfaces=surfaces,
        epsilon=epsilon,
        note=note,
        page=page,
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
    page: "Page | None" = None,
    comparison: "Comparison | None" = None,
    confidences: "Sequence[Confidence]" = (),
    agreements: "Sequence[Agreement]" = (),
    overlap: "Overlap | None" = None,
) -> list[Part]:
    """Split the exhibits of `draw` into parts that can be drawn in parallel.

    Args:
        counts: As in `draw`.
        cctm: As in `draw`.
        grams: As in `draw`.
        surfaces: As in `draw`.
        epsilon: As in `draw`.
        note: As in `draw`.
        page: As in `draw`.
        comparison: How the errors of one run differ from those of another; None for no figure.
        confidences: The confidences of runs, a figure for each.
        agreements: How far runs agree with a reference, a figure for each.
        overlap: The errors that several runs share; None for no figure.

    Returns:
        Functions without arguments; each yields figures with their names.
    """
    from interference.reporting.figures import (
        accuracy,
        calibration,
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
        reference,
        reliefs,
        shapes,
        surface,
        symmetry,
    )
    from interference.reporting.figures import cctm as heat_maps
    from interference.reporting.figures import comparison as changes
    from interference.reporting.figures import overlap as shared_errors
    from interference.reporting.figures.page import NATURAL

    page = page or NATURAL
    longest = labels.LONGEST_IN_COLUMN if page.is_narrow else labels.LONGEST
    counts = _with_short_labels(counts, longest)
    cctm = _with_short_labels(cctm, longest)
    grams = _with_short_labels(grams, longest)
    surfaces = _with_short_labels(surfaces, longest)
    groups = planes.group(surfaces)
    single_groups = [{name: group} for name, group in groups.items()]
    single_surfaces = [{stem: table} for stem, table in surfaces.items()]
    drawings = [
        partial(heat_maps.draw, cctm),
        partial(recall.draw, cctm),
        partial(interferers.draw, cctm),
        partial(pairs.draw, cctm),
        partial(accuracy.draw, counts),
        partial(symmetry.draw, counts),
        *(partial(surface.draw, single, epsilon) for single in single_groups),
        partial(reliefs.draw, groups, epsilon),
        partial(lowland.draw, groups, epsilon),
        partial(flatness.draw, groups, epsilon),
        *(partial(class_losses.draw, single) for single in single_groups),
        *(partial(ego_models.draw, single) for single in single_surfaces),
        partial(shapes.draw, groups, grams, cctm),
        partial(dance.draw, counts, note),
        partial(gradients.draw, grams, cctm),
        partial(league.draw, counts, cctm, grams, surfaces),
        partial(changes.draw, comparison, longest),
        *(partial(calibration.draw, confidence, longest) for confidence in confidences),
        *(partial(reference.draw, agreement, longest) for agreement in agreements),
        partial(shared_errors.draw, overlap, longest),
    ]
    return [partial(_draw_for, page, drawing) for drawing in drawings]


def checked_formats(formats: Sequence[str] | None) -> tuple[str, ...]:
    """Check the formats of figures and return them; the usual ones without any.

    Args:
        formats: Some of `FORMATS`, or None.

    Returns:
        The formats, each once.

    Raises:
        BadInput: If a format is unknown.
    """
    for name in formats or ():
        if name not in FORMATS:
            raise one_of("--format", name, FORMATS)
    return tuple(dict.fromkeys(formats or USUAL_FORMATS))


def _draw_for(page: "Page", drawing: Part) -> Iterator[tuple[str, "Figure"]]:
    """Yield the figures of a part, each drawn for a page.

    Between two figures, the page is the caller's again.
    """
    from interference.reporting.figures.page import drawn_for

    figures = drawing()
    while True:
        with drawn_for(page):
            figure = next(figures, None)
        if figure is None:
            return
        yield figure


def _with_short_labels(tables: Tables, longest: int) -> Tables:
    """Shorten the class labels of tables, so that every exhibit has room for them."""
    return {stem: labels.with_short_labels(table, longest) for stem, table in tables.items()}


def save(figure: "Figure", stem: Path, formats: Sequence[str] = USUAL_FORMATS) -> None:
    """Write a figure into a file of each format; the same figure gives the same bytes.

    A file is written whole or not at all.

    Args:
        figure: A drawn figure.
        stem: The files' path without its ending.
        formats: The formats, which are the files' endings as well: some of `FORMATS`.
    """
    from interference.reporting.figures import theme

    writers = {"svg": theme.to_svg, "png": theme.to_png, "pdf": theme.to_pdf}
    for name in formats:
        write_bytes(stem.with_name(f"{stem.name}.{name}"), writers[name](figure))
