"""A peer's sweep, in an environment of its own: only torch, the net's file and the peer are needed
here.

    PYTHON -m benchmarks.peers PEER NET WORK POINTS IMAGES

from the root of the checkout, where WORK holds the net's state, two directions and the images, as
benchmarks/sweep.py wrote them.
"""

import copy
import sys
from collections.abc import Callable
from importlib import import_module
from pathlib import Path

import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

from benchmarks.rounds import serve

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "src"))  # `interference` is not installed beside the peers

EDGE = 0.5


def evaluated(work: dict, count: int) -> Callable[[nn.Module], float]:
    """The mistake rate as one writes it: a data loader, float32."""
    device = "cuda" if torch.cuda.is_available() else "cpu"
    pixels = (work["pixels"][:count].float() / 255 - 0.5) / 0.25
    batches = DataLoader(
        TensorDataset(pixels, work["labels"][:count]), 250 if device == "cpu" else 1000
    )

    def mistakes(net: nn.Module, *_: object) -> float:
        with torch.no_grad():
            wrong = sum(
                int((net(images.to(device)).argmax(1) != labels.to(device)).sum())
                for images, labels in batches
            )
        return wrong / count

    return mistakes


def shifted(net: nn.Module, work: dict, first: float, second: float) -> nn.Module:
    """A copy of the net, moved by steps along the two directions."""
    moved = copy.deepcopy(net)
    with torch.no_grad():
        for name, weight in moved.named_parameters():
            weight -= first * work["first"][name].to(weight) + second * work["second"][name].to(
                weight
            )
    return moved


def plain_loop(net: nn.Module, work: dict, points: int, mistakes: Callable) -> Callable[[], object]:
    """The loop that everyone writes first."""
    thetas = torch.linspace(-EDGE, EDGE, points).tolist()
    return lambda: [mistakes(shifted(net, work, one, other)) for one in thetas for other in thetas]


def loss_landscapes(
    net: nn.Module, work: dict, points: int, mistakes: Callable
) -> Callable[[], object]:
    """loss-landscapes' plane of three corners: the same points, from a corner of the grid."""
    from loss_landscapes import planar_interpolation
    from loss_landscapes.metrics import Metric

    class Mistakes(Metric):
        def __call__(self, wrapped: object) -> float:
            return mistakes(wrapped.modules[0])

    far = -EDGE + 2 * EDGE * points / (points - 1)  # its last point is one step before the corner
    corners = [
        shifted(net, work, *at).eval() for at in ((-EDGE, -EDGE), (far, -EDGE), (-EDGE, far))
    ]
    return lambda: planar_interpolation(*corners, Mistakes(), points, deepcopy_model=True)


def landscaper(net: nn.Module, work: dict, points: int, mistakes: Callable) -> Callable[[], object]:
    """landscaper's grid of as many points; it scales the directions in its own way."""
    from landscaper.compute import compute_loss_landscape

    directions = [
        [work[which][name].to(weight) for name, weight in net.named_parameters()]
        for which in ("first", "second")
    ]
    device = "cuda" if torch.cuda.is_available() else "cpu"
    return lambda: compute_loss_landscape(
        net, None, directions, mistakes, steps=points, distance=0.01, dim=2, device=device
    )


PEERS = {"plain loop": plain_loop, "loss-landscapes": loss_landscapes, "landscaper": landscaper}


def main(peer: str, net: str, work: str, points: str, images: str) -> None:
    """Serve rounds of one whole grid."""
    held = torch.load(work, weights_only=True)
    module = import_module(f"interference.nets.{net}").build(10, 3).eval()
    module.load_state_dict(held["state"])
    module.to("cuda" if torch.cuda.is_available() else "cpu")
    sys.stdout, out = sys.stderr, sys.stdout  # what peers print is no answer
    serve(PEERS[peer](module, held, int(points), evaluated(held, int(images))), out)


if __name__ == "__main__":
    main(*sys.argv[1:])
