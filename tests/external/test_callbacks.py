"""A claim a test: what stands in the tables is what Lightning's and Hugging Face's own loops predicted, epoch by epoch.

Each module keeps a log of all that it says; the tables are held against plain counts of the log.
"""

from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
import transformers
from lightning import LightningModule, Trainer, seed_everything
from lightning.pytorch.callbacks import ModelCheckpoint
from torch import nn
from torch.nn.functional import cross_entropy
from torch.utils.data import DataLoader, Dataset, TensorDataset

from interference import confusion
from interference.confusion import by_epoch
from interference.errors import BadInput
from interference.external.lightning_callback import LightningCounts, step_predictions
from interference.external.trainer_callback import TrainerCounts
from interference.io import tables
from interference.reporting import figures

NAMES = ["ant", "bee", "cat"]
SIZES = {"train": 23, "validation": 11}
BATCH = 5  # divides neither

pytestmark = [
    pytest.mark.slow,  # trains with Lightning and Trainer
    pytest.mark.filterwarnings(
        "ignore:.*LeafSpec.* is deprecated:FutureWarning"
    ),  # Lightning's own call of torch
    pytest.mark.filterwarnings("ignore:.*does not have many workers"),  # a few numbers need none
]


def data(split: str) -> TensorDataset:
    """Numbers (n, 4) and classes (n,) of unequal sizes."""
    generator = torch.Generator().manual_seed(len(split))
    labels = torch.arange(SIZES[split]) % 6 // 2 % 3 * (torch.arange(SIZES[split]) % 5 > 0)
    return TensorDataset(torch.randn(len(labels), 4, generator=generator) + labels[:, None], labels)


class Log(list):
    """What was said, a batch an entry: split, logits, labels."""

    def cells(self, split: str, first: int, last: int) -> tuple[np.ndarray, np.ndarray]:
        """Plain counts and summed losses of a split's batches `first` to `last`."""
        logits, labels = (
            torch.cat(part)
            for part in zip(
                *[batch for name, *batch in self if name == split][first:last], strict=True
            )
        )
        losses = cross_entropy(logits.double(), labels, reduction="none")
        return confusion.cells(labels.numpy(), logits.argmax(1).numpy(), losses.numpy(), 3)


def holds(
    folder: Path,
    log: Log,
    epochs: int,
    split: str = "train_online",
    batches: int = 5,
    start: int = 0,
) -> None:
    """The counts table holds exactly the epochs from `start` to `epochs` of a split, as they were logged."""
    found = tables.read(folder / "counts" / "mine.parquet", "counts")
    own = found.frame[found.frame["split"] == split]
    assert sorted(own["epoch"].unique()) == list(range(start + 1, epochs + 1))
    for epoch in range(start, epochs):
        counts, losses = log.cells(split, batches * (epoch - start), batches * (epoch - start + 1))
        rows = own[own["epoch"] == epoch + 1]
        assert np.array_equal(confusion.from_frame(rows, 3), counts)
        np.testing.assert_allclose(
            confusion.from_frame(rows, 3, value="loss_sum"), losses, rtol=1e-5, atol=1e-6
        )


def recorded(folder: Path, split: str) -> list[int]:
    frame = tables.read(folder / "counts" / "mine.parquet", "counts").frame
    return sorted(frame[frame["split"] == split]["epoch"].unique())


# Lightning


class Module(LightningModule):
    def __init__(self) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.net, self.log_of = nn.Linear(4, 3), Log()

    def training_step(self, batch: Any) -> dict[str, torch.Tensor]:
        return self.said("train_online", batch)

    def validation_step(self, batch: Any) -> dict[str, torch.Tensor]:
        return self.said("sanity" if self.trainer.sanity_checking else "test", batch)

    def said(self, split: str, batch: Any) -> dict[str, torch.Tensor]:
        logits = self.net(batch[0])
        self.log_of.append((split, logits.detach().clone(), batch[1]))
        return {"loss": cross_entropy(logits, batch[1]), "logits": logits}

    def configure_optimizers(self) -> torch.optim.Optimizer:
        return torch.optim.SGD(self.parameters(), 0.1)


def loaders() -> dict[str, DataLoader]:
    return {
        "train_dataloaders": DataLoader(data("train"), BATCH, shuffle=True),
        "val_dataloaders": DataLoader(data("validation"), BATCH),
    }


