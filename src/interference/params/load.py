"""The reader of params.yaml, which checks the whole file before any stage computes.

The error for a wrong value is one line with the file, the key, the value found and the values
allowed. Pydantic checks the values of a group. The functions below check groups together.
"""

import re
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import MISSING, fields
from pathlib import Path
from typing import Any, Literal, TypeVar

from pydantic import ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from interference.classes import Classes
from interference.datasets import DATASETS
from interference.errors import BadInput, one_of, shown
from interference.io.input_files import check_regular
from interference.nets import IMPORTED, NETS
from interference.params.fields import PAPER_SETUPS
from interference.params.groups import Claims, Data, Ego, Grid, Optim, Params, Run, Setup, Sweep
from interference.vocabulary import ALWAYS, AUTO, SCALES, check_run

LARGEST = 1_000_000  # bytes of a params.yaml
DVC_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_-]*")
RESERVED = ("claims",)  # metrics/claims.json
NO_CLAIMS = (None, "none")  # values of `claims` for a study that checks none
GROUPS = ("data", "runs", "ego", "sweep", "claims")

Group = TypeVar("Group")  # Python 3.11 has no def f[Group]


def load(path: Path) -> Params:
    """Load and check the parameters of a file.

    Args:
        path: A params.yaml.

    Returns:
        All groups of the file.

    Raises:
        BadInput: The file cannot be read, or a key or value is wrong. The message is one line about
            the first error.
    """
    check_regular(path)
    with naming(path):
        return _params(_mapping(_yaml(path), "the file"))


@contextmanager
def naming(path: Path) -> Iterator[None]:
    """A context in which the message of every `BadInput` starts with the name of a file."""
    try:
        yield
    except BadInput as error:
        raise BadInput(f"{path}: {error}") from error


def _yaml(path: Path) -> Any:
    """The content of a YAML 1.2 file; in YAML 1.1 DVC's numbers like 1e-05 would be text."""
    if path.exists() and path.stat().st_size > LARGEST:
        raise BadInput(f"has more than {LARGEST} bytes, allowed: a file of parameters")
    try:
        return YAML(typ="safe", pure=True).load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or error
        raise BadInput(f"cannot be read ({reason})") from error
    except RecursionError as error:
        raise BadInput("is nested too deeply, allowed: groups of keys and values") from error
    except (YAMLError, ValueError) as error:
        reason = " ".join(str(error).split())
        raise BadInput(f"is not YAML ({reason})") from error


# Groups


def _params(content: dict[str, Any]) -> Params:
    """All groups of a file, checked one by one and then together."""
    for name in GROUPS:
        if name not in content:
            raise BadInput(f"{name}: missing, allowed: a mapping")
    setups = {name: _setup(name, group) for name, group in content.items() if name not in GROUPS}
    runs = _groups(Run, content["runs"], "runs")
    checks_claims = content["claims"] not in NO_CLAIMS
    params = Params(
        data=_group(Data, content["data"], "data"),
        setups=setups,
        runs=runs,
        ego=_group(Ego, content["ego"], "ego"),
        sweep=_sweep(content["sweep"]),
        claims=_claims(content["claims"]) if checks_claims else _thresholds(runs),
        checks_claims=checks_claims,
    )
    _check_data(params)
    _check_humans(params)
    _check_runs(params)
    if params.classes:
        _check_class_weights(params, len(params.classes))
    _check_sweep(params)
    _check_net("claims.net", params)
    _check_keys("claims.setups", params.claims.setups, PAPER_SETUPS)
    _check_setups("claims.setups", params.claims.setups, params)
    return params


def _setup(name: str, group: Any) -> Optim:
    """A training configuration (set-up)."""
    keys = {field.name for field in fields(Optim)}
    if not (isinstance(group, dict) and group.keys() & keys):
        allowed = f"{', '.join(GROUPS)}, and set-ups, which have lr, schedule, ..."
        raise BadInput(f"{name}: unknown key, allowed: {allowed}")
    _check_dvc_name("set-ups", name)
    setup = _group(Optim, group, name)
    _check_setup(name, setup)
    return setup


