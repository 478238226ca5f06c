"""Recognises the columns of a table of predictions by their names, in any case and spelling.

A column is known by its own name, such as `label`, by a synonym, such as `y_true`, or by an option
of the user. This module holds all synonyms.
"""

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass

from interference.errors import BadInput

NONE = "none"  # in place of a column: the table has no such column
UNNAMED = re.compile("Unnamed: ([0-9]+)")  # how pandas calls a column without a name
SHOWN = 20  # columns in an error

# The meaning of each column, for errors. The columns that are needed come first.
MEANINGS = {
    "label": "the true classes",
    "predicted": "the predicted classes",
    "split": "the split of each row",
    "epoch": "the epoch of each row",
    "index": "the number of each image in its split",
    "image": "the file of each image",
    "count": "the number of images of each row",
    "loss_sum": "the summed loss of each row",
    "confidence": "the confidence of each prediction",
    "second": "the second best class of each row",
    "run": "the run of each row",
}
CLASSES = ("label", "predicted")  # the columns that are needed

# Other names of each column, in lower case and without blanks, underscores and hyphens.
SYNONYMS: dict[str, tuple[str, ...]] = {
    "label": (
        *("labels", "true", "truth", "truelabel", "truelabels", "trueclass", "truelabelname"),
        *("y", "ytrue", "labeltrue", "target", "targets", "targetlabel", "targetclass"),
        *("actual", "actuals", "actuallabel", "actualclass", "gold", "goldlabel", "goldclass"),
        *("groundtruth", "groundtruthlabel", "groundtruthclass", "gt", "gtlabel", "gtclass"),
        *("reference", "referencelabel", "expected", "expectedlabel", "class", "classname"),
    ),
    "predicted": (
        *("prediction", "predictions", "pred", "preds", "predictedlabel", "predictedlabels"),
        *("predictedclass", "predictedclassname", "predictedlabelname", "predictionlabel"),
        *("predictionclass", "predlabel", "predlabels", "predclass", "predclassname", "labelpred"),
        *("labelpredicted", "ypred", "yhat", "ypredicted", "output", "outputs", "outputlabel"),
        *("hypothesis", "hypothesislabel", "guess"),
    ),
    "split": ("subset", "partition", "datasplit", "datasetsplit"),
    "epoch": (),
    "index": ("imageindex",),
    "image": (
        *("path", "filename", "file", "filepath", "imagepath", "imagefile", "imagename"),
        *("imagefilename", "imagefilepath"),
    ),
    "count": ("counts",),
    "loss_sum": ("losssum",),
    "confidence": ("conf", "predictedprobability", "maxprob", "maxprobability"),
    "second": ("secondbest", "secondclass", "runnerup"),
    "run": (),  # by option only: it decides what is compared
}
NUMBERED = ("idx", "id", "index", "number", "num", "code")  # endings of a column of class numbers
WEIGHTS = ("weight", "weights", "sampleweight", "sampleweights")
RUNS = (  # columns that often tell runs apart
    *("run", "runid", "runname", "seed", "randomseed", "fold", "cvfold", "trial", "model"),
    *("modelname", "repeat", "repetition", "replicate"),
)


@dataclass(frozen=True)
class Columns:
    """The columns of a table of predictions.

    Attributes:
        names: The name of the column for each key of `MEANINGS` that the table has.
        recognised: The keys of `names` that were recognised by a synonym.
        weights: The columns of weights, which are not used.
        runs: The columns that may tell runs apart, if no column of runs was given.
    """

    names: Mapping[str, str]
    recognised: Sequence[str]
    weights: Sequence[str]
    runs: Sequence[str]


def simplified(name: str) -> str:
    """A column's name in lower case, without blanks, underscores, hyphens and points."""
    return re.sub(r"[\s_.-]+", "", name.casefold())


def displayed(name: str) -> str:
    """Show a column's name in an error or a note, without white space around it."""
    return name.strip() or "'' (a column without a name)"


