"""Everything that decides a measurement besides the architecture."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from untrained.registry import suggest
from untrained.shards import digest

CHOICES = {"norm": ("batch", "running", "frozen", "sample"), "precision": ("float32", "float64")}


@dataclass(frozen=True)
class Setting:
    """How a network is measured.

    Args:
        dataset: what the architecture is for: number of classes, resolution, table.
        inputs: what the minibatch is made of (the data set itself, or a named stand-in).
        seed: of the weights, and of every draw a proxy makes.
        batch: inputs of a probe, where a proxy's own parameter does not say otherwise.
        init: rule of `initialise.fill`, or None to take the network's weights as they are.
        norm: `batch`: normalisation by the statistics of the minibatch (train mode); `running`: by running statistics;
            `frozen`: by those of the minibatch taken as constants, so that gradients do not couple samples; `sample`: by
            those of each sample alone (a train-mode batch of one).
        precision: `float32` or `float64`, of network and inputs.
        options: parameters of single proxies, `{"cj": {"head": "full"}}`.
        skeleton: changes of the benchmark's skeleton, `{"width": 16}`: a smaller network of the same architecture.
    """

    dataset: str = "given"
    inputs: str = "given"
    seed: int = 0
    batch: int = 64
    init: str | None = "kaiming_fan_in"
    norm: str = "batch"
    precision: str = "float32"
    options: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    skeleton: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Refuse an unknown choice at once.

        Raises:
            ValueError: the norm mode or the precision is none of the known ones.
        """
        for name, known in CHOICES.items():
            if getattr(self, name) not in known:
                raise ValueError(f"Unknown {name} {getattr(self, name)!r}. {suggest(getattr(self, name), known)}")

    def as_dict(self) -> dict[str, Any]:
        """All fields, JSON-like."""
        return asdict(self)

    @property
    def digest(self) -> str:
        """Identity of the setting."""
        return digest(self.as_dict())