def lightning(*callbacks: Any, **options: Any) -> Trainer:
    quiet = {
        "logger": False,
        "enable_progress_bar": False,
        "enable_model_summary": False,
        "accelerator": "cpu",
    }
    return Trainer(
        callbacks=list(callbacks),
        **({"max_epochs": 3, "enable_checkpointing": False} | quiet | options),
    )


def test_lightning_counts_are_those_of_the_predictions_of_every_step(tmp_path: Path):
    module = Module()
    lightning(LightningCounts(tmp_path, "mine", NAMES)).fit(module, **loaders())
    assert "sanity" in {split for split, *_ in module.log_of}
    holds(tmp_path, module.log_of, 3)
    holds(tmp_path, module.log_of, 3, "test", 3)
    final = tables.read(tmp_path / "cctm" / "mine.parquet", "cctm")
    assert final.classes.labels == tuple(NAMES)
    assert np.array_equal(by_epoch.test_counts(final), module.log_of.cells("test", 6, 9)[0])
    assert "lightning" in final.meta["made_by"]


def test_the_tables_of_a_loop_become_figures(tmp_path: Path):
    lightning(LightningCounts(tmp_path, "mine", NAMES)).fit(Module(), **loaders())
    found = {kind: tables.read_folder(tmp_path / kind, kind) for kind in ("counts", "cctm")}
    assert {"cctm-given", "recall", "curves", "notes-mine"} <= {
        name for name, _ in figures.draw(**found)
    }
    assert by_epoch.training_counts(found["counts"]["mine"], "train_online")[1].shape == (3, 3, 3)


@pytest.mark.filterwarnings("ignore:You defined a `validation_step` but have no")
def test_a_lightning_run_without_validation_has_training_counts_alone(tmp_path: Path):
    module = Module()
    lightning(LightningCounts(tmp_path, "mine", NAMES)).fit(module, loaders()["train_dataloaders"])
    holds(tmp_path, module.log_of, 3)
    assert not (tmp_path / "cctm").exists()
    found = {"counts": tables.read_folder(tmp_path / "counts", "counts")}
    assert "notes-mine" in {name for name, _ in figures.draw(**found)}


class Stop(Exception):
    """Something that ends a training."""


def keep(folder: Path) -> ModelCheckpoint:
    """Lightning's own checkpoints, after every epoch."""
    return ModelCheckpoint(folder / "kept", save_last=True)


@pytest.mark.filterwarnings("ignore:Checkpoint directory .* exists and is not empty")
def test_an_interrupted_lightning_run_leaves_its_finished_epochs_and_a_resumed_one_goes_on(
    tmp_path: Path,
):
    class Fails(Module):
        def training_step(self, batch: Any) -> dict[str, torch.Tensor]:
            if self.trainer.global_step == 12:
                raise Stop
            return super().training_step(batch)

    first, then = Fails(), Module()
    seed_everything(0, verbose=False)
    with pytest.raises(Stop):
        lightning(
            LightningCounts(tmp_path, "mine", NAMES),
            keep(tmp_path),
            enable_checkpointing=True,
            max_epochs=5,
        ).fit(first, **loaders())
    holds(tmp_path, first.log_of, 2)
    lightning(
        LightningCounts(tmp_path, "mine", NAMES),
        keep(tmp_path),
        enable_checkpointing=True,
        max_epochs=4,
    ).fit(then, **loaders(), ckpt_path=tmp_path / "kept" / "last.ckpt")
    first.log_of[:] = [entry for entry in first.log_of if entry[0] == "train_online"][:10]
    holds(
        tmp_path,
        Log(first.log_of + [entry for entry in then.log_of if entry[0] == "train_online"]),
        4,
    )


def test_a_lightning_run_from_the_start_forgets_the_one_before(tmp_path: Path):
    lightning(LightningCounts(tmp_path, "mine", NAMES)).fit(Module(), **loaders())
    module = Module()
    lightning(LightningCounts(tmp_path, "mine", NAMES), max_epochs=2).fit(module, **loaders())
    holds(tmp_path, module.log_of, 2)


def test_an_epoch_that_stops_in_its_middle_has_no_training_counts(tmp_path: Path):
    module = Module()
    lightning(LightningCounts(tmp_path, "mine", NAMES), max_steps=8, max_epochs=-1).fit(
        module, **loaders()
    )
    holds(tmp_path, module.log_of, 1)


