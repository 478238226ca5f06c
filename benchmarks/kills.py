"""What interruptions leave, and whether the end result is that of an uninterrupted run.

    python -m benchmarks.kills

Each stage is killed, stopped, run on a full disk, in a read-only folder, with damaged unfinished
work, after a change of its code or of a parameter, and twice at once, on the digits with three
points and two epochs. Then it is run again. A row of the table is a stage, a column an event. A
cell says what the event left, and `same` if the files are then those of an uninterrupted run, byte
for byte (times aside). The exit status is 1 if some cell is not.

`look` draws one figure here, and `publish` none, since drawing takes most of their time.
"""

import ctypes
import json
import os
import resource
import shutil
import signal
import sys
import tempfile
import time
import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from importlib import import_module
from pathlib import Path
from runpy import run_module

from ruamel.yaml import YAML

import stages
from interference.pipeline import LEFT
from interference.pipeline import pieces as pieces_of
from interference.reporting.figures import USUAL_FORMATS, Part, cores, save
from stages import pieces as stage_pieces
from studies import publish

ROOT = Path(__file__).resolve().parent.parent
STAGES = ("train", "ego", "sweep", "cctm")
UNFINISHED = ("train", "sweep", "pieces")  # which keep unfinished work
PARAMETERS = {  # a parameter that changes the result, as keys, and its other value
    "train": (("optim", "lr"), 0.02),
    "ego": (("ego", "images"), 4),
    "sweep": (("sweep", "grid", "points"), 5),
    "publish": (("ego", "images"), 4),
    "pieces": (("sweep", "grid", "points"), 5),
}
INTERRUPTED = {"pieces": 0.25}  # the fraction of its renames after which it trains; else half
CAPABILITIES = 0x20080522  # the version of Linux's call that sets them
LIMIT = 3000  # bytes of a file on the full disk
# Modules that are imported once, before this process forks for each run.
WARM = (
    *(f"stages.{name}" for name in ("source", "download", *STAGES, "look")),
    "torch._dynamo",
    "sklearn.datasets",
    "matplotlib.pyplot",
)
PATIENCE = 120  # seconds until a run counts as hanging


@dataclass(frozen=True)
class Case:
    """A command, and the files that it makes.

    Attributes:
        name: Its name in the table.
        program: Runs it in the current folder.
        outputs: The files and folders that it makes.
    """

    name: str
    program: Callable[[], object]
    outputs: Sequence[str]


@dataclass
class Ended:
    """How a run ended.

    Attributes:
        status: The exit status; negative for a signal.
        errors: Its standard error.
        renames: The number of files that it renamed into their place.
    """

    status: int
    errors: str
    renames: int


@dataclass
class Table:
    """The cells by stage and event."""

    cells: dict[str, dict[str, str]] = field(default_factory=dict)

    def lines(self) -> Iterator[str]:
        """The table in Markdown."""
        events = list(next(iter(self.cells.values())))
        yield f"| stage | {' | '.join(events)} |"
        yield f"|---|{'---|' * len(events)}"
        for stage, row in self.cells.items():
            yield f"| {stage} | {' | '.join(row.values())} |"


# Running a command in a process of its own


def start(
    case: Case,
    folder: Path,
    *,
    signal_at: tuple[int, int] | None = None,
    limit: int | None = None,
    plain_user: bool = False,
    code: Path = ROOT,
) -> int:
    """Start a command in a fork of this process, which has imported all packages.

    Args:
        case: The command.
        folder: The folder to run in. Its output goes into files beside it.
        signal_at: A signal, and the number of the rename before which it is sent.
        limit: The most bytes of a file.
        plain_user: Whether the process gives up root's right to write into read-only folders.
        code: The folder of the code that the stages name as their own.

    Returns:
        The number of the process.
    """
    process = os.fork()
    if process:
        return process
    log = folder.parent / f"log-{os.getpid()}"
    log.mkdir(mode=0o777)
    for number, stream in ((1, "out"), (2, "err")):
        os.dup2(os.open(log / stream, os.O_WRONLY | os.O_CREAT), number)
    renames = 0

    def count(event: str, _: object) -> None:
        nonlocal renames
        if event != "os.rename":
            return
        renames += 1
        if signal_at and renames == signal_at[1]:
            os.kill(os.getpid(), signal_at[0])

    status = 1
    try:
        os.chdir(folder)
        stages.HOME = code
        if plain_user:
            give_up_rights()
        sys.addaudithook(count)
        if limit:
            resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
        case.program()
        status = 0
    except SystemExit as ended:
        status = ended.code if isinstance(ended.code, int) else int(bool(ended.code))
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        if not limit and not plain_user:
            (log / "renames").write_text(str(renames))
        os._exit(status)


