"""The classes of a data set: their keys, their labels, their order, and pairs of them."""

import re
import unicodedata
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from itertools import count

from interference.errors import BadInput, one_of, shown

SHOWN = 12  # class names in a line of text
KEY = re.compile(r"[a-z0-9_]+")
WHOLE = re.compile(r"-?[0-9]+")
TOP = re.compile(r"top-([0-9]{1,6})")
EGOS = "egos"  # in place of a pair: every class alone
DASH = "\N{EN DASH}"  # between the labels of a pair
ALIASES = {  # the paper's names of two of CIFAR-10's classes
    "plane": "airplane",
    "car": "automobile",
}


@dataclass(frozen=True)
class Classes:
    """The classes of a data set in label order.

    Attributes:
        keys: The names in files, tensors and table entries, such as `automobile`.
        labels: The names that a reader sees, such as `CAR`.

    Raises:
        BadInput: Two keys are equal, a key has other characters than a-z, 0-9 and _, or the
            numbers of keys and labels differ.
    """

    keys: tuple[str, ...]
    labels: tuple[str, ...]

    def __post_init__(self) -> None:
        number = len(self.keys)
        if len(self.labels) != number or len(set(self.keys)) != number:
            raise BadInput(
                f"classes: keys {self.keys} for labels {self.labels}, allowed: keys that differ, "
                "one for each label"
            )
        for key in self.keys:
            if not KEY.fullmatch(key):
                raise BadInput(f"classes: key {key!r}, allowed: {KEY.pattern}")

    @classmethod
    def from_labels(cls, labels: Sequence[str]) -> "Classes":
        """Make classes from their labels; the keys follow from the labels.

        A key is the label in lower case, with `_` for every other character than a-z and 0-9. If
        several labels have the same key, as `C`, `C#` and `C++` have, it belongs to the label that
        is equal to it, else to the first; the others get `c_2` and `c_3` in label order.

        Args:
            labels: The names that a reader sees, in label order.

        Returns:
            The classes.

        Raises:
            BadInput: Two labels are equal.
        """
        for label, times in Counter(labels).items():
            if times > 1:
                raise BadInput(
                    f"classes: found {label!r} {times} times, allowed: labels that differ"
                )
        return cls(_keys(labels), tuple(labels))

    def __len__(self) -> int:
        return len(self.keys)

    def index(self, name: str) -> int:
        """Find the label number of a class.

        Args:
            name: Its key, or the alias of its key.

        Returns:
            The label number, from 0.

        Raises:
            BadInput: No class has this name.
        """
        key = self._key_of(name)
        if key not in self.keys:
            raise one_of("class", name, self.keys)
        return self.keys.index(key)

    def has(self, *names: str) -> bool:
        """Whether every name is the key, or the alias of a key, of one of these classes."""
        keys = {self._key_of(name) for name in names}
        return keys.issubset(self.keys)

    def _key_of(self, name: str) -> str:
        """The key that a name stands for; other names than aliases are returned unchanged."""
        if name in self.keys:
            return name
        return ALIASES.get(name, name)

    def pair(self, notation: str) -> tuple[int, int]:
        """Find the label numbers of a pair of classes.

        Args:
            notation: Two keys with a hyphen between them, such as `cat-dog`.

        Returns:
            The two label numbers, in the order of the notation.

        Raises:
            BadInput: The notation does not name two different classes.
        """
        names = notation.split("-")
        labels = [self.index(name) for name in names if self.has(name)]
        is_pair = len(names) == 2 and len(set(labels)) == 2
        if not is_pair:
            example = "-".join(self.keys[:2])
            raise BadInput(
                f"pair: found {shown(notation)}, allowed: pairs of different classes, such as "
                f"{example}, out of {', '.join(self.keys)}"
            )
        return labels[0], labels[1]

    def top(self, notation: str) -> int | None:
        """Find how many of the most interfering pairs a notation names.

        Args:
            notation: `all`, `top-K`, or a pair such as `cat-dog`.

        Returns:
            The number of pairs for `all` and `top-K`, None for any other notation.

        Raises:
            BadInput: There are fewer than K pairs, or K is 0.
        """
        pairs = len(self) * (len(self) - 1) // 2
        if notation == "all":
            return pairs
        match = TOP.fullmatch(notation)
        if match is None:
            return None
        number = int(match[1])
        if not 1 <= number <= pairs:
            raise BadInput(f"pair: found {shown(notation)}, allowed: top-1 to top-{pairs}")
        return number

    def notation(self, pair: str) -> str:
        """Write a pair with the keys of its classes; return `egos`, `all` and `top-K` unchanged."""
        if pair == EGOS or self.top(pair):
            return pair
        return self.joined(self.pair(pair))

    def joined(self, labels: tuple[int, int]) -> str:
        """Write two label numbers as a pair of keys, `cat-dog`; they may be equal."""
        keys = [self.keys[label] for label in labels]
        return "-".join(keys)


def pair(first: str, second: str) -> str:
    """Write the labels of two classes as a pair, for readers."""
    return f"{first}{DASH}{second}"


def in_order(labels: Collection[str]) -> list[str]:
    """Sort labels that come without an order.

    Args:
        labels: The labels of classes.

    Returns:
        The labels sorted as numbers if all are whole numbers, else as texts.
    """
    if all(WHOLE.fullmatch(label) for label in labels):
        return sorted(labels, key=lambda label: (int(label), label))
    return sorted(labels)


def _keys(labels: Sequence[str]) -> tuple[str, ...]:
    """A key for each label, no two alike."""
    keys = [_key(label) or f"class_{number}" for number, label in enumerate(labels)]
    owners = _owners(keys, labels)
    taken = set(keys)
    suffixes = {key: count(2) for key in keys}
    for number, key in enumerate(keys):
        if owners[key] != number:
            keys[number] = _free_key(key, suffixes[key], taken)
            taken.add(keys[number])
    return tuple(keys)


def _key(label: str) -> str:
    """`T-shirt/top` as `t_shirt_top`. Accents are dropped, and so are other scripts than Latin."""
    decomposed = unicodedata.normalize("NFKD", label.casefold())
    ascii_only = decomposed.encode("ascii", "ignore").decode()
    return "_".join(KEY.findall(ascii_only))


def _owners(keys: Sequence[str], labels: Sequence[str]) -> dict[str, int]:
    """The label number to which each key belongs: the label that is the key, else the first."""
    owners: dict[str, int] = {}
    for number, key in enumerate(keys):
        if key not in owners or key == labels[number]:
            owners[key] = number
    return owners


def _free_key(key: str, suffixes: Iterator[int], taken: Collection[str]) -> str:
    """The key with the next suffix that makes it differ from all keys that are taken."""
    candidate = key
    while candidate in taken:
        candidate = f"{key}_{next(suffixes)}"
    return candidate


def shortened(labels: Sequence[str]) -> str:
    """Join the first 12 labels of a list for a line of text.

    Args:
        labels: The labels.

    Returns:
        The labels with commas between them, and `...` at the end if there are more.
    """
    first_labels = ", ".join(labels[:SHOWN])
    return f"{first_labels}, ..." if len(labels) > SHOWN else first_labels
