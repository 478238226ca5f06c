"""The confidence of a run in sentences: too confident or not, sure errors, wrong labels."""

from collections.abc import Iterator

from interference.classes import shortened
from interference.study.confidence import NEAR, SURE, Confidence


def lines(confidence: Confidence) -> Iterator[str]:
    """Describe the confidence of a run for the terminal.

    Args:
        confidence: The confidence.

    Yields:
        The lines.
    """
    yield f"{confidence.run}: {headline(confidence)}"
    yield f"{confidence.run}: {lists(confidence)}"


def headline(confidence: Confidence) -> str:
    """Say whether a run is too confident.

    Args:
        confidence: The confidence.

    Returns:
        A sentence without its full stop.
    """
    excess, low, high = (100 * ends[0] for ends in confidence.calibration.excess)
    error = 100 * confidence.calibration.error[0]
    if low > 0:
        verdict = "too confident"
    elif high < 0:
        verdict = "not confident enough"
    else:
        verdict = "neither surely too confident nor too little"
    mean = 100 * confidence.images["confidence"].mean()
    return (
        f"{verdict}: confidence {mean:.1f} % on average, {abs(excess):.1f} points "
        f"{'above' if excess >= 0 else 'below'} the accuracy (95 %: {low:+.1f} to {high:+.1f}); "
        f"expected calibration error {error:.1f} points"
    )


def lists(confidence: Confidence) -> str:
    """Count the images that the lists name.

    Args:
        confidence: The confidence.

    Returns:
        A sentence without its full stop.
    """
    sure = confidence.sure_errors
    errors = "error" if len(confidence.errors) == 1 else "errors"
    parts = [
        f"{len(sure):,} of {len(confidence.errors):,} {errors} have a confidence of at least "
        f"{100 * SURE:.0f} %"
    ]
    if len(sure) and "index" in sure and confidence.is_numbered:
        parts[0] += f" (images {shortened([str(number) for number in sure['index']])})"
    if "second" in confidence.images:
        misses = len(confidence.near_misses)
        noun = "prediction is" if misses == 1 else "predictions are"
        parts.append(
            f"{misses:,} right {noun} near misses, with a confidence below {100 * NEAR:.0f} %"
        )
    if "suggested" in confidence.images:
        candidates = confidence.label_errors
        noun = "label is a candidate" if len(candidates) == 1 else "labels are candidates"
        parts.append(f"{len(candidates):,} {noun} for a wrong label, by confident learning")
    return "; ".join(parts)


def threshold(confidence: Confidence) -> str:
    """Name the threshold of two classes with the fewest errors.

    Args:
        confidence: The confidence.

    Returns:
        A sentence without its full stop; an empty text for more classes.
    """
    curve = confidence.thresholds
    if curve is None:
        return ""
    best = int(curve.errors.argmin())
    second = confidence.classes.labels[1]
    usual = int(curve.errors[curve.at(0.5)])
    if best == len(curve.threshold) - 1:
        return f"never predicting {second} makes the fewest errors, {int(curve.errors[best]):,}"
    return (
        f"on these images, {second} from a probability of {curve.threshold[best]:.2f} makes the "
        f"fewest errors, {int(curve.errors[best]):,} ({usual:,} from 0.5)"
    )
