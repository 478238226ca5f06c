"""A claim a test: the metric's counts are those of all its images at once, however they came."""

import multiprocessing
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
import torch.distributed as dist
from torchmetrics import MetricCollection

from interference.errors import BadInput
from interference.external.torchmetrics_metric import ConfusionCounts

CLASSES = 4
SIZES = (7, 1, 12, 5)  # of batches


def said(dtype: torch.dtype = torch.float32) -> tuple[torch.Tensor, torch.Tensor]:
    """Logits (25, 4) and targets (25,) of classes of unequal sizes."""
    generator = torch.Generator().manual_seed(0)
    target = torch.tensor([0] * 12 + [1] * 7 + [2] * 5 + [3])[
        torch.randperm(25, generator=generator)
    ]
    return torch.randn(25, CLASSES, generator=generator).to(dtype), target


def reference(logits: torch.Tensor, target: torch.Tensor) -> tuple[np.ndarray, np.ndarray]:
    """Counts and summed losses, image by image in float64."""
    counts, loss_sum = np.zeros((CLASSES, CLASSES), int), np.zeros((CLASSES, CLASSES))
    for row, label in zip(logits.double().numpy(), target.tolist(), strict=True):
        counts[label, row.argmax()] += 1
        loss_sum[label, row.argmax()] += np.log(np.exp(row).sum()) - row[label]
    return counts, loss_sum


def counted(*batches: tuple[torch.Tensor, torch.Tensor]) -> tuple[np.ndarray, np.ndarray]:
    metric = ConfusionCounts(CLASSES)
    for preds, target in batches:
        metric.update(preds, target)
    counts, loss_sum = metric.compute()
    assert (counts.dtype, loss_sum.dtype) == (torch.int64, torch.float64)
    return counts.numpy(), loss_sum.numpy()


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64, torch.float16])
def test_uneven_batches_of_logits_are_counted_as_all_images_at_once(dtype: torch.dtype):
    logits, target = said(dtype)
    counts, loss_sum = counted(*zip(logits.split(SIZES), target.split(SIZES), strict=True))
    wanted, losses = reference(logits, target)
    assert np.array_equal(counts, wanted)
    np.testing.assert_allclose(loss_sum, losses, rtol=1e-5)


def test_labels_are_counted_as_logits_are_and_their_losses_are_unknown():
    logits, target = said()
    counts, loss_sum = counted(
        *zip(logits.argmax(1).split(SIZES), target.split(SIZES), strict=True)
    )
    assert np.array_equal(counts, reference(logits, target)[0])
    assert np.array_equal(np.isnan(loss_sum), counts > 0)
    assert (loss_sum[counts == 0] == 0).all()


@pytest.mark.parametrize(
    "made", [np.asarray, lambda given: given.tolist(), lambda given: given.flip(0).numpy()[::-1]]
)
def test_arrays_and_lists_are_counted_as_tensors_are(made: Callable[[torch.Tensor], Any]):
    logits, target = said()
    counts, loss_sum = counted((made(logits), made(target)))
    wanted, losses = reference(logits, target)
    assert np.array_equal(counts, wanted)
    np.testing.assert_allclose(loss_sum, losses, rtol=1e-5)
    assert np.array_equal(counted((made(logits.argmax(1)), made(target)))[0], wanted)


@pytest.mark.parametrize("dtype", [torch.uint8, torch.int8, torch.int16])
def test_labels_in_few_bits_are_counted_where_a_cells_number_takes_more(dtype: torch.dtype):
    metric, labels = ConfusionCounts(100), torch.arange(100, dtype=dtype)
    metric.update(torch.eye(100), labels)
    metric.update(labels.flip(0), labels)
    wanted = np.eye(100) + np.eye(100)[::-1]
    assert np.array_equal(metric.compute().counts.numpy(), wanted)


@pytest.mark.parametrize("classes", [0, 2.5, "a", None])
def test_a_number_of_classes_that_is_none_is_refused(classes: Any):
    with pytest.raises(BadInput, match=f"classes: found {classes!r}, allowed: how many there are"):
        ConfusionCounts(classes)


def test_a_number_of_classes_may_be_numpys():
    metric = ConfusionCounts(np.arange(CLASSES).max() + 1)
    metric.update(*said())
    assert metric.compute().counts.shape == (CLASSES, CLASSES)


def test_names_are_no_labels():
    with pytest.raises(
        BadInput, match=r"ConfusionCounts: target: found list \(1,\) of <U1, allowed: numbers"
    ):
        ConfusionCounts(CLASSES).update([0], ["a"])


@pytest.mark.parametrize("value", [torch.nan, torch.inf, -torch.inf])
def test_a_logit_that_is_not_finite_is_told_at_the_end_until_a_reset(value: float):
    logits, target = said()
    wild = logits.clone()
    wild[3, 1] = wild[3, 2] = wild[20, 0] = value
    metric = ConfusionCounts(CLASSES)
    for batch in zip(wild.split(SIZES), target.split(SIZES), strict=True):
        metric.update(*batch)
    with pytest.raises(
        BadInput, match=r"^ConfusionCounts: 2 of 25 images with logits that are not finite"
    ):
        metric.compute()
    metric.reset()
    metric.update(logits, target)
    assert np.array_equal(metric.compute().counts.numpy(), reference(logits, target)[0])