def _check_setup(name: str, setup: Optim) -> None:
    """Check the keys of a training configuration that depend on each other."""
    is_sgd = setup.optimizer in (None, "sgd")
    if setup.nesterov and not setup.momentum:
        raise BadInput(f"{name}.nesterov: found true, allowed: false where momentum is 0")
    if setup.nesterov and not is_sgd:
        raise BadInput(f"{name}.nesterov: found true, allowed: only with optimizer sgd")
    steps = setup.schedule == "step"
    if steps and setup.milestones is None:
        allowed = "a list of epochs after which the rate falls, such as [60, 120]"
        raise BadInput(f"{name}.milestones: missing, allowed: {allowed}")
    for key in ("milestones", "gamma"):
        _check_only(setup, name, key, steps, "schedule step")
    if setup.schedule == "one_cycle" and not setup.warmup:
        allowed = "a number between 0 and 1 with schedule one_cycle, such as 0.3"
        raise BadInput(f"{name}.warmup: found {setup.warmup:g}, allowed: {allowed}")
    _check_only(setup, name, "class_weights", setup.loss is None, "the cross-entropy, without loss")
    if setup.loss is not None and setup.label_smoothing:
        raise BadInput(
            f"{name}.label_smoothing: found {setup.label_smoothing:g}, allowed: 0 with a loss of "
            "your own, which can smooth the labels itself"
        )


def _sweep(content: Any) -> Sweep:
    """The group `sweep` with its grid."""
    mapping = _mapping(content, "sweep")
    grid = _group(Grid, mapping.get("grid"), "sweep.grid")
    return _group(Sweep, mapping | {"grid": grid}, "sweep")


def _claims(content: Any) -> Claims:
    """The group `claims` with its set-ups."""
    mapping = _mapping(content, "claims", "a mapping, or none")
    setups = _groups(Setup, mapping.get("setups"), "claims.setups")
    return _group(Claims, mapping | {"setups": setups}, "claims")


def _thresholds(runs: Mapping[str, Run]) -> Claims:
    """The thresholds of figures and report, for a study that checks no claims."""
    nets = [run.shown for run in runs.values()]
    return Claims(net=nets[0] if nets else next(iter(NETS)), setups={})


def grid(**content: Any) -> Grid:
    """The points of a plane from arguments, checked like those of the file.

    Args:
        content: The keys and values of the group `sweep.grid`.

    Raises:
        BadInput: An unknown or missing key, or a value that is not allowed.
    """
    return _group(Grid, content, "")


def _mapping(content: Any, where: str, allowed: str = "a mapping") -> dict[str, Any]:
    """Check that a content is a mapping."""
    if not isinstance(content, dict):
        raise BadInput(f"{where}: found {shown(content)}, allowed: {allowed}")
    return content


def _groups(kind: type[Group], content: Any, where: str) -> dict[str, Group]:
    """A mapping of groups of the same kind, by name."""
    groups = {}
    for name, group in _mapping(content, where).items():
        groups[name] = _group(kind, group, f"{where}.{name}")
    return groups


def _group(kind: type[Group], content: Any, where: str) -> Group:
    """A group as a dataclass; unknown keys, missing keys and wrong values raise `BadInput`."""
    known = {field.name: field for field in fields(kind)}  # type: ignore[arg-type]
    prefix = f"{where}." if where else ""
    mapping = _mapping(content, where)
    for key in mapping:
        if key not in known:
            raise BadInput(f"{prefix}{key}: unknown key, allowed: {', '.join(known)}")
    for key, field in known.items():
        if key not in mapping and field.default is MISSING:
            raise BadInput(f"{prefix}{key}: missing, allowed: {_allowed(kind, key)}")
    try:
        return kind(**mapping)
    except ValidationError as error:
        raise _refusal(error, kind, mapping, prefix) from error


def _refusal(
    error: ValidationError, kind: type, content: Mapping[str, Any], prefix: str
) -> BadInput:
    """The first error of a group in one line: the key, the value found and the values allowed.

    A list is shown as a whole, a mapping by the key with the wrong value.
    """
    key, *deeper = error.errors()[0]["loc"]
    if "[key]" in deeper:  # pydantic's mark after a wrong key; its mapping is shown
        deeper = deeper[: deeper.index("[key]") - 1]
    where = f"{prefix}{key}"
    value = content[str(key)]
    for name in deeper:
        if not (isinstance(value, dict) and name in value):
            break
        where = f"{where}.{name}"
        value = value[name]
    return BadInput(f"{where}: found {shown(value)}, allowed: {_allowed(kind, str(key))}")


def _allowed(kind: Any, key: str) -> str:
    """The description of the values that a field of a group allows."""
    field = kind.__pydantic_fields__[key]
    return str(field.description)


# Checks across groups


