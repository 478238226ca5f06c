"""What a machine computes with, and how fast, is measured and shown."""

import re
import time

import pytest
import torch

from interference.learning.speed import image_rate, matrix_rate, shortest
from interference.runtime.cpu import cpu_kind
from interference.runtime.device import Machine
from stages import machine

CPU = Machine(torch.device("cpu"), "float32")


def test_the_shortest_of_several_runs_counts_and_the_first_is_not_timed():
    pauses = iter([0.2, 0.02, 0.05, 0.03])
    assert shortest(lambda: time.sleep(next(pauses)), CPU, 0.0) == pytest.approx(0.02, abs=0.015)


def test_rates_are_those_of_the_work():
    assert 1e7 < matrix_rate(CPU, side=64, seconds=0.01) < 1e14
    assert 1 < image_rate("small", CPU, images=4, seconds=0.01) < 1e6


def test_the_command_shows_device_rates_choice_and_reason(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(machine, "matrix_rate", lambda *given, **more: 2e12)
    monkeypatch.setattr(machine, "image_rate", lambda *given, **more: 345.6)
    machine.main("cpu")
    shown = capsys.readouterr().out
    assert f"kind {cpu_kind().name}" in shown
    assert re.search(
        r"^float32 +matrix products 2.00 TFLOP/s, vgg19 346 images/s$", shown, re.MULTILINE
    )
    assert f"choice     {cpu_kind().precision}: {cpu_kind().reason}" in shown
    machine.main("cpu", "float32")
    assert "choice     float32: requested" in capsys.readouterr().out
