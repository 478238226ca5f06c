"""The library's way to the page: predictions, records, surfaces and class gradients as one HTML."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from interference import surfaces as planes
from interference.api.agreement import agreement
from interference.classes import Classes
from interference.datasets.thumbnails import thumbnails
from interference.errors import BadInput
from interference.external import runs
from interference.external.arrays import to_array
from interference.external.predictions import record_predictions, record_runs
from interference.external.record import DATA, Record
from interference.io import tables
from interference.io.files import write_text
from interference.io.tables import Table
from interference.reporting import report as page
from interference.reporting.report import pictures
from interference.study import comparison as comparisons
from interference.study.agreement import Agreement
from interference.study.comparison import Comparison
from interference.study.confidence import Confidence
from interference.study.groups import Groups
from interference.study.study import Study
from interference.study.subsets import Subsets
from interference.surfaces import Surface

if TYPE_CHECKING:
    from interference.claims import Verdict
    from interference.landscape.class_gradients import Gradient

    Egos = Mapping[int, Gradient]


def report(
    path: Path | str,
    y_true: Any = None,
    y_pred: Any = None,
    *,
    records: Record | Sequence[Record] | None = None,
    run: Any = "predictions",
    epoch: Any = None,
    split: Any = "test",
    index: Any = None,
    image: Any = None,
    confidence: Any = None,
    second: Any = None,
    scores: Any = None,
    reference: Any = None,
    classes: Classes | Sequence[str | int] | None = None,
    data: str | None = None,
    surfaces: "Surface | Sequence[Surface] | Mapping[str, Sequence[Surface]]" = (),
    egos: "Egos | Mapping[str, Egos] | None" = None,
) -> Path:
    """Write the page about predictions, and about the planes and class gradients of their net.

    It is the page that `interference look` makes: one HTML file that opens without a network. Give
    either true and predicted classes, or `records`. Without `egos` it does not load PyTorch.

    Args:
        path: The HTML file to write.
        y_true: (n,) the true classes, as names or as whole numbers: an array, a list, a tensor or a
            column of a data frame, as all arguments (n,).
        y_pred: (n,) the predicted classes, in the same order.
        records: One record or several in place of the arrays, as `read_predictions` and
            `record_predictions` return them.
        run: The name of the run, or an array (n,) if the predictions are those of several runs.
        epoch: One epoch for all images, or an array (n,): the epoch after which each prediction was
            made. With several epochs the page shows the training.
        split: One split for all images, or an array (n,).
        index: (n,) the number of each image within its split. With it the page lists the images
            that several runs predict wrongly in the same way.
        image: (n,) the file of each image; it does as `index` does. Files that exist, seen from the
            current folder, are shown as small pictures.
        confidence: (n,) the probability of each predicted class. With it the page shows the
            calibration and the confident errors.
        second: (n,) the second best class of each image; the page shows near misses.
        scores: (n, C) the probabilities of all classes in label order, in place of these two; the
            page also shows candidates for wrong labels.
        reference: What the runs are compared with, as in `agreement`.
        classes: The class names in label order; by default the distinct values, sorted. Needed if
            there are surfaces or class gradients and the classes are names.
        data: The name of the data set, for readers.
        surfaces: The planes of the net, as `surface` returns them. If there are several runs, a
            dict of them by the name of the run.
        egos: The class gradients of the net by label, as `class_gradients` returns them; the page
            shows their cosines. If there are several runs, a dict of them by the name of the run.

    Returns:
        The path of the page.

    Raises:
        BadInput: The arrays do not fit each other, or the surfaces or gradients do not fit the
            classes or the runs.

    Examples:
        >>> from interference import report
        >>> truth = ["cat", "cat", "dog", "dog", "cow"]
        >>> predicted = ["cat", "dog", "dog", "cat", "cow"]
        >>> report("page.html", truth, predicted, data="the farm").name
        'page.html'
    """
    if records is None:
        columns = {"epoch": epoch, "split": split, "index": index, "image": image}
        columns |= {"confidence": confidence, "second": second, "scores": scores}
        given = _counted(y_true, y_pred, run, columns, classes, data)
    elif y_true is not None or y_pred is not None:
        raise BadInput("report: found records and arrays, allowed: one of them")
    else:
        given = checked_records(records)
    planes_of_runs = _by_run("surfaces", _listed(surfaces), given)
    egos_of_runs = _by_run("egos", egos or {}, given)
    if records is None and (planes_of_runs or egos_of_runs):
        _check_label_order(given[0], classes)
    surface_tables: dict[str, Table] = {}
    gram_tables: dict[str, Table] = {}
    for record in given:
        for number, surface in enumerate(_listed(planes_of_runs.get(record.name, ()))):
            surface_tables[f"{record.name}-{number}"] = _surface_table(surface, record)
        if record.name in egos_of_runs:
            gram_tables[record.name] = _gram_table(egos_of_runs[record.name], record)
    _check_distinct(surface_tables)
    tables_by_kind = runs.tables_by_kind(given)
    compared, faults = comparisons.of_two_runs(tables_by_kind, list(tables_by_kind["cctm"]))
    agreements: Sequence[Agreement] = ()
    if reference is not None:
        agreements = [agreement(record, reference) for record in given]
    study = study_of_records(
        given,
        tables_by_kind,
        [*runs.descriptions(given), *faults],
        agreements=agreements,
        surfaces=surface_tables,
        grams=gram_tables,
        comparison=compared,
    )
    shown, _ = with_thumbnails(study, [Path()])
    write_text(Path(path), page.html(shown))
    return Path(path)


def study_of_records(
    records: Sequence[Record],
    tables_by_kind: Mapping[str, Mapping[str, Table]],
    notes: Sequence[str],
    *,
    verdicts: "Sequence[Verdict]" = (),
    surfaces: Mapping[str, Table] | None = None,
    grams: Mapping[str, Table] | None = None,
    comparison: Comparison | None = None,
    agreements: Sequence[Agreement] = (),
    groups: Groups | None = None,
) -> Study:
    """Gather runs that were trained elsewhere as the page shows them.

    Args:
        records: The runs.
        tables_by_kind: Their tables, as `runs.tables_by_kind` makes them.
        notes: Sentences on what was read, and what was left out or taken for granted.
        verdicts: The verdicts on the paper's claims.
        surfaces: Tables of the planes of the runs.
        grams: Tables of the dot products of the class gradients of the runs.
        comparison: The comparison of two of the runs.
        agreements: How far the runs agree with a reference.
        groups: The user's groups of classes.

    Returns:
        The study.
    """
    return Study(
        f"Class interference: {records[0].data}",
        [record.name for record in records],
        counts=tables_by_kind["counts"],
        cctm=tables_by_kind["cctm"],
        predictions=tables_by_kind["predictions"],
        surfaces=surfaces or {},
        grams=grams or {},
        verdicts=verdicts,
        notes=notes,
        comparison=comparison,
        confidences=confidences_of(records),
        agreements=agreements,
        groups=groups,
        subsets=subsets_of_records(records),
    )


def confidences_of(records: Sequence[Record]) -> list[Confidence]:
    """The confidences of the test predictions of the runs that have some.

    Args:
        records: The runs.
    """
    return [
        Confidence(
            record.name, record.classes, record.confidences["test"], record.are_images_numbered
        )
        for record in records
        if "test" in record.confidences
    ]


def subsets_of_records(records: Sequence[Record]) -> list[Subsets]:
    """The subsets of the test images of each run, if columns of subsets were read.

    Args:
        records: The runs.

    Returns:
        The subsets of each run that has some.
    """
    by_run = []
    for record in records:
        if record.subsets:
            names = {column: texts for column, (texts, _) in record.subsets.items()}
            counts = {column: matrices for column, (_, matrices) in record.subsets.items()}
            by_run.append(Subsets(record.name, record.classes, names, counts))
    return by_run


def with_thumbnails(study: Study, folders: Sequence[Path]) -> tuple[Study, list[str]]:
    """Add small pictures of the image files that the predictions name and the page shows.

    Args:
        study: The study.
        folders: The folders in which the files are looked for.

    Returns:
        The study with its pictures, and lines on what was read: none if no file is wanted.
    """
    wanted = pictures.wanted_files(study)
    if not wanted:
        return study, []
    shown, notes = thumbnails(wanted, folders)
    lines = [*notes, f"{len(shown)} pictures of image files in the page"]
    return replace(study, thumbnails=shown, notes=[*study.notes, *notes]), lines


def _counted(
    y_true: Any,
    y_pred: Any,
    run: Any,
    columns: Mapping[str, Any],
    classes: Classes | Sequence[str | int] | None,
    data: str | None,
) -> list[Record]:
    """The records of the runs in arrays of true and predicted classes, and of more columns."""
    if y_true is None or y_pred is None:
        raise BadInput(
            "report: found no predictions, allowed: true and predicted classes (n,), or records="
        )
    if isinstance(y_true, Record):
        raise BadInput("y_true: found a Record, allowed: classes (n,); give it as records=")
    options = {**columns, "classes": classes, "data": DATA if data is None else data}
    if to_array("run", run).ndim:
        return record_runs(y_true, y_pred, run=run, **options)
    return [record_predictions(y_true, y_pred, name=run, **options)]


def checked_records(records: Record | Sequence[Record]) -> list[Record]:
    """Check that records are of the same classes and have names of their own.

    Args:
        records: A record, or several.

    Returns:
        The records as a list.

    Raises:
        BadInput: An item is not a record, the list is empty, the classes differ, or two records
            have the same name.
    """
    given = [records] if isinstance(records, Record) else list(records)
    kinds = {type(record).__name__ for record in given} - {"Record"}
    if not given or kinds:
        found = ", ".join(sorted(kinds)) or "none"
        raise BadInput(f"records: found {found}, allowed: a Record or a list of them")
    names = [record.name for record in given]
    if len(set(names)) < len(names):
        raise BadInput(
            f"records: found the names {', '.join(names)}, allowed: names that differ; "
            "record_predictions(..., name=...) gives a name"
        )
    for record in given:
        if record.classes != given[0].classes:
            raise BadInput(
                f"records: found other classes in {record.name} than in {given[0].name}, allowed: "
                "the same; record_predictions(..., classes=...) sets them"
            )
    return given


def _listed(surfaces: Any) -> Any:
    """Put a single surface into a list; return any other argument unchanged."""
    return [surfaces] if isinstance(surfaces, Surface) else surfaces


def _by_run(argument: str, given: Any, records: Sequence[Record]) -> Mapping[str, Any]:
    """Surfaces or gradients by the name of their run."""
    names = [record.name for record in records]
    if not len(given):
        return {}
    if not isinstance(given, Mapping) or not all(isinstance(key, str) for key in given):
        if len(names) > 1:
            raise BadInput(
                f"{argument}: found those of one net for {len(names)} runs, allowed: a dict by the "
                f"name of the run, which are {', '.join(names)}"
            )
        return {names[0]: given}
    unknown = [name for name in given if name not in names]
    if unknown:
        raise BadInput(f"{argument}: found run {unknown[0]!r}, allowed: {', '.join(names)}")
    return given


def _check_label_order(record: Record, classes: Any) -> None:
    """Raise `BadInput` unless the classes are known to be in the order of the net's logits."""
    labels = record.classes.labels
    if classes is None and labels != tuple(map(str, range(len(labels)))):
        raise BadInput(
            f"classes: found none beside predictions of {', '.join(labels[:3])} ..., allowed: the "
            "names in the order of the net's logits, since surfaces and gradients number them"
        )