def _check_data(params: Params) -> None:
    """Check that a path is given where the data set needs one, and only there."""
    data = params.data
    dataset = DATASETS[data.name]
    if dataset.own and data.path is None:
        allowed = f"where the {data.name} lies, seen from the raw folder"
        raise BadInput(f"data.path: missing, allowed: {allowed}")
    if data.path is not None and not dataset.own:
        allowed = f"none with {data.name}, which is known by its name"
        raise BadInput(f"data.path: found {data.path!r}, allowed: {allowed}")
    if dataset.channels:
        _check_channels(data, dataset.channels)
    _check_only(data, "data", "classes", dataset.own, "the user's own data")
    _check_only(data, "data", "label", data.name == "parquet", "parquet files")
    _check_only(data, "data", "bits", dataset.own, "the user's own data")
    _check_only(data, "data", "test", data.name == "folder", "a folder")
    _check_only(data, "data", "test_seed", data.test is not None, "data.test")
    _check_only(data, "data", "fit", data.resize is not None, "data.resize")
    _check_only(data, "data", "interpolation", data.resize is not None, "data.resize")
    _check_only(data, "data", "shorter_side", data.fit == "crop", "data.fit crop")
    if data.shorter_side and data.sides and data.shorter_side < max(data.sides):
        raise BadInput(
            f"data.shorter_side: found {data.shorter_side}, allowed: at least the sides of "
            f"data.resize, {max(data.sides)}"
        )


def _check_humans(params: Params) -> None:
    """Check that people are a reference for the images that they named, CIFAR-10's."""
    if params.claims.humans and params.data.name != "cifar10":
        raise BadInput(
            f"claims.humans: found true with data.name {params.data.name}, allowed: only with "
            "cifar10, whose test images people named"
        )


def _check_only(group: object, where: str, key: str, is_allowed: bool, condition: str) -> None:
    """Raise `BadInput` if a key is set that has a meaning only under a condition."""
    value = getattr(group, key)
    if value is not None and not is_allowed:
        shown = list(value) if isinstance(value, tuple) else value
        raise BadInput(f"{where}.{key}: found {shown!r}, allowed: only with {condition}")


def _check_channels(data: Data, channels: int, measured: str = "") -> None:
    """Check that the mean and the standard deviation have a number for each channel."""
    for key in ("mean", "std"):
        values = list(getattr(data, key))
        if len(values) != channels:
            numbers = "1 number" if channels == 1 else f"{channels} numbers"
            allowed = f"{numbers}, one a channel{measured}"
            raise BadInput(f"data.{key}: found {values}, allowed: {allowed}")


def _check_class_weights(params: Params, classes: int) -> None:
    """Check that every list of class weights has a number for each class."""
    for name, setup in params.setups.items():
        weights = setup.class_weights
        if isinstance(weights, tuple) and len(weights) != classes:
            raise BadInput(
                f"{name}.class_weights: found {len(weights)} numbers, allowed: {classes}, one a "
                "class in label order, or balanced"
            )


def _check_runs(params: Params) -> None:
    """Check the names, set-ups, splits and nets of the runs."""
    if not params.runs:
        raise BadInput("runs: found {}, allowed: a mapping of at least one run")
    for name in params.runs:
        _check_dvc_name("runs", name)
        check_run("runs: name", name)
    _check_setups("runs", params.runs, params)
    for name, run in params.runs.items():
        _check_run(f"runs.{name}", run)


def _check_dvc_name(where: str, name: Any) -> None:
    """Raise `BadInput` if DVC takes a name for something else: dots separate levels of keys."""
    if name in RESERVED:
        raise BadInput(
            f"{where}: name: found {name!r}, which the pipeline uses for a file of its own; "
            f"'{name}_1' would do"
        )
    if not (isinstance(name, str) and DVC_NAME.fullmatch(name)):
        advice = re.sub(r"[^A-Za-z0-9_-]", "_", str(name)[:100]).lstrip("-") or "a"
        raise BadInput(
            f"{where}: name: found {shown(name)}, allowed: letters, digits, _ and -, none of them "
            f"- in front, since DVC takes others for keys or options; {advice!r} would do"
        )


def _check_run(where: str, run: Run) -> None:
    """Check the recorded splits of a run, and the keys of an imported net."""
    if not set(ALWAYS) <= set(run.counts):
        allowed = f"lists with {', '.join(ALWAYS)}"
        raise BadInput(f"{where}.counts: found {list(run.counts)}, allowed: {allowed}")
    if run.net == IMPORTED and run.factory is None:
        raise BadInput(f"{where}.factory: missing, allowed: a function as package.module:function")
    if run.fresh is not None and run.init is None:
        raise BadInput(f"{where}.fresh: found {list(run.fresh)}, allowed: only with an init")
    for key in ("factory", "args", "output"):
        value = getattr(run, key)
        if run.net != IMPORTED and value is not None:
            allowed = f"none with net {run.net!r}, only with {IMPORTED!r}"
            raise BadInput(f"{where}.{key}: found {shown(value)}, allowed: {allowed}")


