"""Names of runs: those that the user gives, else from the files, their folders, or a column."""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from interference.errors import BadInput
from interference.external.prediction_columns import Rows
from interference.external.predictions_file import COMPRESSED
from interference.external.text_input import STANDARD_INPUT

LONGEST = 100  # letters of a name that is made
WHOLE = re.compile(r"-?[0-9]+(\.0*)?")


def named_files(
    files: Path | str | Sequence[Path | str] | Mapping[str, Path | str],
) -> list[tuple[Path, str]]:
    """Find the name of each file's run.

    Args:
        files: A file, several files, or files by the name of their run. Files without a name are
            named as they are, or as their folders if several have the same name.

    Returns:
        The files and the names.

    Raises:
        BadInput: There is no file, or two runs have the same name.
    """
    if isinstance(files, Mapping):
        return [(Path(file), name) for name, file in files.items()]
    paths = [Path(files)] if isinstance(files, Path | str) else [Path(file) for file in files]
    if not paths:
        raise BadInput("files: found none, allowed: at least one")
    names = [_stem(path) for path in paths]
    if len(set(names)) < len(names):
        names = _names_with_folders(paths, names)
    for number, path in enumerate(paths):
        if names[number] in names[:number]:
            raise BadInput(
                f"{path}: a second run named {names[number]!r}, allowed: files of different names, "
                "or names before the files, as in first=FILE second=FILE"
            )
    return list(zip(paths, names, strict=True))


def with_given_names(files: Sequence[Path]) -> Sequence[Path] | dict[str, Path]:
    """Split arguments of the form NAME=FILE.

    Args:
        files: Files; some may have a name before them. A file whose own name holds an equals
            sign is a file.

    Returns:
        The files by run name if a name is given, else the list of files.

    Raises:
        BadInput: Two runs have the same name.
    """
    plain = {file: file for file in files}
    given: dict[Path, str] = {}
    for file in files:
        name, sign, path = str(file).partition("=")
        if sign and re.fullmatch(r"[A-Za-z0-9_.-]+", name) and not file.exists():
            plain[file] = Path(path)
            given[file] = name
    if not given:
        return files
    others = [file for file in files if file not in given]
    names = dict(named_files(others)) if others else {}
    runs: dict[str, Path] = {}
    for file in files:
        name = given[file] if file in given else names[file]
        if name in runs:
            raise BadInput(f"{file}: a second run named {name!r}, allowed: different names")
        runs[name] = plain[file]
    return runs


def named_runs(
    file: str, parts: Sequence[Rows], column: str | None, others: Mapping[str, Rows]
) -> dict[str, Rows]:
    """Name the runs of a file.

    Args:
        file: The name of the file's run, if it is a single one.
        parts: The rows of each run.
        column: The column that tells the runs apart, None if there is no such column.
        others: The runs of other files.

    Returns:
        The rows by run: `seed-1` for the value 1 of a column `seed`, with the name of the file in
        front if there are several files.
    """
    if not parts[0].run.texts[0]:
        return {file: parts[0]}
    names = [_value_name(part.run.texts[0], column or "") for part in parts]
    if len(set(names)) < len(names) or set(names) & others.keys():
        names = [f"{file}-{name}" for name in names]
    named = dict(zip(names, parts, strict=False))
    if len(named) < len(parts) or named.keys() & others.keys():
        raise BadInput(
            f"{parts[0].source}: {column}: found values of the same name in file names, allowed: "
            "values that differ in letters and digits"
        )
    return named


def _value_name(text: str, column: str) -> str:
    """The name of the run of a column's value; numbers have the column's name in front."""
    name = f"{column}-{text}" if WHOLE.fullmatch(text) else text
    return _as_name(name)


def _stem(path: Path) -> str:
    """The name of a file without its suffixes `.csv` and `.csv.gz`."""
    if str(path) == STANDARD_INPUT:
        return "predictions"
    name = path.name
    if name.lower().endswith(COMPRESSED):
        name = name[: -len(COMPRESSED)]
    return _as_name(Path(name).stem)


def _as_name(text: str) -> str:
    """A text in which `_` stands for characters that a run's name must not have."""
    name = re.sub(r"[^A-Za-z0-9_.-]+", "_", text).lstrip(".-")
    return name[:LONGEST] or "_"


def _names_with_folders(paths: Sequence[Path], stems: Sequence[str]) -> list[str]:
    """Names that differ by folders: `seed1` and `seed2` for seed1/test.csv and seed2/test.csv."""
    is_same_stem = len(set(stems)) == 1
    folders = [path.absolute().parent.parts for path in paths]
    for depth in range(1, max(len(parts) for parts in folders) + 1):
        names = []
        for parts, stem in zip(folders, stems, strict=True):
            below = [_as_name(part) for part in parts[-depth:]]
            names.append("-".join(below if is_same_stem else [*below, stem]))
        if len(set(names)) == len(names):
            return names
    return list(stems)