def give_up_rights() -> None:
    """Give up all capabilities of this process, such as root's to pass over permissions."""
    header = (ctypes.c_uint32 * 2)(CAPABILITIES, 0)
    none = (ctypes.c_uint32 * 6)()
    if ctypes.CDLL(None, use_errno=True).capset(header, none):
        raise OSError(ctypes.get_errno(), "capset")


def wait(process: int, folder: Path) -> Ended:
    """Wait for the end of a process that `start` started in a folder."""
    end = time.monotonic() + PATIENCE
    while True:
        ended, status = os.waitpid(process, os.WNOHANG)
        if ended:
            break
        if time.monotonic() > end:
            os.kill(process, signal.SIGKILL)
            os.waitpid(process, 0)
            return Ended(-signal.SIGKILL, "hangs", 0)
        time.sleep(0.01)
    log = folder.parent / f"log-{process}"
    errors = (log / "err").read_text()
    renames = int((log / "renames").read_text()) if (log / "renames").exists() else 0
    shutil.rmtree(log)
    return Ended(os.waitstatus_to_exitcode(status), errors, renames)


def run(case: Case, folder: Path, **options: object) -> Ended:
    """Run a command to its end."""
    return wait(start(case, folder, **options), folder)  # type: ignore[arg-type]


# Commands


def cases(params: Path) -> list[Case]:
    """The commands of the table.

    Args:
        params: The parameters of the toy study.
    """
    all_cases = []
    for piece in pieces_of(ROOT / "dvc.yaml", params):
        if piece.stage in STAGES:
            _, _, module, *arguments = piece.command
            program = partial(run_stage, module, arguments)
            all_cases.append(Case(piece.stage, program, piece.outputs))
    all_cases.append(Case("look", look, ["look"]))
    all_cases.append(Case("publish", publish_toy, ["published"]))
    everything = ["data", "metrics", "plots"]
    program = partial(stages.call, partial(stage_pieces.main, Path(), None, None))
    all_cases.append(Case("pieces", program, everything))
    return sorted(all_cases, key=lambda case: ORDER.index(case.name))


ORDER = ("train", "ego", "sweep", "cctm", "look", "publish", "pieces")


def run_stage(module: str, arguments: Sequence[str]) -> None:
    """Run a stage as `python -m` does."""
    sys.argv[1:] = arguments
    run_module(module, run_name="__main__", alter_sys=True)


def look() -> None:
    """Look at predictions, and draw one figure."""
    cores.save_all = _save_first
    run_stage("stages.look", ["mine.csv", "--out", "look"])


def _save_first(
    parts: Sequence[Part], folder: Path, formats: Sequence[str] = USUAL_FORMATS
) -> Iterator[str]:
    """Draw and save the first figure of the first part."""
    name, figure = next(iter(parts[0]()))
    save(figure, folder / name, formats)
    yield name


def publish_toy() -> None:
    """Publish the study of the current folder, without drawings."""
    publish.PUBLISHED = Path("published").resolve()
    publish.DRAWN = ()  # type: ignore[assignment]
    stages.call(partial(publish.main, "toy", Path()))


# Folders


