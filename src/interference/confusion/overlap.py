"""How far the errors of several classifiers fall on the same images: data or training?

If the errors of two classifiers were independent within each class, they would fall on the same
image only as often as their error rates in that class give. More overlap than that lies in the
images: both find the same ones hard. The rest of the errors differs from training to training.

`wrong[r, i]` says whether classifier r errs on image i. All intervals are 95 % intervals over the
images, by the delta method within each class; they say nothing about further trainings.
"""

from dataclasses import dataclass

import numpy as np
from scipy import stats

from interference.confusion import multiple_tests, statistics
from interference.confusion.comparison import CLASS, NO_CLASS, PAIR, TOTAL
from interference.confusion.matrix import ratio
from interference.vocabulary import Array, Columns


@dataclass(frozen=True)
class Excess:
    """The images that two classifiers both mistake, against the number that independence gives.

    Attributes:
        observed: The images that both mistake, added over the pairs of classifiers.
        expected: The number that is expected if errors were independent within each class.
        ratio: observed / expected; nan if none is expected.
        low: The low end of the ratio's interval.
        high: The high end.
        p: The two-sided p-value of independence, from the variance under random permutations of
            each classifier's errors within each class.
    """

    observed: int
    expected: float
    ratio: float
    low: float
    high: float
    p: float


@dataclass(frozen=True)
class Part:
    """A part of the variance of the errors, in percent, with its interval."""

    percent: float
    low: float
    high: float


@dataclass(frozen=True)
class Parts:
    """The variance of the errors, split by where it lies; the three parts sum to 100 %.

    Attributes:
        classes: Some classes are harder than others.
        images: Within a class, some images are harder than others, for all classifiers.
        training: The rest, which differs from classifier to classifier.
    """

    classes: Part
    images: Part
    training: Part


def errors_by_class(labels: Array, wrong: Array, classes: int) -> Array:
    """The errors of each classifier in each class.

    Args:
        labels: (n,) the true classes.
        wrong: (R, n) bool, the errors of R classifiers.
        classes: The number C of classes.

    Returns:
        Counts (R, C).
    """
    return np.stack([np.bincount(labels[errs], minlength=classes) for errs in wrong])


def difficulty(labels: Array, wrong: Array, classes: int) -> tuple[Array, Array]:
    """How many images are mistaken by none, one, two, ... of the classifiers.

    Args:
        labels: (n,) the true classes.
        wrong: (R, n) bool, the errors of R classifiers.
        classes: The number C of classes.

    Returns:
        The observed numbers of images (R + 1,), and the numbers that are expected if errors were
        independent within each class.

    Example:
        >>> labels = np.zeros(4, int)
        >>> wrong = np.array([[1, 1, 0, 0], [1, 1, 0, 0]], bool)
        >>> observed, expected = difficulty(labels, wrong, 1)
        >>> observed.tolist(), expected.tolist()
        ([2, 0, 2], [1.0, 2.0, 1.0])
    """
    runs = len(wrong)
    observed = np.bincount(wrong.sum(0), minlength=runs + 1)
    images = np.bincount(labels, minlength=classes)  # (C,)
    rates = ratio(errors_by_class(labels, wrong, classes), images)  # (R, C)
    known = np.flatnonzero(images)
    chances = np.zeros((runs + 1, len(known)))  # of k errors on an image of each class
    chances[0] = 1
    for rate in rates[:, known]:
        with_error = chances[:-1] * rate
        chances *= 1 - rate
        chances[1:] += with_error
    return observed, chances @ images[known]


def excess(labels: Array, wrong: Array, classes: int, pairs: Array | None = None) -> Excess:
    """Compare the overlap of errors with the overlap under independence within each class.

    Args:
        labels: (n,) the true classes.
        wrong: (R, n) bool, the errors of R classifiers.
        classes: The number C of classes.
        pairs: (R, R) bool, symmetric: the pairs of classifiers that are added; all by default.

    Returns:
        The overlap.

    Example:
        >>> labels = np.zeros(4, int)
        >>> wrong = np.array([[1, 1, 0, 0], [1, 1, 0, 0]], bool)
        >>> both = excess(labels, wrong, 1)
        >>> both.observed, both.expected, both.ratio
        (2, 1.0, 2.0)
    """
    runs = len(wrong)
    taken = np.ones((runs, runs)) if pairs is None else pairs.astype(float)
    np.fill_diagonal(taken, 0)
    images = np.bincount(labels, minlength=classes)
    errors = errors_by_class(labels, wrong, classes).astype(float)  # (R, C)
    partners = taken @ ratio(errors, images)  # (R, C): the error rates of the other classifiers
    partners = np.nan_to_num(partners)
    expected = float((errors * partners).sum() / 2)
    own = _both(wrong, taken)  # (n,)
    observed = float(own.sum())
    by_chance = _sum_of_errors(wrong, partners, labels)  # (n,)
    p = _p_of_independence(observed - expected, errors, images, taken)
    if not expected:
        return Excess(int(observed), expected, np.nan, np.nan, np.nan, p)
    if not observed:
        # None is seen: at most 3.7 are expected (the Poisson distribution's 97.5 % limit).
        return Excess(0, expected, 0.0, 0.0, float(stats.chi2.ppf(0.975, 2) / 2 / expected), p)
    influence = own / observed - by_chance / expected
    half = statistics.NORMAL * np.sqrt(_variance(influence, labels, classes))
    middle = observed / expected
    low, high = middle * np.exp([-half, half])
    return Excess(int(observed), expected, middle, float(low), float(high), p)