def recognise(
    columns: Sequence[str],
    given: Mapping[str, str],
    source: str,
    with_scores: bool = False,
    find_scores: Callable[[], str] = str,
) -> Columns:
    """Find the columns of a table of predictions.

    Args:
        columns: The names of all columns of the table.
        given: The columns that the user names, by key of `MEANINGS`; `none` for no column.
        source: The file, for errors.
        with_scores: Whether scores stand for the column `predicted`.
        find_scores: Finds the options that read scores in place of predicted classes, for the error
            if there are no predicted classes; an empty text if no column may hold scores.

    Returns:
        The columns.

    Raises:
        BadInput: A needed column is missing, or a column is there twice, or several columns may be
            meant.
    """
    names: dict[str, str] = {}
    recognised = []
    for key in MEANINGS:
        if key == "predicted" and with_scores:
            continue
        if key in given:
            if given[key] != NONE or key in CLASSES:
                names[key] = _given_column(columns, key, given[key], source)
            continue
        tier, candidates = _candidates(columns, key)
        if key == "image":  # any of them names the images
            candidates = sorted(candidates, key=_usefulness)[:1]
        if len(candidates) > 1:
            raise _ambiguous(key, candidates, source)
        if candidates:
            names[key] = candidates[0]
            if tier > 0:
                recognised.append(key)
    needed = CLASSES[:1] if with_scores else CLASSES
    missing = [key for key in needed if key not in names]
    if missing:
        score_options = find_scores() if "predicted" in missing else ""
        raise _missing(missing, columns, source, score_options)
    if {"index", "count"} <= names.keys():
        raise BadInput(
            f"{source}: found {names['index']} and {names['count']}, allowed: one of index and "
            "count, since an image counts once; leave one out with --index none or --count none"
        )
    used = set(names.values())
    weights = [name for name in columns if simplified(name) in WEIGHTS and name not in used]
    runs = [name for name in columns if simplified(name) in RUNS and name not in used]
    return Columns(names, recognised, weights, [] if "run" in given else runs)


def has_classes(columns: Sequence[str]) -> bool:
    """Whether a table has columns of true and of predicted classes."""
    return all(_candidates(columns, key)[1] for key in CLASSES)


def _candidates(columns: Sequence[str], key: str) -> tuple[int, list[str]]:
    """The columns that may be meant by a key, and how they were known: 0 if by the key itself."""
    numbered = {f"{name}{ending}" for name in (key, *SYNONYMS[key]) for ending in NUMBERED}
    simple = {name: simplified(name) for name in columns}
    tiers: tuple[Collection[str], ...] = (SYNONYMS[key], numbered if key in CLASSES else ())
    own = [name for name in columns if name.strip().casefold() == key]
    if own:
        return 0, own if key != "run" else []
    for tier, synonyms in enumerate(tiers, 1):
        candidates = [name for name in columns if simple[name] in synonyms]
        if candidates:
            return tier, candidates
    return 0, []


def _usefulness(name: str) -> int:
    """The place of a column of images' names among the synonyms; a path tells more than a name."""
    simple = simplified(name)
    synonyms = SYNONYMS["image"]
    return synonyms.index(simple) if simple in synonyms else len(synonyms)


def _given_column(columns: Sequence[str], key: str, name: str, source: str) -> str:
    """The column of a name that the user gave, with or without white space around it.

    A column without a name is known by the name that pandas gives it, such as `Unnamed: 0`.
    """
    candidates = [column for column in columns if column.strip() == name.strip()]
    position = UNNAMED.fullmatch(name.strip())
    if position and not candidates:
        place = int(position[1])
        candidates = [column for column in columns[place : place + 1] if not column.strip()]
    if not candidates:
        raise BadInput(
            f"{source}: --{_option(key)}: found {name!r}, allowed: one of its columns "
            f"{_listed(columns)}"
        )
    if len(candidates) > 1:
        raise _ambiguous(key, candidates, source)
    return candidates[0]


def _ambiguous(key: str, candidates: Sequence[str], source: str) -> BadInput:
    names = [name.strip() for name in candidates]
    if len(set(names)) < len(names):
        return BadInput(
            f"{source}: found {len(names)} columns named {displayed(names[0])}, allowed: one; "
            "rename or remove the others"
        )
    return BadInput(
        f"{source}: found {_listed(names)} for {MEANINGS[key]}, allowed: one; name it with "
        f"--{_option(key)}"
    )


def _missing(
    missing: Sequence[str], columns: Sequence[str], source: str, score_options: str
) -> BadInput:
    message = f"{source}: lacks {', '.join(missing)}; found columns {_listed(columns)}"
    if _are_numbers(columns):
        message += "; a matrix of counts needs the class names in its first row and column"
    elif len(columns) == 1:
        message += "; allowed in a CSV: columns separated by commas, semicolons or tabs"
    options = [f"--{_option(key)} for {MEANINGS[key]}" for key in missing]
    message += f"; name a column with {' and with '.join(options)}"
    return BadInput(f"{message}, or the scores with {score_options}" if score_options else message)


def _are_numbers(columns: Sequence[str]) -> bool:
    """Whether all names are numbers, as in the first row of a matrix without class names."""
    try:
        return all(float(cell) >= 0 for name in columns for cell in name.split() or [""])
    except ValueError:
        return False


def _option(key: str) -> str:
    return key.replace("_", "-")


def _listed(columns: Sequence[str]) -> str:
    """The first names of columns, with `...` in place of the others."""
    names = ", ".join(displayed(name) for name in columns[:SHOWN])
    return f"{names}, ..." if len(columns) > SHOWN else names
