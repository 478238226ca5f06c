"""The identity of a run: a typed object in code, and JSON in files."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from pydantic import ValidationError

from interference.errors import BadInput, in_one_line
from interference.params import Data, Optim, Params


@dataclass(frozen=True, kw_only=True)
class RunFacts:
    """The resolved parameters of a run, its identity.

    Attributes:
        name: The run's name.
        net: The net's name as tables show it.
        optim: The name of the training configuration (set-up).
        seed: The run's seed.
        counts: The splits that are recorded after every epoch.
        factory: The function or class that builds an imported net, as package.module:function.
        args: The arguments of the factory.
        init: The file of initial weights; None for random weights.
        output: Where an imported net's output holds the logits; None for its usual place.
        fresh: Patterns of tensors that the file of initial weights does not set.
        freeze: Patterns of parameters that are not trained and do not move.
        setup: The training configuration.
        data: The data set, and how its images are augmented and normalised.
    """

    name: str
    net: str
    optim: str
    seed: int
    counts: tuple[str, ...]
    factory: str | None = None
    args: Mapping[str, Any] | None = None
    init: str | None = None
    output: int | str | None = None
    fresh: tuple[str, ...] | None = None
    freeze: tuple[str, ...] | None = None
    setup: Optim
    data: Data

    @classmethod
    def of(cls, settings: Params, name: str) -> "RunFacts":
        """The facts of a run in the parameters.

        Args:
            settings: The parameters.
            name: The name of the run.

        Returns:
            The facts.

        Raises:
            BadInput: The run is unknown.
        """
        return cls.from_json(settings.resolved(name))

    @classmethod
    def from_json(cls, facts: Mapping[str, Any]) -> "RunFacts":
        """Read the facts that a file carries.

        Args:
            facts: The result of `to_json`.

        Returns:
            The facts.

        Raises:
            BadInput: A key is missing or unknown, as in a file of another version.
        """
        try:
            data: dict[str, Any] = dict(facts["data"])
            for key, value in data.items():
                if isinstance(value, list):
                    data[key] = tuple(value)
            typed: dict[str, Any] = {
                "counts": tuple(facts["counts"]),
                "setup": Optim(**facts["setup"]),
                "data": Data(**data),
            }
            for key in ("fresh", "freeze"):
                if key in facts:
                    typed[key] = tuple(facts[key])
            return cls(**{**facts, **typed})
        except (KeyError, TypeError, ValidationError) as error:
            cause = in_one_line(error)
            raise BadInput(f"run: found facts that do not fit this version ({cause})") from error

    def to_json(self) -> dict[str, Any]:
        """The facts as JSON values, in the order of the attributes; None is left out."""
        facts = {key: value for key, value in asdict(self).items() if value is not None}
        facts["setup"] = self.setup.to_json()
        facts["data"] = {key: value for key, value in facts["data"].items() if value is not None}
        values: dict[str, Any] = json.loads(json.dumps(facts))
        return values
