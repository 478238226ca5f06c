"""The time of training: torchvision's basic recipe, its newer one, and `interference`.

    python -m benchmarks.train

All use the same net, images and batch. It prints images per second and ratios, the fraction of the
machine's matrix-product rate, the peak memory, and the time of data handling and of each
recorded split relative to an epoch, and writes them to benchmarks/results.
"""

import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Annotated

import numpy as np
import torch
import typer
from PIL import Image
from torch import nn
from torch.utils.data import DataLoader, Dataset, TensorDataset
from torch.utils.flop_counter import FlopCounterMode
from torchvision import transforms
from torchvision.transforms import v2

import stages  # noqa: F401, the checkout's own src
from benchmarks import arena
from benchmarks.rounds import serve
from interference import nets
from interference.learning.epochs import augmentation, epochs, plan
from interference.learning.images import Images, shifted
from interference.learning.optim import sgd
from interference.learning.prediction import normalisation, predict
from interference.params import Data, Optim
from interference.runtime.device import select_machine
from interference.runtime.fused_net import FusedNet

BATCH = 128
MEAN, STD = (0.4914, 0.4822, 0.4465), (0.2023, 0.1994, 0.2010)
DATA = Data(name="cifar10", mean=MEAN, std=STD, crop=4, flip=True)
SETUP = Optim(
    lr=0.01, schedule="constant", momentum=0.9, weight_decay=5e-4, batch_size=BATCH, epochs=10**6
)
DEVICE = torch.device("cuda" if torch.cuda.is_available() else "cpu")
WORKERS = min(8, os.cpu_count() or 1)

NETS = ["vgg19", "resnet18"]

Work = Callable[[], object]