@pytest.mark.filterwarnings("ignore:Checkpoint directory .* exists and is not empty")
@pytest.mark.filterwarnings(
    "ignore:You're resuming from a checkpoint that ended before the epoch ended"
)
def test_an_epoch_that_lightning_takes_up_in_its_middle_has_no_training_counts(tmp_path: Path):
    def train(**options: Any) -> Trainer:
        every = ModelCheckpoint(tmp_path / "kept", every_n_train_steps=7, save_last=True)
        return lightning(
            LightningCounts(tmp_path, "mine", NAMES), every, enable_checkpointing=True, **options
        )

    train(max_steps=8, max_epochs=-1).fit(Module(), **loaders())
    train().fit(Module(), **loaders(), ckpt_path=tmp_path / "kept" / "last.ckpt")
    assert recorded(tmp_path, "train_online") == [1, 3]
    assert recorded(tmp_path, "test") == [1, 2, 3]


def test_of_several_validations_in_an_epoch_the_last_stays(tmp_path: Path):
    module = Module()
    lightning(LightningCounts(tmp_path, "mine", NAMES), val_check_interval=2, max_epochs=1).fit(
        module, **loaders()
    )
    found = tables.read(tmp_path / "counts" / "mine.parquet", "counts").frame
    last = confusion.from_frame(found[found["split"] == "test"], 3)
    assert np.array_equal(last, module.log_of.cells("test", 3, 6)[0])


def test_a_step_that_shows_no_logits_is_told_before_the_training(tmp_path: Path):
    class Silent(Module):
        def validation_step(self, batch: Any) -> None:
            return None

    with pytest.raises(
        BadInput, match="no 'logits' in what training_step or validation_step returned"
    ):
        lightning(LightningCounts(tmp_path, "mine", NAMES, strict=True)).fit(Silent(), **loaders())
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("names", [NAMES[:2], [*NAMES, "dog"]])
def test_lightning_logits_of_another_number_of_classes_are_told_at_the_first_batch(
    tmp_path: Path, names: list[str]
):
    module = Module()
    with pytest.raises(
        BadInput, match=f"^classes: found {len(names)} names, allowed: 3, one for each of the"
    ):
        lightning(LightningCounts(tmp_path, "mine", names, strict=True)).fit(module, **loaders())
    assert [split for split, *_ in module.log_of].count("train_online") == 1
    assert not list(tmp_path.iterdir())


def test_a_lightning_epoch_with_logits_that_are_not_finite_is_refused_and_leaves_those_before(
    tmp_path: Path,
):
    class Diverges(Module):
        def training_step(self, batch: Any) -> dict[str, torch.Tensor]:
            if self.trainer.global_step == 12:
                batch[0][1] = torch.nan
            return super().training_step(batch)

    module = Diverges()
    with pytest.raises(BadInput, match="of 23 images with logits that are not finite"):
        lightning(LightningCounts(tmp_path, "mine", NAMES, strict=True), limit_val_batches=0).fit(
            module, **loaders()
        )
    holds(tmp_path, module.log_of, 2)


def own_warnings(warned: Any) -> int:
    """The number of warnings that are not Lightning's."""
    texts = [str(warning.message) for warning in warned]
    return sum("ConfusionCounts" in text or "counts of mine" in text for text in texts)


def online(folder: Path) -> np.ndarray:
    """The training counts of the first epoch."""
    found = tables.read(folder / "counts" / "mine.parquet", "counts").frame
    rows = found[(found["split"] == "train_online") & (found["epoch"] == 1)]
    return confusion.from_frame(rows, 3)


def test_a_target_that_pytorch_ignores_is_left_out_and_told_once(tmp_path: Path):
    class Ignores(Module):
        def training_step(self, batch: Any) -> dict[str, torch.Tensor]:
            batch[1][0] = -100
            return super().training_step(batch)

    counts = LightningCounts(tmp_path, "mine", NAMES)
    with pytest.warns(UserWarning, match="5 images with target -100 are left out") as told:
        lightning(counts, max_epochs=2).fit(Ignores(), **loaders())
    assert own_warnings(told) == 1
    assert online(tmp_path).sum() == 23 - 5