def toy_params(path: Path) -> None:
    """Write the parameters of the digits study, made shorter."""
    content = YAML(typ="safe").load(ROOT / "studies" / "digits.yaml")
    content["data"]["resize"] = 16
    content["optim"] |= {"epochs": 2, "batch_size": 32}
    content["sweep"]["grid"] |= {"points": 3, "images": 5}
    content["ego"]["images"] = 5
    run_name = next(iter(content["runs"]))
    content["sweep"] |= {"runs": [run_name], "pairs": ["3-9"], "scales": ["raw"]}
    content["runs"] = {run_name: content["runs"][run_name]}
    YAML().dump(content, path)


def set_parameter(path: Path, keys: Sequence[str], value: object) -> None:
    """Change a parameter of a file."""
    content = YAML(typ="safe").load(path)
    group = content
    for key in keys[:-1]:
        group = group[key]
    group[keys[-1]] = value
    YAML().dump(content, path)


def content_of(folder: Path, outputs: Sequence[str]) -> dict[str, bytes]:
    """The content of all files of the outputs by path, without times and hidden files."""
    contents = {}
    for output in outputs:
        place = folder / output
        for path in sorted(place.rglob("*")) if place.is_dir() else [place]:
            name = path.relative_to(folder).as_posix()
            if path.is_file() and "/." not in f"/{name}":
                contents[name] = without_seconds(path)
    return contents


def without_seconds(path: Path) -> bytes:
    """The content of a file; metrics without the time that they state."""
    content = path.read_bytes()
    if path.suffix == ".json":
        values = json.loads(content)
        if isinstance(values, dict):
            values.pop("seconds", None)
        return json.dumps(values, sort_keys=True).encode()
    return content


def hidden(folder: Path) -> list[str]:
    """Unfinished work and temporary folders that are left in a folder."""
    left = []
    for path in folder.rglob(".*.tmp"):
        if ".resume" not in path.parts:
            left.append(path.name)
    return left + [f".resume/{path.name}" for path in (folder / ".resume").glob("*")]


def summary(folder: Path, case: Case, reference: Mapping[str, bytes]) -> str:
    """What an interrupted command left: finished outputs, unfinished work, temporary folders."""
    done = content_of(folder, case.outputs)
    parts = [f"{len(done)} of {len(reference)} files"]
    names = hidden(folder)
    work = [name for name in names if name.startswith(".resume/")]
    if work:
        parts.append("unfinished work")
    if len(names) > len(work):
        parts.append("temporary folder")
    return ", ".join(parts)


