"""What makes a run what it is: typed for the code, as JSON for the files that carry it."""

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
        optim: The name of the set-up.
        seed: The run's seed.
        counts: The splits that are recorded after every epoch.
        factory: What makes an imported net, as package.module:function.
        args: The factory's arguments.
        init: The file of weights from which the training starts; None for random ones.
        setup: How the run is trained.
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
    setup: Optim
    data: Data

    @classmethod
    def of(cls, settings: Params, name: str) -> "RunFacts":
        """The facts of a run of the parameters.

        Args:
            settings: The parameters.
            name: The name of the run.

        Returns:
            Its facts.

        Raises:
            BadInput: The parameters have no such run.
        """
        return cls.from_json(settings.resolved(name))

    @classmethod
    def from_json(cls, facts: Mapping[str, Any]) -> "RunFacts":
        """Read the facts that a file carries.

        Args:
            facts: What `to_json` gave.

        Returns:
            The facts.

        Raises:
            BadInput: A key is missing or unknown, as in a file of another version.
        """
        try:
            data: dict[str, Any] = {
                key: tuple(value) if isinstance(value, list) else value
                for key, value in facts["data"].items()
            }
            typed = {
                "counts": tuple(facts["counts"]),
                "setup": Optim(**facts["setup"]),
                "data": Data(**data),
            }
            return cls(**{**facts, **typed})
        except (KeyError, TypeError, ValidationError) as error:
            cause = in_one_line(error)
            raise BadInput(f"run: found facts that do not fit this version ({cause})") from error

    def to_json(self) -> dict[str, Any]:
        """The facts as JSON values, without what is None, in the order of the attributes."""
        facts = {key: value for key, value in asdict(self).items() if value is not None}
        facts["data"] = {key: value for key, value in facts["data"].items() if value is not None}
        values: dict[str, Any] = json.loads(json.dumps(facts))
        return values