def test_a_training_step_that_is_skipped_is_skipped(tmp_path: Path):
    class Skips(Module):
        def training_step(self, batch: Any) -> dict[str, torch.Tensor] | None:
            given = super().training_step(batch)
            return None if len(batch[1]) < BATCH else given

    counts = LightningCounts(tmp_path, "mine", NAMES, strict=True)
    with pytest.warns(UserWarning, match="returned `None`"):  # Lightning's own
        lightning(counts, max_epochs=1).fit(Skips(), **loaders())
    assert online(tmp_path).sum() == 20


def test_soft_targets_count_for_their_largest_class_and_that_is_told_once(tmp_path: Path):
    class Smooth(Module):
        def training_step(self, batch: Any) -> dict[str, torch.Tensor]:
            given = super().training_step(batch)
            batch[1] = 0.9 * nn.functional.one_hot(batch[1], 3) + 0.1 / 3
            return given

    module = Smooth()
    with pytest.warns(UserWarning, match="an image counts for the class with the largest") as told:
        lightning(LightningCounts(tmp_path, "mine", NAMES), max_epochs=2).fit(module, **loaders())
    assert own_warnings(told) == 1
    holds(tmp_path, module.log_of, 2)


def test_masked_logits_are_counted_and_their_losses_are_those_of_pytorch(tmp_path: Path):
    class Masks(Module):
        def said(self, split: str, batch: Any) -> dict[str, torch.Tensor]:
            batch[1].clamp_(max=1)
            logits = self.net(batch[0]) + torch.tensor([0, 0, -torch.inf])
            self.log_of.append((split, logits.detach().clone(), batch[1]))
            return {"loss": cross_entropy(logits, batch[1]), "logits": logits}

    module = Masks()
    lightning(LightningCounts(tmp_path, "mine", NAMES), max_epochs=2).fit(module, **loaders())
    holds(tmp_path, module.log_of, 2)


def test_images_without_finite_logits_are_left_out_and_told_once(tmp_path: Path):
    class Diverges(Module):
        def training_step(self, batch: Any) -> dict[str, torch.Tensor]:
            given = super().training_step(batch)
            logits = given["logits"].detach().clone()
            logits[0, 1] = torch.nan
            return {"loss": given["loss"], "logits": logits}

    with pytest.warns(UserWarning, match="5 of 23 images with logits that are not finite") as told:
        lightning(LightningCounts(tmp_path, "mine", NAMES), max_epochs=2).fit(
            Diverges(), **loaders()
        )
    assert own_warnings(told) == 1
    assert online(tmp_path).sum() == 23 - 5


@pytest.mark.parametrize("key", ["labels", "label", "targets", "target", "y"])
def test_a_batch_may_be_a_dict(key: str):
    logits, targets = torch.zeros(2, 3), torch.tensor([0, 1])
    assert step_predictions({"logits": logits}, {"x": logits, key: targets}) == (logits, targets)


@pytest.mark.parametrize(
    ("outputs", "batch", "message"),
    [
        ({"loss": 0}, (0, torch.zeros(2)), r"no 'logits' in what .* returned \(dict with loss\)"),
        ({"logits": 0}, {"x": 0, "z": 1}, "no targets in a dict with x, z, allowed"),
        ({"logits": 0}, (0, ["a"]), "no targets in a tuple with list in second place"),
        ({"logits": 0}, torch.zeros(2), "no targets in a Tensor"),
    ],
)
def test_a_step_that_shows_too_little_is_told_its_true_cause(outputs, batch, message: str):
    with pytest.raises(BadInput, match=message):
        step_predictions(outputs, batch)


@pytest.mark.parametrize(
    "find",
    [
        lambda outputs, batch: (outputs["nothing"], batch[1]),
        lambda outputs, batch: (outputs["logits"], batch[1].float()),
        lambda outputs, batch: (outputs["logits"][:, :2], batch[1]),
        lambda outputs, batch: None,
    ],
)
def test_no_batch_that_cannot_be_counted_ends_a_lightning_training(tmp_path: Path, find: Callable):
    counts = LightningCounts(tmp_path, "mine", NAMES, predictions=find)
    trainer = lightning(counts)
    with pytest.warns(UserWarning, match="counts of mine: .* and the training goes on"):
        trainer.fit(Module(), **loaders())
    assert trainer.current_epoch == 3
    assert not list(tmp_path.iterdir())