class Matrix:
    """The events, one method each.

    Args:
        base: A finished toy study.
        work: An empty folder to work in.
    """

    def __init__(self, base: Path, work: Path) -> None:
        self.base = base
        self.work = work
        self.number = 0
        self.references: dict[str, Mapping[str, bytes]] = {}
        self.renames: dict[str, int] = {}

    def fresh(self, case: Case) -> Path:
        """A copy of the study without the outputs of a command."""
        self.number += 1
        folder = self.work / f"{case.name}-{self.number}" / "study"
        shutil.copytree(self.base, folder)
        for output in case.outputs:
            place = folder / output
            if place.is_dir():
                shutil.rmtree(place)
            else:
                place.unlink(missing_ok=True)
        return folder

    def prepare(self, case: Case) -> None:
        """Run a command without an interruption, and keep its result."""
        folder = self.fresh(case)
        ended = run(case, folder)
        if ended.status:
            raise RuntimeError(f"{case.name}: {ended.errors}")
        self.references[case.name] = content_of(folder, case.outputs)
        self.renames[case.name] = ended.renames

    def verdict(
        self,
        case: Case,
        folder: Path,
        left: str,
        reference: Mapping[str, bytes] | None = None,
        keeps_work: bool = False,
    ) -> str:
        """Run a command again; what was left, and whether the result is the reference.

        With `keeps_work` the earlier unfinished work is of other code or parameters. So it must not
        be resumed, and stays.
        """
        expected = self.references[case.name] if reference is None else reference
        ended = run(case, folder)
        if ended.status:
            return f"{left}; FAILS: {ended.errors.strip()[-200:]}"
        result = content_of(folder, case.outputs)
        if result != expected:
            names = [
                name for name in {**expected, **result} if expected.get(name) != result.get(name)
            ]
            return f"{left}; DIFFERS: {', '.join(names[:3])}"
        names = hidden(folder)
        if keeps_work:
            others = [name for name in names if not name.startswith(".resume/")]
            if others == names:
                return f"{left}; FAILS: resumed other work"
            names = others
        return f"{left}; same" if not names else f"{left}; LEAVES {', '.join(names[:2])}"

    def signalled(self, case: Case, number: int) -> str:
        """A signal before the first, the middle and the last rename."""
        total = self.renames[case.name]
        cell = ""
        for place in sorted({1, total // 2 + 1, total}):
            folder = self.fresh(case)
            ended = run(case, folder, signal_at=(number, place))
            expected = -number if number == signal.SIGKILL else 128 + number
            if case.name == "pieces" and number == signal.SIGTERM:
                expected = LEFT
            if ended.status != expected or ended.errors.count("\n") > 1:
                return f"FAILS: exit status {ended.status} {ended.errors.strip()[-200:]}"
            cell = self.verdict(case, folder, summary(folder, case, self.references[case.name]))
            if not cell.endswith("same"):
                return cell
        return cell

    def refused(self, case: Case, **options: object) -> str:
        """A run that cannot write says so in one line."""
        folder = self.fresh(case)
        if options.get("plain_user"):
            for path in (folder, *folder.rglob("*")):
                path.chmod(0o555 if path.is_dir() else 0o444)
        ended = run(case, folder, **options)
        one_line = ended.status == 2 and ended.errors.count("\n") == 1
        if not one_line or not ended.errors.startswith("error: "):
            return f"FAILS: exit status {ended.status} {ended.errors.strip()[-300:]}"
        for path in (folder, *folder.rglob("*")):
            path.chmod(0o755 if path.is_dir() else 0o644)
        left = summary(folder, case, self.references[case.name])
        return self.verdict(case, folder, f"one line, {left}")

    def interrupted(self, case: Case) -> Path:
        """A copy of the study in which a command was killed during its work."""
        folder = self.fresh(case)
        place = int(self.renames[case.name] * INTERRUPTED.get(case.name, 0.5)) + 1
        run(case, folder, signal_at=(signal.SIGKILL, place))
        return folder

    def damaged(self, case: Case) -> str:
        """Unfinished work that is cut to half of its bytes."""
        if case.name not in UNFINISHED:
            return "keeps none"
        folder = self.interrupted(case)
        for path in (folder / ".resume").rglob("*"):
            if path.is_file():
                os.truncate(path, path.stat().st_size // 2)
        return self.verdict(case, folder, summary(folder, case, self.references[case.name]))

    def other_code(self, case: Case) -> str:
        """A changed line of a file that the stage depends on."""
        if case.name not in UNFINISHED:
            return "keeps none"
        folder = self.interrupted(case)
        code = folder.parent / "code"
        shutil.copytree(ROOT / "src", code / "src", ignore=shutil.ignore_patterns("__pycache__"))
        shutil.copytree(ROOT / "stages", code / "stages")
        shutil.copy(ROOT / "dvc.yaml", code)
        with (code / "src" / "interference" / "learning" / "losses.py").open("a") as file:
            file.write("# changed\n")
        left = summary(folder, case, self.references[case.name])
        changed = Case(case.name, partial(with_code, code, case.program), case.outputs)
        return self.verdict(changed, folder, left, keeps_work=True)

    def other_parameter(self, case: Case) -> str:
        """A changed parameter, against an uninterrupted run with it."""
        if case.name not in PARAMETERS:
            return "reads none"
        keys, value = PARAMETERS[case.name]
        if case.name == "publish":
            folder = self.interrupted(case)
            set_parameter(folder / "params.yaml", keys, value)
            ended = run(case, folder)
            is_refused = ended.status == 2 and ended.errors.count("\n") == 1
            is_refused = is_refused and not content_of(folder, case.outputs)
            return "one line, 0 files" if is_refused else f"FAILS: {ended.errors.strip()[-200:]}"
        whole = self.fresh(case)
        set_parameter(whole / "params.yaml", keys, value)
        if run(case, whole).status:
            return "FAILS without an interruption"
        folder = self.interrupted(case)
        left = summary(folder, case, self.references[case.name])
        set_parameter(folder / "params.yaml", keys, value)
        keeps_work = case.name in ("train", "sweep")  # the pieces are interrupted in their training
        return self.verdict(case, folder, left, content_of(whole, case.outputs), keeps_work)

    def two(self, case: Case) -> str:
        """Two processes at once."""
        folder = self.fresh(case)
        processes = [start(case, folder) for _ in range(2)]
        both = [wait(process, folder) for process in processes]
        statuses = sorted(ended.status for ended in both)
        refusals = [ended.errors for ended in both if ended.status]
        if statuses not in ([0, 0], [0, 2]) or any(text.count("\n") != 1 for text in refusals):
            errors = " ".join(ended.errors.strip()[-150:] for ended in both)
            return f"FAILS: exit status {statuses} {errors}"
        left = "one is refused" if refusals else "both end"
        return self.verdict(case, folder, left)


def with_code(code: Path, program: Callable[[], object]) -> None:
    """Run a program whose stages name the code of another folder as their own."""
    stages.HOME = code
    program()


def main() -> int:
    """Print the table; 1 if a cell is wrong."""
    os.environ["OMP_NUM_THREADS"] = "1"
    os.environ.pop("INTERFERENCE_RESUME", None)
    os.environ["INTERFERENCE_DEVICE"] = "cpu"
    table = Table()
    with tempfile.TemporaryDirectory() as scratch:
        os.chmod(scratch, 0o755)
        base = Path(scratch, "base", "study")
        base.mkdir(parents=True)
        toy_params(base / "params.yaml")
        rows = "label,predicted\n" + "ant,ant\nbee,ant\nbee,bee\n" * 3
        (base / "mine.csv").write_text(rows)
        all_cases = cases(base / "params.yaml")
        wanted = sys.argv[1:]
        study = next(case for case in all_cases if case.name == "pieces")
        for name in WARM:
            import_module(name)
            if name.startswith("stages."):
                del sys.modules[name]  # it is run as a program, which warns of an imported one
        ended = run(study, base)
        if ended.status:
            raise RuntimeError(ended.errors)
        matrix = Matrix(base, Path(scratch))
        events: dict[str, Callable[[Case], str]] = {
            "kill -9": lambda case: matrix.signalled(case, signal.SIGKILL),
            "SIGTERM": lambda case: matrix.signalled(case, signal.SIGTERM),
            "full disk": lambda case: matrix.refused(case, limit=LIMIT),
            "read-only folder": lambda case: matrix.refused(case, plain_user=True),
            "damaged unfinished work": matrix.damaged,
            "other code": matrix.other_code,
            "other parameter": matrix.other_parameter,
            "two at once": matrix.two,
        }
        for case in all_cases:
            if wanted and case.name not in wanted:
                continue
            matrix.prepare(case)
            table.cells[case.name] = {}
            for event, cell in events.items():
                started = time.monotonic()
                table.cells[case.name][event] = cell(case)
                seconds = time.monotonic() - started
                text = table.cells[case.name][event]
                print(f"{case.name}, {event}: {text} ({seconds:.1f} s)", file=sys.stderr)
    print("\n".join(table.lines()))
    wrong = ("FAILS", "DIFFERS", "LEAVES")
    texts = [text for row in table.cells.values() for text in row.values()]
    return int(any(word in text for text in texts for word in wrong))


if __name__ == "__main__":
    sys.exit(main())
