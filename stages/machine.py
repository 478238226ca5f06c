"""The device and precision that this machine computes with, their speed, and the reason."""

import os

import torch

from interference.learning.speed import image_rate, matrix_rate
from interference.runtime import cpu
from interference.runtime.device import Machine, select_machine
from stages import Device, Precision, run, say

NET = "vgg19"


def main(device: Device = "auto", precision: Precision = "auto") -> None:
    """Show the device, its measured speed in each precision, and the precision that is chosen.

    The speeds are measured now, in about half a minute. They do not decide: the precision is chosen
    by the device's capabilities, so that every process on this machine chooses the same. If the
    other precision is faster here, INTERFERENCE_PRECISION selects it.
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
    """The model of the device, and for a CPU its kind."""
    if chosen.device.type != "cpu":
        return chosen.name
    return f"{cpu.model_name()}, kind {cpu.cpu_kind().name}"


def reason(chosen: Machine, precision: str) -> str:
    """The reason for the choice of the precision; `precision` is the one that was requested."""
    if precision != "auto":
        return "requested"
    if chosen.device.type == "cpu":
        return cpu.cpu_kind().reason
    if chosen.precision == "bfloat16":
        return "tensor cores multiply bfloat16"
    return "no bfloat16 in hardware"


if __name__ == "__main__":
    run(main)
