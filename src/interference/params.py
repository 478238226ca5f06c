"""`params.yaml` as frozen dataclasses, checked as a whole: the only reader of the file.

Every group of the file is a dataclass with the same field names; every field carries the rule that its value must
meet. `load` raises `BadInput`, one line with the file, the key, the value found and what is allowed, before any stage
computes anything. Machine facts (device, precision, paths) are no parameters: see `machine`.
"""

import json
import re
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import MISSING, Field, asdict, dataclass, field, fields
from os.path import normpath
from pathlib import Path
from typing import Any, TypeVar

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from interference.classes import Classes
from interference.datasets import DATASETS
from interference.errors import BadInput, one_of
from interference.nets import IMPORTED, NETS
from interference.vocabulary import ALWAYS, SCALES, SPLITS

SCHEDULES = ("constant", "cosine", "triangle")
BATCH_NORMS = ("frozen", "recalibrated")
PAPER_SETUPS = ("small_lr", "big_lr", "anneal_lr")  # Section 3, in the order of their accuracies
RUN = re.compile(r"[A-Za-z0-9_.-]+")
FACTORY = re.compile(r"[A-Za-z_][\w.]*:[A-Za-z_][\w.]*")
WEIGHTS = ".safetensors"
CONVERT = ("python -c 'import sys, torch, safetensors.torch as s; s.save_file(torch.load(sys.argv[1], "
           "weights_only=True), sys.argv[2])' IN.pt OUT.safetensors")

T = TypeVar("T")  # Python 3.11 has no def f[T]


def _rule(allowed: str, test: Callable[[Any], bool], default: Any = MISSING) -> Any:
    """A dataclass field with the rule its value must meet, in words and as a test."""
    return field(default=default, metadata={"allowed": allowed, "test": test})


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < float("inf")


