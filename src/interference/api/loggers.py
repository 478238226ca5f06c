"""Sends a record to where people log trainings: Weights & Biases, TensorBoard and MLflow.

Each gets the accuracy and the rate of the most confused pair as numbers, the confusion matrix as a
figure, and the most confused pairs as a table. Numbers are in percent.
"""

from dataclasses import dataclass
from importlib import import_module
from io import BytesIO
from typing import TYPE_CHECKING, Any

import pandas as pd
from PIL import Image

from interference import confusion, extras
from interference.confusion import by_epoch, statistics
from interference.errors import BadInput
from interference.external.record import Record
from interference.external.runs import tables_by_kind
from interference.io.tables import Table

if TYPE_CHECKING:
    from matplotlib.figure import Figure

PAIRS = 50  # the most rows of the table


@dataclass(frozen=True)
class Summary:
    """The test results of a record, as programs that log trainings take them.

    Attributes:
        numbers: The accuracy and the rate of the most confused pair, percent, by name.
        figure: The confusion matrix.
        pairs: The most confused pairs: `class_1`, `class_2`, and their rate both ways added with
            its 95 % interval `low` to `high`, percent.
    """

    numbers: dict[str, float]
    figure: "Figure"
    pairs: pd.DataFrame


def to_wandb(record: Record, run: Any = None, *, step: int | None = None) -> None:
    """Log a record to Weights & Biases.

    Args:
        record: The record, with test images.
        run: The run, as `wandb.init` returns it; by default the current one.
        step: The step, such as the epoch; by default that of the run.

    Raises:
        BadInput: The record has no test images, or no run has been started.
        ImportError: The package is not installed.
    """
    wandb = _package("wandb")
    target = wandb.run if run is None else run
    if target is None:
        raise BadInput("to_wandb: found no run, allowed: after wandb.init(), or run=...")
    summary = _summary(record)
    content: dict[str, Any] = dict(summary.numbers)
    content[f"{record.name}/cctm"] = wandb.Image(_picture(summary.figure))
    content[f"{record.name}/pairs"] = wandb.Table(dataframe=summary.pairs)
    target.log(content, step=step)


def to_tensorboard(record: Record, writer: Any, *, step: int | None = None) -> None:
    """Log a record to TensorBoard.

    Args:
        record: The record, with test images.
        writer: A `torch.utils.tensorboard.SummaryWriter`.
        step: The step, such as the epoch.

    Raises:
        BadInput: The record has no test images, or `writer` is no SummaryWriter.
        ImportError: The package is not installed.
    """
    _package("tensorboard")
    if not hasattr(writer, "add_figure"):
        raise BadInput(
            f"writer: found {type(writer).__name__}, allowed: a SummaryWriter of "
            "torch.utils.tensorboard"
        )
    summary = _summary(record)
    for name, value in summary.numbers.items():
        writer.add_scalar(name, value, step)
    writer.add_figure(f"{record.name}/cctm", summary.figure, step)
    writer.add_text(f"{record.name}/pairs", _markdown(summary.pairs), step)


def to_mlflow(record: Record, *, step: int | None = None) -> None:
    """Log a record to the active run of MLflow, or to a new one.

    Args:
        record: The record, with test images.
        step: The step, such as the epoch. The figure and the table of a later step replace those of
            an earlier one.

    Raises:
        BadInput: The record has no test images.
        ImportError: The package is not installed.
    """
    mlflow = _package("mlflow")
    summary = _summary(record)
    mlflow.log_metrics(summary.numbers, step=step)
    mlflow.log_figure(summary.figure, f"{record.name}/cctm.png")
    mlflow.log_text(summary.pairs.to_csv(index=False), f"{record.name}/pairs.csv")


def _package(name: str) -> Any:
    """Import an optional package; without it, raise `ImportError` that names its extra."""
    try:
        return import_module(name)
    except ModuleNotFoundError as error:
        message = extras.hint(error)
        if message is None:
            raise
        raise ImportError(message, name=error.name) from error


def _picture(figure: "Figure") -> Image.Image:
    """A figure as a picture."""
    from interference.reporting.figures import theme

    return Image.open(BytesIO(theme.to_png(figure)))


def _summary(record: Record) -> Summary:
    """The test results of the last epoch of a record."""
    from interference.reporting.figures import cctm as heat_maps
    from interference.reporting.figures.labels import with_short_labels

    tables = tables_by_kind([record])["cctm"]
    if record.name not in tables:
        raise BadInput(f"{record.name}: no test images, allowed: a record with images of test")
    table = tables[record.name]
    pairs = _pairs(table)
    numbers = {
        f"{record.name}/accuracy": float(confusion.accuracy(by_epoch.test_counts(table))),
    }
    if len(pairs):
        numbers[f"{record.name}/most_confused_pair"] = float(pairs["rate"].iloc[0])
    return Summary(numbers, heat_maps.heat_maps([with_short_labels(table)]), pairs)


def _pairs(table: Table) -> pd.DataFrame:
    """The most confused pairs of a cctm table, with their intervals."""
    counts = by_epoch.test_counts(table)
    low, high = statistics.pair_intervals(counts)
    labels = table.classes.labels
    rows = []
    for first, second, rate in confusion.ranked_pairs(confusion.cctm(counts), PAIRS):
        if rate > 0:
            rows.append(
                {
                    "class_1": labels[first],
                    "class_2": labels[second],
                    "rate": 100 * rate,
                    "low": 100 * float(low[first, second]),
                    "high": 100 * float(high[first, second]),
                }
            )
    return pd.DataFrame(rows, columns=["class_1", "class_2", "rate", "low", "high"])


def _markdown(pairs: pd.DataFrame) -> str:
    """The pairs as a table of Markdown."""
    lines = ["| pair | both ways, % | 95 % |", "|---|---|---|"]
    for row in pairs.to_dict("records"):
        names = (str(row[name]).replace("|", "\\|") for name in ("class_1", "class_2"))
        lines.append(
            f"| {' / '.join(names)} | {row['rate']:.1f} | {row['low']:.1f} to {row['high']:.1f} |"
        )
    return "\n".join(lines)
