"""Randomness as an argument: a generator, or a number, that belongs to a key such as ("batches", seed, epoch)."""

from hashlib import blake2b

import torch


def number(*key: object) -> int:
    """A whole number below 2^63 that follows from the key alone."""
    return int.from_bytes(blake2b(repr(key).encode(), digest_size=8).digest(), "big") >> 1


def generator(*key: object) -> torch.Generator:
    """A CPU generator whose stream follows from the key alone, so that a resumed run sees what it would have seen."""
    return torch.Generator().manual_seed(number(*key))
