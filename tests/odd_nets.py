"""Tiny nets as other people write them: each does one thing that a plain stack of layers does not.
Exact in float64.
"""

from types import SimpleNamespace

import torch
import torch.nn.functional as F
from torch import Tensor, nn

CLASSES = 3  # of images 2 x 5 x 4


class TwoNames(nn.Module):
    """One parameter under two names."""

    def __init__(self) -> None:
        super().__init__()
        self.into, self.back, self.last = nn.Linear(40, 6), nn.Linear(40, 6), nn.Linear(6, CLASSES)
        self.back.weight = self.into.weight

    def forward(self, images: Tensor) -> Tensor:
        seen = torch.tanh(self.into(images.flatten(1)))
        return self.last(torch.tanh(self.back(seen @ self.into.weight)))


class Frozen(nn.Module):
    """A backbone that is not trained."""

    def __init__(self) -> None:
        super().__init__()
        self.backbone, self.head = nn.Conv2d(2, 4, 3), nn.Linear(24, CLASSES)
        self.backbone.requires_grad_(False)

    def forward(self, images: Tensor) -> Tensor:
        return self.head(torch.relu(self.backbone(images)).flatten(1))


class Unused(nn.Module):
    """A layer that the logits do not hang on."""

    def __init__(self) -> None:
        super().__init__()
        self.used, self.idle = nn.Linear(40, CLASSES), nn.Linear(7, 7)

    def forward(self, images: Tensor) -> Tensor:
        return self.used(images.flatten(1))


class Buffers(nn.Module):
    """Buffers of whole numbers, of truth, of infinity, one that is no part of the state, and
    statistics of its own.
    """

    def __init__(self) -> None:
        super().__init__()
        self.layer = nn.Linear(40, CLASSES)
        self.register_buffer("order", torch.arange(39, -1, -1))
        self.register_buffer("kept", torch.arange(40) % 5 > 0)
        self.register_buffer("mask", torch.full((40, 40), float("-inf")).triu(1))
        self.register_buffer("scale", torch.tensor(0.5), persistent=False)
        self.register_buffer("mean", torch.zeros(40))

    def forward(self, images: Tensor) -> Tensor:
        flat = images.flatten(1)[:, self.order] * self.kept
        if self.training:
            self.mean.copy_(flat.detach().mean(0))
        weight = torch.softmax(self.mask + flat[:, :, None] * flat[:, None], 2)  # (n, 40, 40)
        return self.layer((weight @ (flat - self.mean * self.scale)[:, :, None]).squeeze(2))


class Attention(nn.Module):
    """Tokens, positions, attention, layer norms and a lone number: parameters of three, two, one
    and no dimensions.
    """

    def __init__(self) -> None:
        super().__init__()
        self.token, self.positions = (
            nn.Parameter(torch.randn(1, 1, 8)),
            nn.Parameter(torch.randn(1, 21, 8)),
        )
        self.into, self.norm, self.temperature = (
            nn.Linear(2, 8),
            nn.LayerNorm(8),
            nn.Parameter(torch.tensor(0.7)),
        )
        self.attention, self.head = (
            nn.MultiheadAttention(8, 2, dropout=0.3, batch_first=True),
            nn.Linear(8, CLASSES),
        )

    def forward(self, images: Tensor) -> Tensor:
        seen = self.into(images.flatten(2).mT)  # (n, 20, 8)
        tokens = self.norm(
            torch.cat((self.token.expand(len(seen), -1, -1), seen), 1) + self.positions
        )
        return (
            self.head(self.attention(tokens, tokens, tokens, need_weights=False)[0][:, 0])
            * self.temperature
        )


class Dropout(nn.Module):
    """Dropout as a function, which is told of the mode."""

    def __init__(self) -> None:
        super().__init__()
        self.conv, self.head = nn.Conv2d(2, 4, 3), nn.Linear(24, CLASSES)

    def forward(self, images: Tensor) -> Tensor:
        return self.head(F.dropout(self.conv(images), 0.5, self.training).flatten(1))


class Branching(nn.Module):
    """Flow that hangs on values."""

    def __init__(self) -> None:
        super().__init__()
        self.conv, self.head = nn.Conv2d(2, 4, 3), nn.Linear(24, CLASSES)

    def forward(self, images: Tensor) -> Tensor:
        seen = self.conv(images)
        return self.head((seen if seen.sum() > 0 else -seen).flatten(1))


class Hooked(nn.Module):
    """A hook that makes a conv's weight of others before each use, as weight norm does, and one on
    the whole.
    """

    def __init__(self) -> None:
        super().__init__()
        self.conv, self.head, self.length = (
            nn.Conv2d(2, 4, 3),
            nn.Linear(24, CLASSES),
            nn.Parameter(torch.ones(4)),
        )
        self.raw = nn.Parameter(self.conv.weight.detach().clone())
        del self.conv.weight
        self.conv.register_forward_pre_hook(lambda conv, given: self.put())
        self.register_forward_hook(lambda net, given, logits: logits * 2)

    def put(self) -> None:
        self.conv.weight = self.raw / self.raw.norm() * self.length[:, None, None, None]

    def forward(self, images: Tensor) -> Tensor:
        return self.head(self.conv(images).flatten(1))


class Embedded(nn.Module):
    """Brightness as words of an embedding."""

    def __init__(self) -> None:
        super().__init__()
        self.words, self.head = nn.Embedding(4, 3), nn.Linear(120, CLASSES)

    def forward(self, images: Tensor) -> Tensor:
        return self.head(self.words((images.flatten(1) > 0).long() + 1).flatten(1))


ODD = {
    "two names": TwoNames,
    "frozen": Frozen,
    "unused": Unused,
    "buffers": Buffers,
    "attention": Attention,
    "dropout": Dropout,
    "branching": Branching,
    "hooked": Hooked,
    "embedded": Embedded,
}


def odd(name: str) -> nn.Module:
    """One of them, the same at every call, in float64."""
    torch.manual_seed(0)
    return ODD[name]().double()


class Answers(nn.Module):
    """A net in the manner of old tutorials, `view` and all, whose answer to 3 x 32 x 32 images is
    of any `kind`.
    """

    def __init__(self, kind: str = "logits", classes: int = 10) -> None:
        super().__init__()
        self.conv, self.head, self.kind = (
            nn.Conv2d(3, 4, 5, stride=4),
            nn.Linear(4 * 7 * 7, classes),
            kind,
        )

    def forward(self, images: Tensor) -> object:
        logits = self.head(self.conv(images).view(-1, 4 * 7 * 7))
        kinds = {
            "logits": logits,
            "held": SimpleNamespace(logits=logits),
            "mapping": {"scores": logits},
            "dict": {"aux": logits * 2, "logits": logits},
            "pair": (logits * 2, logits),
            "probabilities": logits.softmax(1),
            "nan": logits / 0 * 0,
            "detached": logits.detach(),
            "lost": logits[0],
        }
        return kinds[self.kind]