def test_reset_forgets_and_forward_counts_the_batch_and_the_whole():
    logits, target = said()
    metric = ConfusionCounts(CLASSES)
    metric.update(logits, target)
    metric.reset()
    batches = list(zip(logits.split(SIZES), target.split(SIZES), strict=True))
    for batch in batches:
        assert np.array_equal(metric(*batch).counts.numpy(), reference(*batch)[0])
    assert np.array_equal(metric.compute().counts.numpy(), reference(logits, target)[0])


def test_a_gradient_does_not_pass_and_no_graph_is_kept():
    logits, target = said()
    metric = ConfusionCounts(CLASSES)
    metric.update(logits.requires_grad_(), target)
    assert not any(sums.requires_grad for sums in metric.compute())


def test_it_stands_beside_other_metrics_in_a_collection():
    logits, target = said()
    found = MetricCollection({"counts": ConfusionCounts(CLASSES)})
    found.update(logits, target)
    assert np.array_equal(found.compute()["counts"].counts.numpy(), reference(logits, target)[0])


@pytest.mark.parametrize(
    ("preds", "target"),
    [
        (torch.zeros(3, 5), torch.zeros(3, dtype=int)),
        (torch.zeros(3), torch.zeros(3, dtype=int)),
        (torch.zeros(3, 4), torch.zeros(2, dtype=int)),
        (torch.zeros(3, 4), torch.zeros(3)),
        (torch.zeros(2, 3, 4), torch.zeros(2, 3, dtype=int)),
    ],
)
def test_other_shapes_and_types_are_refused(preds: torch.Tensor, target: torch.Tensor):
    with pytest.raises(BadInput, match=r"allowed: logits \(n, 4\) or whole numbers"):
        ConfusionCounts(CLASSES).update(preds, target)


@pytest.mark.parametrize(("preds", "target"), [([0, 4, 1], [0, 1, 1]), ([0, 1, 1], [0, -1, 4])])
def test_labels_that_are_no_class_are_told_at_the_end(preds: list[int], target: list[int]):
    metric = ConfusionCounts(CLASSES)
    metric.update(torch.tensor(preds), torch.tensor(target))
    with pytest.raises(BadInput, match=r"[12] images whose target or prediction is none of 0 to 3"):
        metric.compute()


def test_a_target_that_is_no_class_is_told_of_logits_too():
    metric = ConfusionCounts(CLASSES)
    metric.update(torch.zeros(2, CLASSES), torch.tensor([3, 4]))
    with pytest.raises(BadInput, match="1 images"):
        metric.compute()


def share(rank: int, meeting: Path) -> None:
    """One of two processes: the first has three of four batches. Its counts go to a file."""
    dist.init_process_group("gloo", init_method=f"file://{meeting}", rank=rank, world_size=2)
    metric = ConfusionCounts(CLASSES)
    for place, batch in enumerate(zip(*(part.split(SIZES) for part in said()), strict=True)):
        if (place < 3) == (rank == 0):
            metric.update(*batch)
    np.savez(meeting.with_name(f"{rank}.npz"), *metric.compute())
    dist.destroy_process_group()


@pytest.mark.slow
@pytest.mark.filterwarnings(
    "ignore:.*use of fork:DeprecationWarning"
)  # a fresh process imports for seconds
def test_two_processes_with_uneven_shares_count_all_images_together(tmp_path: Path):
    fork = multiprocessing.get_context("fork")
    started = [fork.Process(target=share, args=(rank, tmp_path / "meeting")) for rank in range(2)]
    for process in started:
        process.start()
    for process in started:
        process.join(60)
    assert [process.exitcode for process in started] == [0, 0]
    wanted, losses = reference(*said())
    for rank in range(2):
        with np.load(tmp_path / f"{rank}.npz") as found:
            assert np.array_equal(found["arr_0"], wanted)
            np.testing.assert_allclose(found["arr_1"], losses, rtol=1e-5)


def test_kept_images_have_their_place_and_the_confidence_of_a_softmax():
    generator = torch.Generator().manual_seed(1)
    logits = torch.randn(7, 3, generator=generator)
    labels = torch.tensor([0, 1, 2, -100, 1, 0, 2])
    metric = ConfusionCounts(3, strict=False, with_images=True)
    metric.update(logits[:4], labels[:4])
    metric.update(logits[4:], labels[4:])
    images = metric.images()
    assert images["index"].tolist() == [0, 1, 2, 4, 5, 6]
    counted = labels >= 0
    order = logits[counted].argsort(1, descending=True)
    assert images["label"].tolist() == labels[counted].tolist()
    assert images["predicted"].tolist() == order[:, 0].tolist()
    assert images["second"].tolist() == order[:, 1].tolist()
    highest = logits[counted].softmax(1).max(1).values
    assert images["confidence"].tolist() == pytest.approx(highest.tolist())
    metric.reset()
    assert metric.images().empty
    metric.update(torch.tensor([1, 2]), torch.tensor([1, 0]))
    assert list(metric.images()) == ["index", "label", "predicted"]
    with pytest.raises(BadInput, match="with_images=True"):
        ConfusionCounts(3).images()