def _check_net(where: str, params: Params) -> None:
    """Check that the net of the claims exists."""
    net = params.claims.net
    names = [run.shown for run in params.runs.values()]
    allowed = dict.fromkeys([*NETS, *names])
    if net not in allowed:
        raise one_of(where, net, allowed)


def _check_keys(where: str, mapping: Mapping[str, Any], allowed: Collection[str]) -> None:
    """Check that a mapping has no other keys than the allowed ones."""
    for key in mapping:
        if key not in allowed:
            raise BadInput(f"{where}.{key}: unknown key, allowed: {', '.join(allowed)}")


def _check_setups(where: str, groups: Mapping[str, Run | Setup], params: Params) -> None:
    """Check that the set-up of each group exists."""
    for name, group in groups.items():
        setup = group.optim
        if setup not in params.setups:
            raise one_of(f"{where}.{name}.optim", setup, params.setups)


def _check_sweep(params: Params) -> None:
    """Check the runs, pairs, edges and the decided points of the sweep."""
    sweep = params.sweep
    decide = sweep.grid.decide
    epsilon = params.claims.epsilon
    if decide and decide != epsilon:
        raise BadInput(
            f"sweep.grid.decide: found {decide:g}, allowed: 0, or claims.epsilon, {epsilon:g}, at "
            "which flat areas are measured"
        )
    for name in sweep.runs:
        if name not in params.runs:
            raise BadInput(f"sweep.runs: found {name!r}, allowed: {', '.join(params.runs)}")
    if params.classes:
        _check_pairs(sweep, params.classes)
    _check_keys("sweep.edge", sweep.edge, SCALES)
    for scale, edges in sweep.edge.items():
        _check_keys(f"sweep.edge.{scale}", edges, params.setups)
    for scale in sweep.scales:
        for name in sweep.runs:
            finds_edge = edge(params, scale, name) == AUTO
            check_edge_search(sweep.grid, finds_edge, "sweep.grid.")


def check_edge_search(grid: Grid, finds_edge: bool, prefix: str = "") -> None:
    """Check that an edge can be found, or a plane zoomed.

    Args:
        grid: The points of the plane.
        finds_edge: Whether the edge is `auto`.
        prefix: The name of the grid in front of its keys, for the error.

    Raises:
        BadInput: The search lacks a margin of flat points, or the flat part has too few cells or
            too many.
    """
    if not (finds_edge or grid.zoom):
        return
    reason = "edge: auto" if finds_edge else "zoom: true"
    if not grid.decide:
        raise BadInput(
            f"{prefix}decide: found 0, allowed: with {reason} a number above 0, such as 5, the "
            "percentage points by which flat is defined"
        )
    most = (grid.points - 1) // 2
    if grid.flat_cells > most:
        raise BadInput(
            f"{prefix}flat_cells: found {grid.flat_cells}, allowed: with {reason} and "
            f"{grid.points} points at most {most}, half of the plane's cells along an axis"
        )


def _check_pairs(sweep: Sweep, classes: Classes) -> None:
    """Check that each pair is of classes of the data set."""
    for pair in sweep.pairs:
        try:
            classes.notation(pair)
        except BadInput as error:
            reason = str(error).removeprefix("pair: ")
            raise BadInput(f"sweep.pairs: {reason}") from error


def check_images(
    path: Path, params: Params, classes: Classes, channels: int, measured: str = ""
) -> None:
    """Check that parameters fit the images of the data set.

    Every pair must be of classes of the images, `data.mean` and `data.std` must have a number for
    each channel, and a list of class weights one for each class.

    Args:
        path: The file of the parameters, for the error.
        params: The parameters.
        classes: The classes of the images.
        channels: The number of channels of the images.
        measured: A text about the images' mean and standard deviation, for the end of the error.

    Raises:
        BadInput: They do not fit.
    """
    with naming(path):
        _check_channels(params.data, channels, measured)
        _check_class_weights(params, len(classes))
        _check_pairs(params.sweep, classes)


def edge(params: Params, scale: str, run: str) -> float | Literal["auto"]:
    """The largest theta of a run's planes at a scale; theta goes from -edge to edge.

    Args:
        params: The parameters.
        scale: The scale of the directions.
        run: The name of the run.

    Returns:
        The edge; `auto` if the sweep finds it.

    Raises:
        BadInput: The scale or the run is unknown, or `sweep.edge` has no number for them.
    """
    if scale not in SCALES:
        raise one_of("scale", scale, SCALES)
    setup = params.resolved(run)["optim"]
    edges = params.sweep.edge.get(scale, {})
    if setup not in edges:
        raise BadInput(f"sweep.edge.{scale}.{setup}: missing, allowed: a number above 0, or auto")
    return edges[setup]
