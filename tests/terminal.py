"""What a page tells its reader to type: done where that is cheap, else held against what the
program knows.

Commands are done in a scratch checkout, and in the demo within it. What would train, sweep or
install is not done: its options are parsed by the program's own parser, and the stages, parameters
and files that it names must exist.
"""

import re
import shlex
import subprocess
import sys
import tomllib
from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path

import typer
from dvc.cli import parse_args
from dvc.commands.commit import CmdCommit
from dvc.commands.repro import CmdRepro
from dvc.repo import Repo
from ruamel.yaml import YAML

from tests import forks
from tests.clone import dvc, git, with_our_programs
from tests.imports import ROOT

DEMO = ".studies/digits"
OURS = set(
    re.findall(
        r"INTERFERENCE_[A-Z]+",
        "".join(
            path.read_text()
            for folder in ("stages", "src")
            for path in (ROOT / folder).rglob("*.py")
        ),
    )
)
VARIABLES = OURS | {"CUDA_VISIBLE_DEVICES", "OMP_NUM_THREADS", "RAY_ADDRESS", "RAY_AUTH_MODE"}
LOADED = "import stages; from pathlib import Path; from interference import params; params.load(Path('params.yaml'))"


class Terminal:
    """A reader's terminal: `at` is where it stands, `said` what the last command printed."""

    def __init__(self, checkout: Path, demo: Callable[[Path], object]) -> None:
        """A terminal in a checkout; `demo` makes the finished demo at a path, once it is asked for."""
        self.checkout = self.at = checkout
        self.demo = demo
        self.said = ""

    def type(self, lines: str) -> None:
        """Do or check every command; raises `AssertionError` or the program's own error for one
        that does not work.
        """
        programs = {
            name: getattr(self, f"_{name.replace('-', '_')}")
            for name in (
                "cd",
                "dvc",
                "export",
                "git",
                "interference",
                "make",
                "pip",
                "pre-commit",
                "python",
                "ray",
                "sbatch",
                "source",
            )
        }
        for words in commands(lines):
            while re.fullmatch(r"\w+=.*", words[0]):
                self._export(words.pop(0))
            program = words[0].removeprefix(".venv/bin/")
            assert program in programs, (
                f"{program}: no program that pages may name, which are {', '.join(programs)}"
            )
            self.said = programs[program](*words[1:]) or ""

    def set_parameters(self, content: dict, at: Path | None = None) -> None:
        """Lay a mapping over params.yaml; the whole must be allowed."""
        file = (at or self.checkout) / "params.yaml"
        YAML().dump(laid_over(YAML(typ="safe").load(file), content), file)
        subprocess.run([sys.executable, "-c", LOADED], cwd=file.parent, check=True)

    def _cd(self, folder: str) -> None:
        if folder == DEMO and not (self.at / folder).exists():
            self.demo(self.at / folder)
        self.at = (self.at / folder).resolve(strict=True)

    def _export(self, setting: str) -> None:
        assert setting.split("=")[0] in VARIABLES, setting

    def _source(self, script: str) -> None:
        assert script == ".venv/bin/activate"

    def _git(self, *words: str) -> str:
        return git(*words, at=self.at)

    def _make(self, *words: str) -> None:
        self._done("make", "--dry-run", *words)
        for study in re.findall(r"STUDY=(\w+)", " ".join(words)):
            assert (ROOT / "studies" / f"{study}.yaml").exists()

    def _pip(self, action: str, what: str) -> None:
        if (action, what) == ("install", "."):
            return
        found = re.fullmatch(r"\.\[(\w+)\]", what)
        extras = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"][
            "optional-dependencies"
        ]
        assert action == "install"
        assert found
        assert found[1] in extras

    def _pre_commit(self, *words: str) -> None:
        self._helped("pre-commit", *words)

    def _ray(self, *words: str) -> None:
        self._helped("ray", *words)

    def _sbatch(self, *words: str) -> None:
        """A script for SLURM is one of bash, with directives; it is not submitted."""
        script = self.at / words[-1]
        assert "#SBATCH --array=" in script.read_text()
        self._done("bash", "-n", str(script))

    def _python(self, *words: str) -> str | None:
        assert words[0] == "-m"
        package, _, module = words[1].partition(".")
        assert package in ("stages", "studies", "benchmarks")
        if package == "stages":
            return self._interference(*filter(None, (module, *words[2:])))
        parsed(import_module(words[1]).main, *words[1:])
        return None

    def _interference(self, *words: str) -> str | None:
        """What is quick is done, a help printed; the arguments of other commands are only parsed."""
        is_quick = words[0] in ("export", "look", "new") or "--sbatch" in words
        if is_quick or words[0].startswith("--") or "--help" in words:
            return self._run_interference(*words)
        parsed(import_module(f"stages.{words[0].replace('-', '_')}").main, *words)
        return None

    def _run_interference(self, *words: str) -> str:
        """What the program prints; code that a page changed needs an interpreter of its own."""
        if git("status", "--porcelain", "--", "src", "stages", at=self.checkout):
            return self._done("interference", *words)
        ended = forks.completed(["interference", *words], self.at, with_our_programs())
        ended.check_returncode()
        return ended.stdout

    def _dvc(self, *words: str) -> str:
        asked = parse_args([*words])
        if issubclass(asked.func, CmdCommit):  # of what a command made that is not run here
            with Repo(str(self.at)) as repo:
                assert all(repo.stage.collect(target) for target in asked.targets)
            return ""
        if not issubclass(asked.func, CmdRepro) or asked.dry:
            return dvc(*words, at=self.at)
        for setting in getattr(asked, "set_param", ()):
            self._check_setting(*setting.split("="))
        with Repo(str(self.at)) as repo:
            assert all(repo.stage.collect(target) for target in asked.targets)
        if getattr(asked, "name", None):  # later commands ask for the experiment
            dvc("exp", "save", "--name", asked.name, at=self.at)
        return ""

    def _check_setting(self, key: str, value: str) -> None:
        """`-S key=value`: the key must exist, and the value be allowed; params.yaml stays as it is."""
        file = self.at / "params.yaml"
        before, content = file.read_text(), YAML(typ="safe").load(file)
        *groups, last = key.split(".")
        group = content
        for name in groups:
            group = group[name]
        assert last in group, f"{key}: not in params.yaml"
        group[last] = YAML(typ="safe").load(value)
        try:
            self.set_parameters(content, self.at)
        finally:
            file.write_text(before)

    def _helped(self, program: str, command: str, *words: str) -> None:
        """The options must be in the command's help."""
        known = self._done(program, command, "--help")
        options = [word.split("=")[0] for word in words if word.startswith("-")]
        assert all(option in known for option in options)

    def _done(self, *words: str) -> str:
        """What a program prints."""
        return subprocess.run(
            words,
            cwd=self.at,
            text=True,
            check=True,
            stdout=subprocess.PIPE,
            env=with_our_programs(),
        ).stdout


def parsed(command: Callable[..., None], program: str, *words: str) -> None:
    """Parse a command's arguments as it would; the command is not run."""
    app = typer.Typer()
    app.command()(command)
    typer.main.get_command(app).make_context(program, [*words])


def commands(lines: str) -> Iterator[list[str]]:
    """The words of each command; comments are left out, and lines that end in a backslash go on."""
    for line in lines.replace("\\\n", " ").splitlines():
        lexer = shlex.shlex(line, posix=True, punctuation_chars=";&|<>")
        lexer.whitespace_split = True
        words: list[str] = []
        for word in lexer:
            if word in (";", "&&"):
                yield words
                words = []
            else:
                assert not set(word) & set("|<>&"), (
                    f"{line}: one plain command after the other, please"
                )
                words.append(word)
        if words:
            yield words


def laid_over(content: dict, more: dict) -> dict:
    """A mapping with another's values in place of its own, groups merged."""
    return content | {
        key: laid_over(content[key], value) if isinstance(value, dict) and key in content else value
        for key, value in more.items()
    }
