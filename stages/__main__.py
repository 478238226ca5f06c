"""The program `interference`, which is `python -m stages`: every stage a command."""

import ast
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

import stages

PANELS = {
    "The pipeline, from data to surfaces": ("source", "download", "train", "cctm", "ego", "sweep"),
    "The pipeline, from its tables to the report": (
        "mistakes",
        "claims",
        "plots",
        "figures",
        "reproduction",
        "report",
    ),
    "Beside the pipeline": ("look", "export", "plots-page", "machine"),
}
END = "interference COMMAND --help names a command's files and options."


class Lazy(TyperGroup):
    """A group whose commands are listed by their summaries alone: a module is imported when its command is called."""

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """The command that the arguments call, in place of its summary."""
        name, listed, rest = super().resolve_command(ctx, args)
        return name, listed and command(str(name)), rest


def command(name: str) -> Any:
    """A stage as a command, its module imported."""
    main = import_module(f"stages.{source(name).stem}").main
    return typer.main.get_command(stages.alone(main, name))


def source(name: str) -> Path:
    """The file of a command's module."""
    return Path(__file__).with_name(f"{name.replace('-', '_')}.py")


def summary(name: str) -> str:
    """What a command makes, read from its module without importing it."""
    return ast.get_docstring(ast.parse(source(name).read_text(encoding="utf-8"))) or ""


app = typer.Typer(
    cls=Lazy,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="markdown",
    epilog=END,
)
for panel, names in PANELS.items():
    for name in names:
        app.command(name, help=summary(name), rich_help_panel=panel)(lambda: None)


def show_version(wanted: bool) -> None:
    """Print the version and end, where it is wanted."""
    if wanted:
        from interference.version import __version__

        stages.say(f"interference {__version__}")
        raise typer.Exit


@app.callback()
def program(
    version: Annotated[
        bool,
        typer.Option(
            "--version", callback=show_version, is_eager=True, help="Show the version and exit."
        ),
    ] = False,
) -> None:
    """Which classes a classifier mixes up, and how that shows in its loss surface and its training.

    A command of the pipeline is a stage: it reads files, computes and writes files. `dvc repro` calls the stages in
    this order, with the paths of dvc.yaml, and only those whose inputs have changed since; that is the usual way.
    Called by hand, one does the same to files of your own, and DVC takes no note of it.
    """


if __name__ == "__main__":
    stages.call(partial(app, prog_name="interference"))
