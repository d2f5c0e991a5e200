"""BERT-like encoders of the FlexiBERT space, pre-trained as ELECTRA and fine-tuned on GLUE.

References: serianni2023rnn, tuli2023flexibert.
"""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import torch
from torch import nn

from untrained.benchmarks import benchmark, trained
from untrained.sequence import documents, encoder_layers, encoders


@benchmark
class BERT:
    """500 encoders drawn choice by choice, some of them twice; a string is `256 | WMA*4:1024x3 | K9*2:512x1`.

    The published training code cannot run any operation but plain attention, and the released metric code builds one width
    for all: a string says what was meant.
    """

    name = "bert"
    datasets = ("glue",)
    cite = "serianni2023rnn"

    def __init__(self, data: Path) -> None:
        self.data = Path(data)

    def architectures(self, dataset: str = "glue") -> Sequence[str]:
        """The encoders that were trained."""
        return list(self.table(dataset).index)

    def canonical(self, arch: str) -> str:
        """The string itself: no two are taken to be equal.

        Raises:
            ValueError: not an encoder of the space.
        """
        return str(encoders.parse(arch))

    def build(self, arch: str, dataset: str, *, seed: int = 0, **changes: Any) -> nn.Module:
        """The encoder, filled by (seed, position).

        Args:
            arch: string of an encoder.
            dataset: `glue`.
            seed: of the weights.
            **changes: widths (`released` or `configured`), vocabulary.
        """
        with torch.device("meta"):
            model = encoder_layers.Encoder(encoders.parse(arch), **changes)
        return encoder_layers.initialise(model.to_empty(device="cpu"), seed=seed)

    def variants(self, arch: str, dataset: str, **changes: Any) -> dict[str, Callable[[], nn.Module]]:
        """None: no metric measures a relative."""
        return {}

    def table(self, dataset: str) -> pd.DataFrame:
        """`glue`, the mean score of eight tasks on their development sets in points, single runs and tasks, by encoder."""
        return trained(self, dataset)

    def images(
        self, dataset: str, count: int, *, inputs: str = "wikitext-2", steps: int = 256
    ) -> tuple[np.ndarray, np.ndarray]:
        """Documents in the place of images: token numbers (count, steps), and zeros, as no metric reads a target.

        Args:
            dataset: `glue`.
            count: documents.
            inputs: of `sequence.documents.documents`.
            steps: words of each.
        """
        tokens = documents.documents(inputs, count=count, length=steps, most=encoders.VOCABULARY, data=self.data)
        return tokens, np.zeros(count, np.int64)

    def neighbours(self, arch: str) -> Sequence[str]:
        """Encoders of the same depth with one choice changed."""
        return list(map(str, encoders.neighbours(encoders.parse(arch))))