class LossOnly(Module):
    """A module as people write it: its steps return the loss."""

    def forward(self, inputs: torch.Tensor) -> torch.Tensor:
        return self.net(inputs)

    def training_step(self, batch: Any) -> torch.Tensor:
        return self.logged_loss("train_online", batch, self(batch[0]))

    def validation_step(self, batch: Any) -> None:
        self.logged_loss("test", batch, self(batch[0]))

    def logged_loss(self, split: str, batch: Any, logits: torch.Tensor) -> torch.Tensor:
        if not self.trainer.sanity_checking:
            self.log_of.append((split, logits.detach().clone(), batch[1]))
        return cross_entropy(logits, batch[1])


class CallsALayer(LossOnly):
    """Its steps call a layer, not the module."""

    def training_step(self, batch: Any) -> torch.Tensor:
        return self.logged_loss("train_online", batch, self.net(batch[0]))

    def validation_step(self, batch: Any) -> None:
        self.logged_loss("test", batch, self.net(batch[0]))


@pytest.mark.parametrize(
    ("module", "layer"), [(LossOnly, ""), (LossOnly, "net"), (CallsALayer, "net")]
)
def test_steps_that_return_the_loss_are_counted_by_the_logits_that_they_used(
    tmp_path: Path, module: type[LossOnly], layer: str
):
    counted, plain = module(), module()
    seed_everything(0, verbose=False)
    lightning(LightningCounts(tmp_path, "mine", NAMES, strict=True, logits=layer)).fit(
        counted, **loaders()
    )
    holds(tmp_path, counted.log_of, 3)
    holds(tmp_path, counted.log_of, 3, "test", 3)
    seed_everything(0, verbose=False)
    lightning().fit(plain, **loaders())
    assert torch.equal(counted.net.weight, plain.net.weight)  # the training is the same


@pytest.mark.parametrize("fails", [False, True])
def test_the_module_has_no_hook_after_a_training(tmp_path: Path, fails: bool):
    class Fails(LossOnly):
        def training_step(self, batch: Any) -> torch.Tensor:
            if fails and self.trainer.global_step == 7:
                raise Stop
            return super().training_step(batch)

    module = Fails()
    with pytest.raises(Stop) if fails else nullcontext():
        lightning(LightningCounts(tmp_path, "mine", NAMES)).fit(module, **loaders())
    assert not module._forward_hooks


def test_a_step_that_never_calls_the_module_is_told_what_to_write(tmp_path: Path):
    trainer = lightning(LightningCounts(tmp_path, "mine", NAMES))
    with pytest.warns(UserWarning, match="counts of mine") as told:
        trainer.fit(CallsALayer(), **loaders())
    texts = [str(warning.message) for warning in told if "counts of mine" in str(warning.message)]
    assert len(texts) == 2  # of the validation, and of the training
    assert all("and 0 calls of self(inputs) that gave logits" in text for text in texts)
    assert all("LightningCounts(..., logits='net')" in text for text in texts)
    assert trainer.current_epoch == 3
    assert not list(tmp_path.iterdir())


def test_a_step_that_calls_the_module_twice_is_not_counted(tmp_path: Path):
    class Twice(LossOnly):
        def training_step(self, batch: Any) -> torch.Tensor:
            self(batch[0])
            return super().training_step(batch)

    module = Twice()
    with pytest.warns(UserWarning, match=r"2 calls of self\(inputs\) .* are not counted"):
        lightning(LightningCounts(tmp_path, "mine", NAMES)).fit(module, **loaders())
    assert recorded(tmp_path, "train_online") == []
    holds(tmp_path, module.log_of, 3, "test", 3)


def test_an_unknown_layer_is_told_before_the_training_and_does_not_end_it(tmp_path: Path):
    said = "logits: found 'head', allowed: the name of a layer of the module: net"
    trainer = lightning(LightningCounts(tmp_path, "mine", NAMES, logits="head"))
    with pytest.warns(UserWarning, match="counts of mine") as told:
        trainer.fit(LossOnly(), **loaders())
    assert str(told[0].message).startswith(f"counts of mine: {said}")
    assert trainer.current_epoch == 3
    strict = LightningCounts(tmp_path, "mine", NAMES, logits="head", strict=True)
    with pytest.raises(BadInput, match=said):
        lightning(strict).fit(LossOnly(), **loaders())