def _is_int(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _is_side(value: Any) -> bool:
    return _is_int(value) and value > 0


def _is_size(value: Any) -> bool:
    return isinstance(value, tuple) and len(value) == 2 and all(map(_is_side, value))


def _name(allowed: Any, default: Any = MISSING) -> Any:
    return _rule(", ".join(allowed), lambda value: isinstance(value, str) and value in allowed, default)


def _positive() -> Any:
    return _rule("a number above 0", lambda value: _is_number(value) and value > 0)


def _fraction(default: Any = MISSING) -> Any:
    return _rule("a number from 0 to 1, 1 left out", lambda value: _is_number(value) and 0 <= value < 1, default)


def _count(least: int = 1, default: Any = MISSING) -> Any:
    return _rule(f"a whole number of at least {least}", lambda value: _is_int(value) and value >= least, default)


def _flag(default: Any = MISSING) -> Any:
    return _rule("true, false", lambda value: isinstance(value, bool), default)


def _sample() -> Any:
    return _rule("all, or a whole number of images a class",
                 lambda value: value == "all" or (_is_int(value) and value > 0))


def _channels(allowed: str, test: Callable[[float], bool]) -> Any:
    return _rule(allowed, lambda value: isinstance(value, tuple) and bool(value) and all(map(_is_number, value))
                 and all(map(test, value)))


def _names(allowed: Any) -> Any:
    return _rule(f"a list out of {', '.join(allowed)}, none twice", lambda value: _is_list(value)
                 and all(v in allowed for v in value))


def _is_list(value: Any) -> bool:
    """Whether a value is a list of at least one text, none twice."""
    return (isinstance(value, tuple) and bool(value) and all(isinstance(v, str) for v in value)
            and len(set(value)) == len(value))


def _fence(default: float) -> Any:
    return _rule("a number of at least 0", lambda value: _is_number(value) and value >= 0, default)


def _window(what: str, test: Callable[[Any], bool], default: tuple[float, float]) -> Any:
    return _rule(f"a list of two {what}, the lower first", lambda value: isinstance(value, tuple) and len(value) == 2
                 and all(map(test, value)) and value[0] <= value[1], default)


def _is_json(value: Any) -> bool:
    """Whether a value is a mapping of names that JSON can hold."""
    try:
        json.dumps(value)
    except TypeError:
        return False
    return isinstance(value, dict) and all(isinstance(name, str) for name in value)


def _optional(allowed: str, test: Callable[[Any], bool]) -> Any:
    """A field that may be left out, and is None then."""
    return _rule(allowed, test, None)


def _text(allowed: str = "a name") -> Any:
    return _rule(allowed, lambda value: isinstance(value, str) and bool(value))


def _or_none(allowed: str, test: Callable[[Any], Any]) -> Any:
    return _rule(allowed, lambda value: value is None or test(value), None)


@dataclass(frozen=True)
class Data:
    """The data set, its normalisation per channel (of pixels in 0..1), and how training images are augmented.

    `crop` is the zero padding of the random crop in pixels, `flip` the random horizontal flip. `path` says where data
    of one's own lie, seen from the raw folder; `resize` is the side, or height and width, that every image is given
    (not called size: DVC's run cache passes over keys of that name).
    """

    name: str = _name(DATASETS)
    mean: tuple[float, ...] = _channels("a list of numbers, one a channel", lambda value: True)
    std: tuple[float, ...] = _channels("a list of numbers above 0, one a channel", lambda value: value > 0)
    crop: int = _count(0, default=4)
    flip: bool = _flag(default=True)
    path: str | None = _or_none("a path, seen from the raw folder", lambda value: isinstance(value, str) and value)
    resize: int | tuple[int, int] | None = _or_none("a whole number of pixels, or a list of height and width",
                                                    lambda value: _is_side(value) or _is_size(value))

    @property
    def sides(self) -> tuple[int, int] | None:
        """Height and width that every image is given; None where images keep theirs."""
        return (self.resize, self.resize) if isinstance(self.resize, int) else self.resize

    def place(self, raw: Path) -> Path:
        """Where the data lie: the raw folder, or the path that is seen from it."""
        return Path(normpath(raw / (self.path or "")))

    @property
    def source(self) -> dict[str, Any]:
        """What says which images, apart from how a net sees them: the name, and the path and the resizing if any."""
        named = {"name": self.name, "path": self.path, "resize": self.resize}
        return {key: value for key, value in named.items() if value is not None}

    @property
    def title(self) -> str:
        """The data set as readers see it: `cifar10`, `folder birds`."""
        return self.name if self.path is None else f"{self.name} {self.path}"


@dataclass(frozen=True)
class Optim:
    """A set-up of SGD. `warmup` is the share of the steps in which `triangle` rises; other schedules pass over it."""

    lr: float = _positive()
    schedule: str = _name(SCHEDULES)
    momentum: float = _fraction()
    weight_decay: float = _rule("a number of at least 0", lambda value: _is_number(value) and value >= 0)
    batch_size: int = _count()
    epochs: int = _count(0)
    nesterov: bool = _flag(default=False)
    label_smoothing: float = _fraction(default=0.0)
    warmup: float = _fraction(default=0.0)


@dataclass(frozen=True)
class Run:
    """One training: a net under a set-up, from a seed, and the splits whose confusion counts are recorded.

    A net of another package is `imported`: what its `factory` makes of `args`. `init` names the weights from which the
    training starts, in place of random ones.
    """

    net: str = _name((*NETS, IMPORTED))
    optim: str = _text("the name of a set-up")
    seed: int = _count(0)
    counts: tuple[str, ...] = _names(SPLITS)
    factory: str | None = _optional("a function as package.module:function",
                                    lambda value: isinstance(value, str) and bool(FACTORY.fullmatch(value)))
    args: Mapping[str, Any] | None = _optional("a mapping of the factory's arguments to JSON values", _is_json)
    init: str | None = _optional(f"a file of weights, *{WEIGHTS}; a checkpoint of torch.save becomes one by {CONVERT}",
                                 lambda value: isinstance(value, str) and value.endswith(WEIGHTS))

    @property
    def shown(self) -> str:
        """The net's name in tables: its file's, or an imported one's package with the words among its arguments."""
        if self.factory is None:
            return self.net
        package, *_, function = re.split("[.:]", self.factory)
        words = [value for value in (self.args or {}).values() if isinstance(value, str)]
        return " ".join([package, *(words or [function])])


@dataclass(frozen=True)
class Ego:
    """The training images of each class that its gradient is the mean over."""

    images: str | int = _sample()


@dataclass(frozen=True)
class Grid:
    """An interference plane: points along each axis, and the images that every point is evaluated on.

    `batch_norm` statistics are those of w* (`frozen`) or estimated at each point (`recalibrated`). Above 0 a point
    stops at a sample of which the mistake rate is known to `tolerance`, as a share (see `tolerance`).
    """

    points: int = _rule("an odd whole number of at least 3", lambda value: _is_int(value) and value > 2 and value % 2)
    split: str = _name(("train", "test"))
    images: str | int = _sample()
    batch_norm: str = _name(BATCH_NORMS, "frozen")
    tolerance: float = _rule("a number from 0 to below 1", lambda value: _is_number(value) and 0 <= value < 1, 0.0)


@dataclass(frozen=True)
class Sweep:
    """Which planes are swept, and how far: `edge[scale][set-up]` is the largest theta."""

    runs: tuple[str, ...] = _rule("a list of at least one run, none twice", _is_list)
    pairs: tuple[str, ...] = _rule("a list of at least one pair, none twice", _is_list)
    scales: tuple[str, ...] = _names(SCALES)
    grid: Grid = _rule("a mapping", lambda value: isinstance(value, Grid))
    edge: Mapping[str, Mapping[str, float]] = _rule("a mapping: scale -> set-up -> number",
                                                    lambda value: isinstance(value, dict))


@dataclass(frozen=True)
class Setup:
    """What a set-up must be for the paper's claims about it to be measured: of its rate and schedule."""

    optim: str = _text("the name of a set-up")
    lr: float = _positive()
    schedule: str = _name(SCHEDULES)


@dataclass(frozen=True)
class Claims:
    """Where the paper's words are found in this study (`net` stands for its VGG19), and the checks' thresholds."""

    net: str = _text("a net of the runs")
    setups: Mapping[str, Setup] = _rule("a mapping: the paper's name -> set-up", lambda value: isinstance(value, dict))
    split: str = _rule(", ".join(SPLITS), lambda value: value in SPLITS, "train_augmented")
    epochs: int = _count(default=200)
    p: float = _fraction(0.05)
    recall_cells: float = _fraction(0.9)
    bottleneck: tuple[float, float] = _window("numbers", _is_number, (0.35, 0.46))
    car_truck_googlenet: tuple[float, float] = _window("numbers", _is_number, (0.012, 0.040))
    car_truck_dla: tuple[float, float] = _window("numbers", _is_number, (0.008, 0.030))
    plane_truck: tuple[float, float] = _window("numbers", _is_number, (0.0, 0.012))
    epsilon: float = _fence(5.0)
    plateau: float = _fence(1.0)
    plateau_share: float = _fraction(0.05)
    lowland: float = _fraction(0.1)
    near: float = _fence(30.0)
    spike: float = _fraction(0.05)
    draws: int = _count(2, default=5)
    spread: float = _fraction(0.1)
    little: float = _fraction(0.5)
    note: float = _fraction(0.001)
    takeover: tuple[int, int] = _window("whole numbers", _is_int, (100, 140))
    alike: int = _count(0, default=10)
    rare: int = _count(0, default=8)
    often: float = _fraction(0.1)
    hold: float = _fraction(0.01)


@dataclass(frozen=True)
class Params:
    """The whole of `params.yaml`, resolved: `setups` are the top-level groups that are none of the others."""

    data: Data
    setups: Mapping[str, Optim]
    runs: Mapping[str, Run]
    ego: Ego
    sweep: Sweep
    claims: Claims

    @property
    def classes(self) -> Classes | None:
        """The classes of the data set; None where only its images tell."""
        return DATASETS[self.data.name].classes

    def resolved(self, name: str) -> dict[str, Any]:
        """All that makes a run what it is, as JSON values: its identity, stored with every table of it.

        What it leaves out is not there, and `net` is its shown name.
        """
        if name not in self.runs:
            raise one_of("run", name, self.runs)
        run = self.runs[name]
        whole = {"name": name, **_given(run), "net": run.shown, "setup": asdict(self.setups[run.optim]),
                 "data": _given(self.data)}
        resolved: dict[str, Any] = json.loads(json.dumps(whole))
        return resolved


def _given(group: Any) -> dict[str, Any]:
    """The fields of a group that are not left out."""
    return {key: value for key, value in asdict(group).items() if value is not None}


GROUPS = ("data", "runs", "ego", "sweep", "claims")


def load(path: Path) -> Params:
    """The checked parameters of a file; raises `BadInput` at the first thing that is wrong."""
    with naming(path):
        return _params(_mapping(_yaml(path), "the file"))


@contextmanager
def naming(path: Path) -> Iterator[None]:
    """Inside it a `BadInput` that says which key is wrong says of which file, too."""
    try:
        yield
    except BadInput as error:
        raise BadInput(f"{path}: {error}") from error


def _yaml(path: Path) -> Any:
    """The content of a YAML 1.2 file, lists as tuples (DVC writes 1e-05, which YAML 1.1 reads as text)."""
    try:
        return _plain(YAML(typ="safe", pure=True).load(path.read_text(encoding="utf-8")))
    except (OSError, UnicodeDecodeError) as error:
        raise BadInput(f"cannot be read ({getattr(error, 'strerror', None) or error})") from error
    except YAMLError as error:
        raise BadInput(f"is not YAML ({' '.join(str(error).split())})") from error


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    return tuple(map(_plain, value)) if isinstance(value, list) else value


def _params(content: dict[str, Any]) -> Params:
    for name in GROUPS:
        if name not in content:
            raise BadInput(f"{name}: missing, allowed: a mapping")
    params = Params(
        data=_group(Data, content["data"], "data"),
        setups={name: _setup(name, group) for name, group in content.items() if name not in GROUPS},
        runs={name: _group(Run, run, f"runs.{name}") for name, run in _mapping(content["runs"], "runs").items()},
        ego=_group(Ego, content["ego"], "ego"),
        sweep=_sweep(content["sweep"]),
        claims=_claims(content["claims"]),
    )
    _check_data(params)
    _check_runs(params)
    _check_sweep(params)
    _check_net("claims.net", params)
    _check_keys("claims.setups", params.claims.setups, PAPER_SETUPS)
    _check_setups("claims.setups", params.claims.setups, params)
    return params


def _setup(name: str, group: Any) -> Optim:
    if not (isinstance(group, dict) and group.keys() & {item.name for item in fields(Optim)}):
        raise BadInput(f"{name}: unknown key, allowed: {', '.join(GROUPS)}, and set-ups, which have lr, schedule, ...")
    setup = _group(Optim, group, name)
    if setup.nesterov and not setup.momentum:
        raise BadInput(f"{name}.nesterov: found true, allowed: false where momentum is 0")
    return setup


def _sweep(content: Any) -> Sweep:
    content = _mapping(content, "sweep")
    return _group(Sweep, content | {"grid": _group(Grid, content.get("grid"), "sweep.grid")}, "sweep")


def _claims(content: Any) -> Claims:
    content = _mapping(content, "claims")
    setups = {name: _group(Setup, setup, f"claims.setups.{name}")
              for name, setup in _mapping(content.get("setups"), "claims.setups").items()}
    return _group(Claims, content | {"setups": setups}, "claims")


def grid(**content: Any) -> Grid:
    """A plane's grid that was given in code, checked as one of the file is; its keys are arguments."""
    return _group(Grid, content, "")


def _mapping(content: Any, where: str) -> dict[str, Any]:
    if not isinstance(content, dict):
        raise BadInput(f"{where}: found {_shown(content)}, allowed: a mapping")
    return content


def _group(kind: type[T], content: Any, where: str) -> T:
    """A dataclass of one group: no unknown key, none missing, every value within its rule."""
    known: dict[str, Field[Any]] = {item.name: item for item in fields(kind)}  # type: ignore[arg-type]
    prefix = f"{where}." if where else ""
    for key in _mapping(content, where):
        if key not in known:
            raise BadInput(f"{prefix}{key}: unknown key, allowed: {', '.join(known)}")
    for name, item in known.items():
        if name not in content and item.default is MISSING:
            raise BadInput(f"{prefix}{name}: missing, allowed: {item.metadata.get('allowed', 'a mapping')}")
        test = item.metadata.get("test")
        if name in content and test and not test(content[name]):
            raise BadInput(f"{prefix}{name}: found {_shown(content[name])}, allowed: {item.metadata['allowed']}")
    return kind(**content)


def _shown(value: Any) -> str:
    return repr(list(value) if isinstance(value, tuple) else value)


def _check_data(params: Params) -> None:
    dataset, data = DATASETS[params.data.name], params.data
    if dataset.own and data.path is None:
        raise BadInput(f"data.path: missing, allowed: where the {data.name} lies, seen from the raw folder")
    if data.path is not None and not dataset.own:
        raise BadInput(f"data.path: found {data.path!r}, allowed: none with {data.name}, which is known by its name")
    if dataset.channels:
        _check_channels(data, dataset.channels)


def _check_channels(data: Data, channels: int, measured: str = "") -> None:
    for key in ("mean", "std"):
        found = getattr(data, key)
        if len(found) != channels:
            numbers = "1 number" if channels == 1 else f"{channels} numbers"
            raise BadInput(f"data.{key}: found {_shown(found)}, allowed: {numbers}, one a channel{measured}")


def check_run(where: str, name: Any) -> None:
    """Raise `BadInput` unless a name can be that of a run: it names files."""
    if not (isinstance(name, str) and RUN.fullmatch(name)):
        raise BadInput(f"{where}: found {name!r}, allowed: {RUN.pattern}, since it names files")


def _check_runs(params: Params) -> None:
    if not params.runs:
        raise BadInput("runs: found {}, allowed: a mapping of at least one run")
    for name in params.runs:
        check_run("runs: name", name)
    _check_setups("runs", params.runs, params)
    for name, run in params.runs.items():
        if not set(ALWAYS) <= set(run.counts):
            raise BadInput(f"runs.{name}.counts: found {_shown(run.counts)}, allowed: lists with {', '.join(ALWAYS)}")
        if run.net == IMPORTED and run.factory is None:
            raise BadInput(f"runs.{name}.factory: missing, allowed: a function as package.module:function")
        for key in ("factory", "args"):
            found = getattr(run, key)
            if run.net != IMPORTED and found is not None:
                raise BadInput(f"runs.{name}.{key}: found {found!r}, allowed: none with net {run.net!r}, only with "
                               f"{IMPORTED!r}")


def _check_net(where: str, params: Params) -> None:
    nets = dict.fromkeys((*NETS, *(run.shown for run in params.runs.values())))
    if params.claims.net not in nets:
        raise one_of(where, params.claims.net, nets)


def _check_keys(where: str, found: Mapping[str, Any], allowed: Collection[str]) -> None:
    for key in found:
        if key not in allowed:
            raise BadInput(f"{where}.{key}: unknown key, allowed: {', '.join(allowed)}")


def _check_setups(where: str, naming: Mapping[str, Run | Setup], params: Params) -> None:
    for name, one in naming.items():
        if one.optim not in params.setups:
            raise one_of(f"{where}.{name}.optim", one.optim, params.setups)


def _check_sweep(params: Params) -> None:
    sweep = params.sweep
    for name in sweep.runs:
        if name not in params.runs:
            raise BadInput(f"sweep.runs: found {name!r}, allowed: {', '.join(params.runs)}")
    if params.classes:
        _check_pairs(sweep, params.classes)
    _check_keys("sweep.edge", sweep.edge, SCALES)
    for scale, edges in sweep.edge.items():
        _check_keys(f"sweep.edge.{scale}", _mapping(edges, f"sweep.edge.{scale}"), params.setups)
    for scale in sweep.scales:
        for name in sweep.runs:
            edge(params, scale, name)


def _check_pairs(sweep: Sweep, classes: Classes) -> None:
    for pair in sweep.pairs:
        try:
            classes.notation(pair)
        except BadInput as error:
            raise BadInput(f"sweep.pairs: {str(error).removeprefix('pair: ')}") from error


def check_images(path: Path, params: Params, classes: Classes, channels: int, measured: str = "") -> None:
    """Raise `BadInput` where the parameters of a file do not fit the images at hand, as `load` does.

    They fit if every pair is of their classes and there is a number a channel to normalise them by; `measured` says
    which numbers would do.
    """
    with naming(path):
        _check_channels(params.data, channels, measured)
        _check_pairs(params.sweep, classes)


def edge(params: Params, scale: str, run: str) -> float:
    """How far the plane of a run reaches at a scale: theta goes from -edge to edge."""
    if scale not in SCALES:
        raise one_of("scale", scale, SCALES)
    setup = params.resolved(run)["optim"]
    found: Any = _mapping(params.sweep.edge.get(scale, {}), f"sweep.edge.{scale}").get(setup)
    if not (_is_number(found) and found > 0):
        raise BadInput(f"sweep.edge.{scale}.{setup}: found {found!r}, allowed: a number above 0")
    return float(found)
