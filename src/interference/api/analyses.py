"""The library's analyses of records: a comparison, confidences, and errors that runs share."""

from collections.abc import Sequence

from interference.api.report import checked_records, confidences_of
from interference.errors import BadInput
from interference.external import runs
from interference.external.record import Record
from interference.study import comparison as comparisons
from interference.study import overlap as overlaps
from interference.study.comparison import Comparison
from interference.study.confidence import Confidence
from interference.study.overlap import Overlap


def comparison(before: Record, after: Record) -> Comparison:
    """Compare two runs: which errors are mended and broken, and which changes are beyond chance.

    Args:
        before: The reference, as `read_predictions` and `record_predictions` return it.
        after: The run that is compared with it.

    Returns:
        The comparison. `to_frame()` has a row for all images, each class, pair and cell, with
        McNemar's exact p-value and its corrections; `findings` are those beyond chance, and
        `images` the images whose prediction changed. Without `index` or `image` the images are not
        matched.

    Raises:
        BadInput: The runs are of other classes, have the same name, lack test images, or have no
            image in common.

    Examples:
        >>> from interference import comparison, record_predictions
        >>> truth = ["cat"] * 20 + ["dog"] * 20
        >>> runs = {"old": ["dog"] * 9 + truth[9:], "new": truth}
        >>> old, new = (
        ...     record_predictions(truth, predicted, name=name, index=range(40))
        ...     for name, predicted in runs.items()
        ... )
        >>> comparison(old, new).to_frame()[["mended", "broken"]].iloc[0].tolist()
        [9, 0]
    """
    tables = runs.tables_by_kind(checked_records([before, after]))
    return comparisons.of_runs(tables, before.name, after.name)


def confidence(record: Record) -> Confidence:
    """Find how far a run's confidences are from its accuracy, and which images are doubtful.

    Args:
        record: The run, with confidences: `record_predictions(..., confidence=...)` or `scores=`.

    Returns:
        The confidences of the test images. `to_frame()` is the calibration; `errors`,
        `near_misses`, `label_errors` and `pairs` are frames of images and pairs.

    Raises:
        BadInput: The run has no confidences of test images.

    Examples:
        >>> from interference import confidence, record_predictions
        >>> record = record_predictions(["cat", "dog"], ["cat", "cat"], confidence=[0.9, 0.7])
        >>> confidence(record).to_frame()[["predicted", "from", "images", "right"]].values.tolist()
        [['all', 0.7, 1, 0], ['all', 0.9, 1, 1], ['cat', 0.7, 1, 0], ['cat', 0.9, 1, 1]]
    """
    (checked,) = checked_records(record)
    known = confidences_of([checked])
    if not known:
        raise BadInput(
            f"{record.name}: found no confidences of test images, allowed: predictions with "
            "confidence= or scores="
        )
    return known[0]


def shared_errors(records: Sequence[Record]) -> Overlap:
    """Find the errors that several runs share: do they lie in the data or in the training?

    Args:
        records: Two runs or more on the same test images, with `index` or `image`.

    Returns:
        The overlap of the errors. `to_frame()` has a row for all images, each class and pair;
        `excess` the observed overlap against that of independent errors; `parts` the variance that
        lies in the classes, images and training; `images` the images by their difficulty.

    Raises:
        BadInput: The runs are of other classes, have the same name, or share no image.

    Examples:
        >>> from interference import record_predictions, shared_errors
        >>> truth = ["cat", "cat", "dog", "dog"]
        >>> seeds = [["dog", "cat", "dog", "cat"], ["dog", "cat", "cat", "dog"]]
        >>> records = [
        ...     record_predictions(truth, predicted, name=f"seed{place}", index=range(4))
        ...     for place, predicted in enumerate(seeds)
        ... ]
        >>> shared_errors(records).to_frame()[["errors", "some", "all"]].iloc[0].tolist()
        [4, 3, 1]
    """
    checked = checked_records(records)
    if len(checked) < 2:
        raise BadInput(f"records: found {checked[0].name} alone, allowed: two runs or more")
    overlap = overlaps.of_runs(runs.tables_by_kind(checked)["predictions"])
    if overlap is None:
        names = ", ".join(record.name for record in checked)
        raise BadInput(
            f"{names}: share no test image, allowed: predictions of the same images of one data "
            "set under the same `index` or `image`"
        )
    return overlap
