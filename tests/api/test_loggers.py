"""Records in Weights & Biases, TensorBoard and MLflow: each real package, without a network."""

import json
import sys
from pathlib import Path

import pytest

from interference import to_mlflow, to_tensorboard, to_wandb
from interference.api import loggers
from interference.errors import BadInput
from interference.external.record import Record
from tests.two_runs import records

NUMBERS = {"old/accuracy": 100 * 125 / 140, "old/most_confused_pair": 25.0}


@pytest.fixture
def record() -> Record:
    old, _ = records("cow")
    return old


def test_the_summary_names_the_accuracy_and_the_pairs_with_their_intervals(record: Record):
    summary = loggers._summary(record)
    assert summary.numbers == pytest.approx(NUMBERS)
    (row,) = summary.pairs.to_dict("records")
    assert (row["class_1"], row["class_2"], row["rate"]) == ("cat", "dog", 25)
    assert row["low"] < 25 < row["high"]
    assert summary.figure.axes


def test_a_record_without_test_images_is_refused():
    with pytest.raises(BadInput, match="empty: no test images"):
        loggers._summary(Record("empty", records("cow")[0].classes))


@pytest.mark.parametrize("name", ["wandb", "tensorboard", "mlflow"])
def test_a_missing_package_is_named_with_its_extra(
    record: Record, name: str, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setitem(sys.modules, name, None)
    log = {"wandb": to_wandb, "tensorboard": to_tensorboard, "mlflow": to_mlflow}[name]
    arguments = [None] if name == "tensorboard" else []
    with pytest.raises(ImportError, match=rf"install the extra '{name}' of interference"):
        log(record, *arguments)


@pytest.mark.tensorboard
@pytest.mark.filterwarnings("ignore")
def test_tensorboard_holds_the_numbers_the_figure_and_the_table(record: Record, tmp_path: Path):
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
    from torch.utils.tensorboard import SummaryWriter

    with SummaryWriter(tmp_path) as writer:
        to_tensorboard(record, writer, step=3)
    events = EventAccumulator(str(tmp_path)).Reload()
    for name, value in NUMBERS.items():
        (scalar,) = events.Scalars(name)
        assert (scalar.step, scalar.value) == (3, pytest.approx(value))
    (image,) = events.Images("old/cctm")
    assert image.encoded_image_string.startswith(b"\x89PNG")
    (text,) = events.Tensors("old/pairs/text_summary")
    assert b"cat / dog | 25.0" in text.tensor_proto.string_val[0]
    with pytest.raises(BadInput, match="writer: found str, allowed: a SummaryWriter"):
        to_tensorboard(record, "folder")


@pytest.mark.slow
@pytest.mark.mlflow
@pytest.mark.filterwarnings("ignore")
def test_mlflow_holds_the_numbers_the_figure_and_the_table(
    record: Record, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    import mlflow

    monkeypatch.setenv("MLFLOW_ALLOW_FILE_STORE", "true")
    mlflow.set_tracking_uri((tmp_path / "runs").as_uri())
    with mlflow.start_run() as run:
        to_mlflow(record, step=3)
    client = mlflow.tracking.MlflowClient()
    for name, value in NUMBERS.items():
        (metric,) = client.get_metric_history(run.info.run_id, name)
        assert (metric.step, metric.value) == (3, pytest.approx(value))
    (folder,) = tmp_path.rglob("artifacts/old")
    assert (folder / "cctm.png").read_bytes().startswith(b"\x89PNG")
    assert (folder / "pairs.csv").read_text().splitlines()[1].startswith("cat,dog,25.0,")


@pytest.mark.slow
@pytest.mark.wandb
@pytest.mark.filterwarnings("ignore")
def test_wandb_holds_the_numbers_the_figure_and_the_table(
    record: Record, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    import wandb

    monkeypatch.setenv("WANDB_DIR", str(tmp_path))
    with pytest.raises(BadInput, match="to_wandb: found no run"):
        to_wandb(record)
    with wandb.init(mode="offline", project="test", dir=str(tmp_path)) as run:
        to_wandb(record, step=3)
        run.log({"end": 1}, step=4)  # the numbers of a step are there when the next begins
        summary = dict(run.summary)
    assert {name: summary[name] for name in NUMBERS} == pytest.approx(NUMBERS)
    (picture,) = tmp_path.rglob("media/images/old/cctm*.png")
    assert picture.read_bytes().startswith(b"\x89PNG")
    (table,) = tmp_path.rglob("media/table/old/pairs*.json")
    assert json.loads(table.read_text())["data"][0][:3] == ["cat", "dog", 25]
