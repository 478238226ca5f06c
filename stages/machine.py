"""What this machine computes with, how fast, and why."""

import os

import torch

from interference.learning.speed import image_rate, matrix_rate
from interference.runtime import cpu
from interference.runtime.device import Machine, select_machine
from stages import Device, Precision, run, say

NET = "vgg19"


def main(device: Device = "auto", precision: Precision = "auto") -> None:
    """Show the device, its measured speed in each precision, and the choice that follows from what it can do.

    The speeds are measured now, within half a minute. They do not decide: the choice follows from the device's
    capabilities, so that every process on it chooses alike. Where the chosen precision is not the faster one here,
    INTERFERENCE_PRECISION overrules it.
    """
    chosen = select_machine(device, precision)
    say(f"device     {description(chosen)}")
    say(f"threads    {torch.get_num_threads()} of {os.cpu_count()} cores")
    say(f"PyTorch    {torch.__version__}")
    for name in ("float32", "bfloat16"):
        candidate = Machine(chosen.device, name)
        products = matrix_rate(candidate, side=2048, seconds=1.0)
        images = image_rate(NET, candidate, images=256, seconds=1.0)
        say(f"{name:10} matrix products {products / 1e12:.2f} TFLOP/s, {NET} {images:.0f} images/s")
    say(f"choice     {chosen.precision}: {reason(chosen, precision)}")


def description(chosen: Machine) -> str:
    """The device's own name and its kind."""
    return (
        chosen.name
        if chosen.device.type != "cpu"
        else f"{cpu.model_name()}, kind {cpu.cpu_kind().name}"
    )


def reason(chosen: Machine, precision: str) -> str:
    """Why this precision was chosen."""
    if precision != "auto":
        return "asked for"
    if chosen.device.type == "cpu":
        return cpu.cpu_kind().reason
    return (
        "tensor cores multiply bfloat16"
        if chosen.precision == "bfloat16"
        else "no bfloat16 in hardware"
    )


if __name__ == "__main__":
    run(main)
