"""NAS-Bench-NLP: recurrent cells drawn at random, trained as language models on Penn Treebank, some on WikiText-2.

Reference: klyuchnikov2022nasbenchnlp.
"""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import torch
from torch import nn

from untrained import downloads
from untrained.benchmarks import benchmark
from untrained.sequence import cells, recipes, text


@benchmark
class NASBenchNLP:
    """The recipes that were trained up to three times each; a string is the JSON of the published logs.

    Its form has the intermediate nodes called node_0, node_1, ... in the same order: the order decides which weights a node
    gets, names do not, so strings of one form are bitwise the same network. Runs of one string, and strings of one form,
    are one architecture with noise.
    """

    name = "nas_bench_nlp"
    datasets = ("ptb", "wikitext-2")
    cite = "klyuchnikov2022nasbenchnlp"

    def __init__(self, data: Path) -> None:
        self.data = Path(data)

    def architectures(self, dataset: str = "ptb") -> Sequence[str]:
        """The recipes of which a training on the data set ended with a finite loss."""
        return list(self.table(dataset).index)

    def canonical(self, arch: str) -> str:
        """The recipe with its intermediate nodes renamed in their order.

        Raises:
            ValueError: not a recipe.
        """
        return recipes.recipe_str(recipes.renamed(recipes.parse(arch)))

    def build(self, arch: str, dataset: str, *, seed: int = 0, **changes: Any) -> nn.Module:
        """The language model of a recipe, its weights in the order of the published code.

        Args:
            arch: JSON of a recipe.
            dataset: decides the vocabulary.
            seed: of the weights.
            **changes: embedding, hidden, layers, vocabulary.
        """
        recipe, size = recipes.parse(arch), {"vocabulary": text.VOCABULARY[dataset]} | changes
        with torch.device("meta"):
            model = cells.RecurrentLanguageModel(recipe, **size)
        return cells.initialise(model.to_empty(device="cpu"), seed=seed)

    def variants(self, arch: str, dataset: str, **changes: Any) -> dict[str, Callable[[], nn.Module]]:
        """None: no metric measures a relative."""
        return {}

    def table(self, dataset: str) -> pd.DataFrame:
        """`test_loss` in nats per token after the last epoch (lower is better), of single runs too, indexed by recipe."""
        found = downloads.table(self.name, data=self.data)
        return found[found["dataset"] == dataset].drop(columns="dataset").set_index("arch").dropna(axis=1, how="all")

    def images(self, dataset: str, count: int, *, inputs: str = "ptb", steps: int = 70) -> tuple[np.ndarray, np.ndarray]:
        """Sequences in the place of images: token numbers (count, steps) of the Penn Treebank test text, and what follows.

        The metrics read no label and no loss; test text it is because the published values were computed on it.

        Args:
            dataset: `ptb`.
            count: columns in which the text is laid out.
            inputs: of `sequence.text.penn_treebank`.
            steps: rows.
        """
        tokens = text.columns(text.penn_treebank(inputs, data=self.data), count=count, steps=steps + 1).T
        return tokens[:, :-1].copy(), tokens[:, 1:].copy()

    def neighbours(self, arch: str) -> Sequence[str]:
        """Recipes with one activation replaced by another, or one sum by a product or the reverse."""
        recipe = recipes.parse(arch)
        families = (recipes.ACTIVATIONS, ("elementwise_sum", "elementwise_prod"))
        changed = [
            {**recipe, name: node._replace(op=other)}
            for name, node in recipe.items()
            for family in families
            if node.op in family
            for other in family
            if other != node.op
        ]
        return list(map(recipes.recipe_str, changed))