def variance_parts(labels: Array, wrong: Array, classes: int) -> Parts:
    """Split the variance of the errors into classes, images within a class, and training.

    The covariance of the errors of two classifiers over the images is what they share. Its part
    between the classes and its part within them are averaged over all pairs of classifiers, and
    divided by the mean variance of a classifier's errors.

    Args:
        labels: (n,) the true classes.
        wrong: (R, n) bool, the errors of R classifiers, two or more.
        classes: The number C of classes.

    Returns:
        The parts; nan if no classifier errs.
    """
    runs, number = wrong.shape
    images = np.bincount(labels, minlength=classes)
    errors = errors_by_class(labels, wrong, classes).astype(float)
    taken = np.ones((runs, runs)) - np.eye(runs)
    pairs = runs * (runs - 1) / 2
    rate = errors.sum(1) / number  # (R,)
    variance = float((rate * (1 - rate)).mean())
    if not variance:
        nothing = Part(np.nan, np.nan, np.nan)
        return Parts(nothing, nothing, nothing)
    in_class = np.nan_to_num(taken @ ratio(errors, images))  # (R, C)
    in_all = taken @ rate  # (R,)
    own = _both(wrong, taken)
    by_class = _sum_of_errors(wrong, in_class, labels)
    by_rate = in_all @ wrong
    of_images = (own.sum() - (errors * in_class).sum() / 2) / pairs / number / variance
    of_classes = ((errors * in_class).sum() / number - in_all @ rate) / 2 / pairs / variance
    # The derivative of each sum by one more image like image i
    change_of_variance = (1 - 2 * rate) @ wrong / runs / number / variance
    change_of_images = (own - by_class) / pairs / number / variance
    change_of_classes = (by_class - by_rate) / pairs / number / variance
    influences = {
        "classes": change_of_classes - of_classes * change_of_variance,
        "images": change_of_images - of_images * change_of_variance,
    }
    influences["training"] = -influences["classes"] - influences["images"]
    values = {"classes": of_classes, "images": of_images, "training": 1 - of_classes - of_images}
    parts = {}
    for name, influence in influences.items():
        half = statistics.NORMAL * np.sqrt(_variance(influence, labels, classes))
        ends = (values[name] - half, values[name] + half)
        parts[name] = Part(*(100 * float(value) for value in (values[name], *ends)))
    return Parts(**parts)