def _surface_table(surface: Surface, record: Record) -> Table:
    """The table of a plane of a run, with the class names of its record."""
    if len(surface.classes) != len(record.classes):
        raise BadInput(
            f"surfaces: found {len(surface.classes)} classes, allowed: {len(record.classes)}, as "
            f"in the predictions of {record.name}; classes= names them all"
        )
    own = replace(surface, run=record.name, classes=record.classes)
    return planes.to_table(own, record.run)


def _check_distinct(surface_tables: Mapping[str, Table]) -> None:
    """Raise `BadInput` if a pair of classes has two planes at one scale."""
    seen = set()
    for table in surface_tables.values():
        plane = table.run["name"], frozenset(planes.pair_of(table)), table.meta["scale"]
        if plane in seen:
            raise BadInput(
                f"surfaces: found {table.meta['pair']} at scale {table.meta['scale']} twice, "
                "allowed: one plane for each pair and scale of a run"
            )
        seen.add(plane)


def _gram_table(egos: "Egos", record: Record) -> Table:
    """The table of the dot products of a run's class gradients."""
    from interference.api.gradients import gradient_dots  # it imports PyTorch

    dots = gradient_dots(egos)
    labels = np.array(list(egos))
    size = len(record.classes)
    if labels.min() < 0 or labels.max() >= size:
        raise BadInput(
            f"egos: found the labels {labels.min()} to {labels.max()}, allowed: 0 to {size - 1}, "
            f"as in the predictions of {record.name}; classes= names them all"
        )
    first, second = np.triu_indices(len(labels))
    frame = pd.DataFrame(
        {"label_1": labels[first], "label_2": labels[second], "dot": dots[first, second]}
    )
    meta = {**tables.class_metadata(record.classes), "run": record.run, "made_by": {}}
    return Table(frame, meta)
