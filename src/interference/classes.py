"""Class names: their keys, their shown labels, their order, and pairs of them."""

import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from itertools import count

from interference.errors import BadInput, one_of

KEY = re.compile(r"[a-z0-9_]+")
WHOLE = re.compile(r"-?[0-9]+")
TOP = re.compile(r"top-([0-9]+)")
EGOS = "egos"  # in place of a pair: every class alone
DASH = "\N{EN DASH}"  # between the labels of a pair
ALIASES = {
    "plane": "airplane",
    "car": "automobile",
}  # the paper's words for two of CIFAR-10's classes


@dataclass(frozen=True)
class Classes:
    """The classes of a data set in label order.

    `keys` name files, tensors and table entries (`automobile`); `labels` are what a reader sees (`CAR`).
    """

    keys: tuple[str, ...]
    labels: tuple[str, ...]

    def __post_init__(self) -> None:
        if len(self.keys) != len(self.labels) or len(set(self.keys)) != len(self.keys):
            raise BadInput(
                f"classes: keys must be unique and as many as labels, found {self.keys} and {self.labels}"
            )
        for key in self.keys:
            if not KEY.fullmatch(key):
                raise BadInput(f"classes: key {key!r}, allowed: {KEY.pattern}")

    @classmethod
    def shown(cls, labels: Sequence[str]) -> "Classes":
        """Classes shown by these labels, in their order; a key is its label with `_` for all that a key may not hold.

        Of labels with one key, `C`, `C#` and `C++`, a label that is that key has it, else the first; the others have
        `c_2` and `c_3`, in label order. Raises `BadInput` for a label that is there twice.
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
        """The label number of a class given by key or alias; raises `BadInput` for any other name."""
        key = name if name in self.keys else ALIASES.get(name, name)
        if key not in self.keys:
            raise one_of("class", name, self.keys)
        return self.keys.index(key)

    def has(self, *names: str) -> bool:
        """Whether every name is a class here, by key or alias."""
        return all(name in self.keys or ALIASES.get(name) in self.keys for name in names)

    def pair(self, notation: str) -> tuple[int, int]:
        """The two label numbers of `cat-dog`; raises `BadInput` unless it names two different classes."""
        names = notation.split("-")
        labels = [self.index(name) for name in names if self.has(name)]
        if not len(names) == len(set(labels)) == 2:
            raise BadInput(
                f"pair: found {notation!r}, allowed: pairs of different classes, such as "
                f"{'-'.join(self.keys[:2])}, out of {', '.join(self.keys)}"
            )
        return labels[0], labels[1]

    def top(self, notation: str) -> int | None:
        """How many of the most interfering pairs `all` or `top-K` means; None for a pair such as `cat-dog`.

        Raises `BadInput` where there are no K pairs.
        """
        pairs, found = len(self) * (len(self) - 1) // 2, TOP.fullmatch(notation)
        if not found:
            return pairs if notation == "all" else None
        if not 1 <= int(found[1]) <= pairs:
            raise BadInput(f"pair: found {notation!r}, allowed: top-1 to top-{pairs}")
        return int(found[1])

    def notation(self, pair: str) -> str:
        """A pair by its classes' keys, `cat-dog`; `egos`, `all` and `top-K` as they are."""
        return pair if pair == EGOS or self.top(pair) else self.joined(self.pair(pair))

    def joined(self, labels: tuple[int, int]) -> str:
        """The notation of two label numbers, `cat-dog`: what `pair` reads, and a class with itself too."""
        return "-".join(self.keys[label] for label in labels)


def pair(first: str, second: str) -> str:
    """Two classes' labels as a pair."""
    return f"{first}{DASH}{second}"


def in_order(labels: Collection[str]) -> list[str]:
    """Labels in the order of their classes where nobody says another: as numbers where all are, else as texts."""
    numbers = all(map(WHOLE.fullmatch, labels))
    return sorted(labels, key=lambda label: (int(label) if numbers else 0, label))


def _keys(labels: Sequence[str]) -> tuple[str, ...]:
    """A key for each label, no two alike."""
    keys = [_key(label) or f"class_{number}" for number, label in enumerate(labels)]
    taken = set(keys)
    further: dict[str, Iterator[int]] = defaultdict(lambda: count(2))
    owners = {key: number for number, key in reversed([*enumerate(keys)])}
    owners |= {key: number for number, key in enumerate(keys) if key == labels[number]}
    for number, key in enumerate(keys):
        if owners[key] != number:
            keys[number] = next(
                free for place in further[key] if (free := f"{key}_{place}") not in taken
            )
            taken.add(keys[number])
    return tuple(keys)


def _key(label: str) -> str:
    """`T-shirt/top` as `t_shirt_top`; accents are dropped, and of other scripts nothing is left."""
    ascii_only = unicodedata.normalize("NFKD", label.casefold()).encode("ascii", "ignore").decode()
    return "_".join(KEY.findall(ascii_only))