def shared_by_all(labels: Array, predicted: Array, classes: int) -> Columns:
    """The errors that all classifiers share: in all, of each class, and of each pair of classes.

    An error of a pair is shared if all classifiers predict the image as the same wrong class; an
    error of a class, if all err on the image.

    Args:
        labels: (n,) the true classes.
        predicted: (R, n) the classes that R classifiers predict.
        classes: The number C of classes.

    Returns:
        Columns of equal length, a row for all images, for each class with images, and for each pair
        with an error:

        * `level` (one of `TOTAL`, `CLASS`, `PAIR`), `label` and `predicted`: the class or the pair
          (lower label first); `NO_CLASS` where there is none.
        * `images`: of the class, or of both classes of the pair.
        * `errors`: of all classifiers together.
        * `some`, `all`: the images on which at least one classifier makes such an error, and those
          on which all make the same.
        * `expected`: `all` if errors were independent within each class.
        * `share`, `low`, `high`: the part of an average classifier's errors that all share, in
          percent, with Wilson's interval.
        * `p` of at least `all` shared images under independence (Poisson's upper tail), and
          `p_holm`, corrected over the classes and pairs in which every classifier errs; nan
          elsewhere.
    """
    wrong = predicted != labels
    runs = len(wrong)
    images = np.bincount(labels, minlength=classes)
    of_classes = _class_counts(labels, wrong, images)
    cells = _cell_counts(labels, predicted, wrong, images)
    first = np.minimum(cells["code"] // classes, cells["code"] % classes)
    second = np.maximum(cells["code"] // classes, cells["code"] % classes)
    pairs, pair_of_cell = np.unique(first * classes + second, return_inverse=True)
    known = np.flatnonzero(images)
    label = np.concatenate([[NO_CLASS], known, pairs // classes])
    other = np.concatenate([np.full(1 + len(known), NO_CLASS), pairs % classes])
    both = images[pairs // classes] + images[pairs % classes]
    columns: Columns = {
        "level": np.repeat([TOTAL, CLASS, PAIR], [1, len(known), len(pairs)]),
        "label": label,
        "predicted": other,
        "images": np.concatenate([[images.sum()], images[known], both]),
    }
    for name in ("errors", "some", "all", "expected"):
        of_pairs = np.bincount(pair_of_cell, cells[name], len(pairs))
        by_class = of_classes[name]
        columns[name] = np.concatenate([[by_class.sum()], by_class[known], of_pairs])
    for name in ("errors", "some", "all"):
        columns[name] = columns[name].astype(np.int64)
    mean_errors = columns["errors"] / runs
    low, high = statistics.wilson(columns["all"], mean_errors)
    columns |= {
        "share": 100 * ratio(columns["all"], mean_errors),
        "low": 100 * low,
        "high": 100 * high,
        "p": stats.poisson.sf(columns["all"] - 1, columns["expected"]),
    }
    in_family = (columns["expected"] > 0) & (columns["level"] != TOTAL)
    p_holm = np.full(len(label), np.nan)
    p_holm[in_family] = multiple_tests.holm(columns["p"][in_family])
    columns["p_holm"] = p_holm
    return columns


def _class_counts(labels: Array, wrong: Array, images: Array) -> Columns:
    """The counts of `shared_by_all` for each class (C,), with or without images."""
    classes = len(images)
    errors = errors_by_class(labels, wrong, classes)
    rates = np.nan_to_num(ratio(errors, images))
    return {
        "errors": errors.sum(0),
        "some": np.bincount(labels[wrong.any(0)], minlength=classes),
        "all": np.bincount(labels[wrong.all(0)], minlength=classes),
        "expected": images * rates.prod(0),
    }


def _cell_counts(labels: Array, predicted: Array, wrong: Array, images: Array) -> Columns:
    """The counts of `shared_by_all` for each cell with an error, and its `code`."""
    classes = len(images)
    codes = labels * classes + predicted  # (R, n)
    code = np.unique(codes[wrong])
    by_run = []
    some = np.zeros(len(code), np.int64)
    for run in range(len(predicted)):
        # An image counts once in a cell: at the first classifier that makes this error.
        earlier = (predicted[:run] == predicted[run]).any(0)
        is_first = wrong[run] & ~earlier
        by_run.append(_count(codes[run][wrong[run]], code))
        some += _count(codes[run][is_first], code)
    is_same = wrong[0] & (predicted == predicted[0]).all(0)
    errors = np.stack(by_run)  # (R, cells)
    rates = ratio(errors, images[code // classes])
    return {
        "code": code,
        "errors": errors.sum(0),
        "some": some,
        "all": _count(codes[0][is_same], code),
        "expected": images[code // classes] * rates.prod(0),
    }


def _count(codes: Array, known: Array) -> Array:
    """How often each known code occurs."""
    place = np.searchsorted(known, codes)
    return np.bincount(place, minlength=len(known))


def _both(wrong: Array, taken: Array) -> Array:
    """The number (n,) of pairs of classifiers that both err on each image."""
    partners = taken @ wrong  # (R, n)
    both: Array = (partners * wrong).sum(0) / 2
    return both


def _sum_of_errors(wrong: Array, weights: Array, labels: Array) -> Array:
    """The weights (R, C), in an image's class, of the classifiers that err on it, added: (n,)."""
    total = np.zeros(len(labels))
    for errs, weight in zip(wrong, weights, strict=True):
        total += errs * weight[labels]
    return total


def _variance(influence: Array, labels: Array, classes: int) -> float:
    """The variance of a sum of influences (n,) if each class's images are drawn anew."""
    images = np.bincount(labels, minlength=classes)
    means = np.nan_to_num(ratio(np.bincount(labels, influence, classes), images))
    deviations = influence - means[labels]
    return float((deviations**2).sum())


def _p_of_independence(difference: float, errors: Array, images: Array, taken: Array) -> float:
    """The p-value of an overlap's difference from its expectation, by random permutations.

    Under permutations of each classifier's errors within each class, the overlap of two classifiers
    is hypergeometric, and the overlaps of different pairs are uncorrelated.
    """
    known = images > 1
    sizes = images[known]
    spread = errors[:, known] * (sizes - errors[:, known])  # (R, C)
    by_class = np.einsum("rc,rs,sc->c", spread, taken, spread) / 2
    variance = float((by_class / (sizes.astype(float) ** 2 * (sizes - 1))).sum())
    if not variance:
        return 1.0
    return float(2 * stats.norm.sf(abs(difference) / np.sqrt(variance)))