def test_a_full_disk_does_not_end_a_training(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    def fail(*arguments: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(tables, "write", fail)
    trainer = lightning(LightningCounts(tmp_path, "mine", NAMES))
    with pytest.warns(UserWarning, match="cannot be written .*No space left.* goes on") as told:
        trainer.fit(Module(), **loaders())
    assert (trainer.current_epoch, own_warnings(told)) == (3, 1)


def test_no_batch_that_cannot_be_counted_ends_a_training_of_trainer(tmp_path: Path):
    trainer = hugging_face(Model(), tmp_path, eval_strategy="no")
    trainer.train_dataset.data.tensors[0][4] = torch.nan
    with pytest.warns(UserWarning, match="of 23 images with logits that are not finite"):
        trainer.train()
    assert trainer.state.epoch == 3


def test_predictions_are_found_where_the_user_says(tmp_path: Path):
    class Other(Module):
        def said(self, split: str, batch: Any) -> dict[str, torch.Tensor]:
            given = super().said(split, batch)
            return {"loss": given["loss"], "classes": given["logits"].argmax(1)}

    module = Other()
    counts = LightningCounts(
        tmp_path, "mine", NAMES, predictions=lambda outputs, batch: (outputs["classes"], batch[1])
    )
    lightning(counts, max_epochs=1).fit(module, **loaders())
    found = tables.read(tmp_path / "counts" / "mine.parquet", "counts").frame
    own = found[found["split"] == "test"]
    assert np.array_equal(confusion.from_frame(own, 3), module.log_of.cells("test", 0, 3)[0])
    assert own[own["count"] > 0]["loss_sum"].isna().all()


# Hugging Face's Trainer


class Model(nn.Module):
    """What Trainer asks of a model: labels in, loss and logits out."""

    def __init__(self) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.net, self.log_of, self.fails_at = nn.Linear(4, 3), Log(), -1

    def forward(
        self, x: torch.Tensor, labels: torch.Tensor | None = None
    ) -> dict[str, torch.Tensor]:
        logits = self.net(x)
        if (
            self.training
            and len([1 for split, *_ in self.log_of if split == "train_online"]) == self.fails_at
        ):
            raise Stop
        assert labels is not None
        self.log_of.append(
            ("train_online" if self.training else "test", logits.detach().clone(), labels)
        )
        return {"loss": cross_entropy(logits, labels), "logits": logits}


class Rows(Dataset):
    def __init__(self, split: str) -> None:
        self.data = data(split)

    def __len__(self) -> int:
        return len(self.data)

    def __getitem__(self, place: int) -> dict[str, torch.Tensor]:
        inputs, label = self.data[place]
        return {"x": inputs, "labels": label}


def hugging_face(
    model: nn.Module,
    folder: Path,
    compute_metrics: Callable | None = None,
    strict: bool = False,
    **options: Any,
) -> transformers.Trainer:
    settings = {
        "eval_strategy": "epoch",
        "save_strategy": "no",
        "num_train_epochs": 3,
        "report_to": [],
        "use_cpu": True,
        "per_device_train_batch_size": BATCH,
        "per_device_eval_batch_size": BATCH,
        "disable_tqdm": True,
        "dataloader_pin_memory": False,
        "logging_strategy": "no",
        "learning_rate": 0.1,
    }
    arguments = transformers.TrainingArguments(str(folder / "kept"), **(settings | options))
    return transformers.Trainer(
        model,
        arguments,
        train_dataset=Rows("train"),
        eval_dataset=Rows("validation"),
        callbacks=[TrainerCounts(folder, "mine", NAMES, strict=strict)],
        compute_metrics=compute_metrics,
    )


def test_trainer_counts_are_those_of_the_predictions_of_every_step(tmp_path: Path):
    model, evaluated = Model(), list[np.ndarray]()

    def compute_metrics(said: transformers.EvalPrediction) -> dict[str, float]:
        evaluated.append(confusion.counts(said.label_ids, said.predictions.argmax(1), 3))
        return {}

    hugging_face(model, tmp_path, compute_metrics).train()
    holds(tmp_path, model.log_of, 3)
    holds(tmp_path, model.log_of, 3, "test", 3)
    recorded = by_epoch.training_counts(
        tables.read(tmp_path / "counts" / "mine.parquet", "counts"), "test"
    )[1]
    assert np.array_equal(recorded, evaluated)  # what Trainer itself gathers
    final = tables.read(tmp_path / "cctm" / "mine.parquet", "cctm")
    assert np.array_equal(by_epoch.test_counts(final), evaluated[-1])
    assert "transformers" in final.meta["made_by"]


def test_a_model_of_transformers_is_counted_as_it_is(tmp_path: Path):
    config = transformers.ViTConfig(
        hidden_size=8,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=8,
        image_size=4,
        patch_size=2,
        num_channels=1,
        num_labels=3,
    )
    model, evaluated = transformers.ViTForImageClassification(config), list[np.ndarray]()

    class Images(Rows):
        def __getitem__(self, place: int) -> dict[str, torch.Tensor]:
            inputs, label = self.data[place]
            return {"pixel_values": inputs.repeat(4, 1)[None], "labels": label}

    def compute_metrics(said: transformers.EvalPrediction) -> dict[str, float]:
        evaluated.append(confusion.counts(said.label_ids, said.predictions.argmax(1), 3))
        return {}

    trainer = hugging_face(model, tmp_path, compute_metrics, num_train_epochs=2)
    trainer.train_dataset, trainer.eval_dataset = Images("train"), Images("validation")
    trainer.train()
    table = tables.read(tmp_path / "counts" / "mine.parquet", "counts")
    assert np.array_equal(by_epoch.training_counts(table, "test")[1], evaluated)
    assert by_epoch.training_counts(table, "train_online")[1].sum((1, 2)).tolist() == [23, 23]


def test_an_interrupted_trainer_leaves_its_finished_epochs_and_a_resumed_one_goes_on(
    tmp_path: Path,
):
    first, then = Model(), Model()
    first.fails_at = 12
    with pytest.raises(Stop):
        hugging_face(first, tmp_path, save_strategy="epoch", num_train_epochs=4).train()
    holds(tmp_path, first.log_of, 2)
    hugging_face(then, tmp_path, save_strategy="epoch", num_train_epochs=4).train(
        resume_from_checkpoint=True
    )
    first.log_of[:] = [entry for entry in first.log_of if entry[0] == "train_online"][:10]
    holds(tmp_path, Log(first.log_of + then.log_of), 4)


def test_an_epoch_that_trainer_takes_up_in_its_middle_has_no_training_counts(tmp_path: Path):
    model = Model()
    hugging_face(Model(), tmp_path, save_strategy="steps", save_steps=7, max_steps=8).train()
    assert recorded(tmp_path, "train_online") == [1]
    hugging_face(model, tmp_path, save_strategy="no", num_train_epochs=3).train(
        resume_from_checkpoint=str(tmp_path / "kept" / "checkpoint-7")
    )
    assert recorded(tmp_path, "train_online") == [1, 3]
    assert recorded(tmp_path, "test") == [1, 2, 3]


def test_trainer_logits_of_another_number_of_classes_are_told_at_the_first_batch(tmp_path: Path):
    trainer, counts = (
        hugging_face(Model(), tmp_path),
        TrainerCounts(tmp_path, "mine", [*NAMES, "dog"], strict=True),
    )
    trainer.callback_handler.callbacks[-1:] = [counts]
    with pytest.raises(
        BadInput, match=r"^classes: found 4 names, allowed: 3, one for each of the net's logits$"
    ):
        trainer.train()
    assert not (tmp_path / "counts").exists()


def test_a_trainer_epoch_with_logits_that_are_not_finite_is_refused(tmp_path: Path):
    trainer = hugging_face(Model(), tmp_path, eval_strategy="no", strict=True)
    trainer.train_dataset.data.tensors[0][4] = torch.nan
    with pytest.raises(BadInput, match="of 23 images with logits that are not finite"):
        trainer.train()
    assert not (tmp_path / "counts").exists()


def test_evaluations_outside_the_training_are_not_counted(tmp_path: Path):
    model = Model()
    trainer = hugging_face(model, tmp_path, num_train_epochs=1, eval_on_start=True)
    trainer.evaluate()
    trainer.train()
    before = (tmp_path / "counts" / "mine.parquet").read_bytes()
    trainer.evaluate()
    assert (tmp_path / "counts" / "mine.parquet").read_bytes() == before
    assert recorded(tmp_path, "test") == [1]
    holds(tmp_path, Log([entry for entry in model.log_of if entry[0] == "test"][6:9]), 1, "test", 3)
    assert not model._forward_hooks


def test_labels_that_never_reach_the_model_are_told_at_the_first_step(tmp_path: Path):
    class Tolerant(Model):
        def forward(
            self, x: torch.Tensor, labels: torch.Tensor | None = None
        ) -> dict[str, torch.Tensor]:
            return {"logits": self.net(x)}

    trainer = hugging_face(Tolerant(), tmp_path, strict=True)
    trainer.compute_loss_func = lambda outputs, labels, **_: cross_entropy(
        outputs["logits"], labels
    )
    with pytest.raises(BadInput, match="the model was called without 'labels'"):
        trainer.train()


@pytest.mark.parametrize("answer", [{"loss": torch.zeros(())}, (torch.zeros(()),), torch.zeros(())])
def test_a_model_that_gives_no_logits_is_told_at_the_first_step(tmp_path: Path, answer: Any):
    class Mute(Model):
        def forward(self, x: torch.Tensor, labels: torch.Tensor | None = None) -> Any:
            return answer

    with pytest.raises(
        BadInput, match=f"no 'logits' in the {type(answer).__name__} that the model gave"
    ):
        hugging_face(Mute(), tmp_path, strict=True).train()


# Both


@pytest.fixture(params=[LightningCounts, TrainerCounts])
def made(request: pytest.FixtureRequest) -> Callable[..., Any]:
    return request.param


def test_a_name_that_names_no_file_is_refused(made: Callable[..., Any], tmp_path: Path):
    with pytest.raises(BadInput, match="name: found 'a/b', allowed"):
        made(tmp_path, "a/b", NAMES)


def test_classes_that_differ_in_signs_alone_are_counted_apart(
    made: Callable[..., Any], tmp_path: Path
):
    assert made(tmp_path, "mine", ["C", "C++", "<=50K", ">50K"]).counting.classes.keys == (
        "c",
        "c_2",
        "50k",
        "50k_2",
    )


@pytest.mark.filterwarnings("ignore:Checkpoint directory .* exists and is not empty")
def test_a_table_of_other_classes_is_not_taken_up(tmp_path: Path):
    lightning(
        LightningCounts(tmp_path, "mine", ["x", "y", "z"]),
        keep(tmp_path),
        enable_checkpointing=True,
        max_epochs=1,
    ).fit(Module(), **loaders())
    with pytest.raises(BadInput, match="classes x, y, z, expected ant, bee, cat"):
        lightning(
            LightningCounts(tmp_path, "mine", NAMES), keep(tmp_path), enable_checkpointing=True
        ).fit(Module(), **loaders(), ckpt_path=tmp_path / "kept" / "last.ckpt")


@pytest.mark.parametrize("shuffled", [False, True])
def test_validation_images_are_kept_with_their_confidence_unless_they_are_shuffled(
    tmp_path: Path, shuffled: bool
):
    module = Module()
    counts = LightningCounts(tmp_path, "mine", NAMES)
    trainer = Trainer(
        callbacks=[counts],
        max_epochs=2,
        accelerator="cpu",
        logger=False,
        enable_checkpointing=False,
        enable_progress_bar=False,
        enable_model_summary=False,
        log_every_n_steps=1,
    )
    validation = DataLoader(data("validation"), BATCH, shuffle=shuffled)
    with pytest.warns(UserWarning, match="shuffling enabled") if shuffled else nullcontext():
        trainer.fit(module, DataLoader(data("train"), BATCH), validation)
    path = tmp_path / "predictions" / "mine.parquet"
    assert path.exists() is not shuffled
    if not shuffled:
        frame = tables.read(path, "predictions").frame
        last = [logits for split, logits, _ in module.log_of if split == "test"][-3:]
        probabilities = torch.cat(last).softmax(1)
        assert frame["index"].tolist() == list(range(SIZES["validation"]))
        assert frame["confidence"].tolist() == pytest.approx(probabilities.max(1).values.tolist())
        assert frame["second"].tolist() == probabilities.argsort(1)[:, 1].tolist()
