"""Random generators and numbers that follow from a key, such as `("batches", seed, epoch)`."""

from hashlib import blake2b

import torch


def number(*key: object) -> int:
    """Derive a whole number from a key alone.

    Args:
        key: Values with a stable `repr`, such as texts and numbers.

    Returns:
        A number from 0 to 2^63 - 1.
    """
    text = repr(key).encode()
    digest = blake2b(text, digest_size=8).digest()
    return int.from_bytes(digest, "big") >> 1  # at most 2^63 - 1


def generator(*key: object) -> torch.Generator:
    """Make a random generator from a key alone, so that a resumed run draws the same numbers.

    Args:
        key: Values with a stable `repr`, such as texts and numbers.

    Returns:
        A generator on the CPU.
    """
    random = torch.Generator()
    random.manual_seed(number(*key))
    return random