def noise(n: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Images (n, 3, 32, 32) uint8 and labels (n,) of CIFAR-10's shape."""
    generator = torch.Generator().manual_seed(0)
    return (
        torch.randint(256, (n, 3, 32, 32), dtype=torch.uint8, generator=generator),
        torch.randint(10, (n,), generator=generator),
    )


class Pictures(Dataset):
    """PIL images, as torchvision's CIFAR10 gives them."""

    def __init__(self, n: int, transform: Callable) -> None:
        pixels, self.labels = noise(n)
        self.pixels, self.transform = np.ascontiguousarray(pixels.permute(0, 2, 3, 1)), transform

    def __len__(self) -> int:
        return len(self.labels)

    def __getitem__(self, i: int) -> tuple[torch.Tensor, int]:
        return self.transform(Image.fromarray(self.pixels[i])), int(self.labels[i])


def eager(net: nn.Module, batches: Callable[[], Iterator]) -> Work:
    """An epoch of float32 training, nothing captured, nothing compiled."""
    net.to(DEVICE).train()
    optimiser = torch.optim.SGD(net.parameters(), lr=0.01, momentum=0.9, weight_decay=5e-4)
    criterion = nn.CrossEntropyLoss()

    def epoch() -> None:
        for images, labels in batches():
            optimiser.zero_grad()
            criterion(net(images.to(DEVICE)), labels.to(DEVICE)).backward()
            optimiser.step()

    return epoch


def loader(data: Dataset) -> DataLoader:
    return DataLoader(data, BATCH, shuffle=True, num_workers=WORKERS, persistent_workers=True)


def plain_recipe(name: str, n: int) -> Work:
    """torchvision's transforms on PIL images, a DataLoader with workers."""
    data = Pictures(
        n,
        transforms.Compose(
            [
                transforms.RandomCrop(32, padding=4),
                transforms.RandomHorizontalFlip(),
                transforms.ToTensor(),
                transforms.Normalize(MEAN, STD),
            ]
        ),
    )
    batches = loader(data)
    return eager(nets.build(name), lambda: iter(batches))


def v2_recipe(name: str, n: int) -> Work:
    """torchvision's v2 transforms on whole batches of tensors, and a DataLoader with workers."""
    batches = loader(TensorDataset(*noise(n)))
    transform = v2.Compose(
        [
            v2.RandomCrop(32, padding=4),
            v2.RandomHorizontalFlip(),
            v2.ToDtype(torch.float32, scale=True),
            v2.Normalize(MEAN, STD),
        ]
    )
    return eager(
        nets.build(name), lambda: ((transform(images), labels) for images, labels in batches)
    )


def ours(name: str, n: int) -> Work:
    """Our epoch loop, with the predictions made in training kept."""
    net = nets.build(name).to(DEVICE, memory_format=torch.channels_last)
    machine = select_machine()
    running = epochs(net, Images(*noise(n)).to(DEVICE), sgd(net, SETUP), SETUP, DATA, 0, machine)
    return lambda: next(running)[1].cells(10)


def data_alone(name: str, n: int) -> Work:
    """Our handling of an epoch's data, without a net."""
    images = Images(*noise(n)).to(DEVICE)
    prepare = normalisation(DATA, DEVICE)
    machine = select_machine()
    handle = machine.replayed(
        lambda batch: prepare(shifted(images.take(batch[0]).pixels, DATA.crop, batch[1:])), []
    )

    def epoch() -> None:
        for batch in plan(n, DATA, 0, 0).to(DEVICE).split(BATCH, dim=1):
            handle(batch)

    return epoch


def recording(prepared: Callable) -> Callable[[str, int], Work]:
    """One pass in eval mode, as a recorded split costs it after every epoch."""

    def recipe(name: str, n: int) -> Work:
        net = nets.build(name).to(DEVICE, memory_format=torch.channels_last)
        machine = select_machine()
        images = Images(*noise(n)).to(DEVICE)
        eval_net = FusedNet(net, machine)

        def epoch() -> None:
            eval_net.refresh()
            predict(eval_net, images, prepared(), machine).cells(10)

        return epoch

    return recipe


RECIPES = {
    "plain": plain_recipe,
    "v2": v2_recipe,
    "ours": ours,
    "data": data_alone,
    "eval": recording(lambda: normalisation(DATA, DEVICE)),
    "eval_augmented": recording(
        lambda: augmentation(DATA, torch.Generator().manual_seed(0), DEVICE)
    ),
}


def forward_flop(name: str) -> int:
    """Floating-point operations of one image's forward pass."""
    with torch.device("meta"), FlopCounterMode(display=False) as counter:
        nets.build(name).eval()(torch.empty(1, 3, 32, 32))
    return counter.get_total_flops()


def compared(name: str, n: int, rounds: int) -> dict:
    """One net's figures."""
    before = arena.matrix_rates()
    ours = [sys.executable, "-m", "benchmarks.train", "--net", name, "--images", str(n), "--worker"]
    seconds, memory = arena.compete({recipe: [*ours, recipe] for recipe in RECIPES}, rounds)
    return {
        "images": n,
        "batch": BATCH,
        "matrix_tflops": arena.larger(before, arena.matrix_rates()),
        "tflops": 3
        * forward_flop(name)
        * n
        / seconds["ours"]
        / 1e12,  # a backward pass is two forward passes' work
        "images_per_second": {recipe: n / seconds[recipe] for recipe in ("plain", "v2", "ours")},
        "ours_to_plain": seconds["plain"] / seconds["ours"],
        "ours_to_v2": seconds["v2"] / seconds["ours"],
        "data_share_of_epoch": seconds["data"] / seconds["ours"],
        "eval_share_of_epoch": seconds["eval"] / seconds["ours"],
        "eval_augmented_share_of_epoch": seconds["eval_augmented"] / seconds["ours"],
        "epoch_seconds_with_test": (seconds["ours"] + seconds["eval"] / 5) * 50_000 / n,
        "peak_memory_gib": {recipe: memory[recipe] for recipe in ("plain", "v2", "ours")},
    }


def table(results: dict) -> str:
    """The results as lines of text."""
    columns = (
        ("", 10),
        ("plain", 9),
        ("v2", 9),
        ("ours", 9),
        ("ours/plain", 12),
        ("of matrix rate", 16),
        ("data", 7),
        ("GiB", 7),
    )
    lines = ["", "".join(f"{title:>{width}}" for title, width in columns)]
    for name, figures in results.items():
        speeds = "".join(f"{value:9.0f}" for value in figures["images_per_second"].values())
        lines.append(
            f"{name:10}{speeds}{figures['ours_to_plain']:12.2f}{figures['share_of_matrix_rate']:16.1%}"
            f"{figures['data_share_of_epoch']:7.1%}{figures['peak_memory_gib']['ours']:7.2f}"
        )
    return "\n".join(
        [
            *lines,
            "images a second; the work of a training step counted as three forward passes; "
            f"the matrix rate is of {figures['precision']}",
        ]
    )


def main(
    images: Annotated[int, typer.Option(help="Images an epoch; 0: 1,280, or 50,000 on a GPU.")] = 0,
    rounds: Annotated[int, typer.Option(help="Timed epochs of each.")] = 5,
    net: Annotated[list[str], typer.Option(help="A net; may be given several times.")] = NETS,
    out: Annotated[
        Path | None, typer.Option(help="The results; benchmarks/results/train-KIND.json.")
    ] = None,
    worker: Annotated[str, typer.Option(hidden=True)] = "",
) -> None:
    """Time the three recipes in turns and write the figures."""
    n = images or (50_000 if DEVICE.type == "cuda" else 1_280)
    if worker:
        serve(RECIPES[worker](net[0], n))
        return
    results = arena.with_shares({name: compared(name, n, rounds) for name in net})
    path = out or arena.results_path("train")
    arena.save(path, {"machine": arena.described(), "nets": results})
    print(table(results), f"\nwritten to {path}", sep="\n")


if __name__ == "__main__":
    typer.run(main)
