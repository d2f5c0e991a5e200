"""Small made-up inputs for every figure and table."""

import numpy as np
import pandas as pd
import pytest

from untrained.fusion import evaluate, search_by_score, sensitivity, weights


@pytest.fixture(scope="session")
def inputs() -> dict:
    """Scores, accuracies, a benchmark table and the fusion tables of 40 made-up architectures."""
    generator = np.random.default_rng(0)
    quality = generator.normal(size=40)
    names = ["cj", "os", "nlr", "cnntk"]
    scores = pd.DataFrame({name: -np.exp(quality * -0.3 + generator.normal(size=40)) for name in names})
    scores.index = [f"|a<b~{i}|" for i in range(40)]
    scores["params"] = 1000.0 + np.arange(40) % 5
    scores.iloc[0, 0] = np.nan
    accuracy = pd.Series(80 + 3 * quality, index=scores.index)
    table = pd.DataFrame({f"test_acc_{k}": accuracy + generator.normal(size=40) for k in range(2)}).assign(test_acc=accuracy)
    correlations = pd.DataFrame(
        [
            {"proxy": p, "metric": m, "set": "unique", "n": 40, "value": v, "low": v - 0.1, "high": v + 0.1, "coverage": 1.0}
            for p, v in (("cj", 0.41), ("nlr", 0.6), ("params", -0.2))
            for m in ("plcc", "krocc")
        ]
    )
    return {
        "scores": scores,
        "accuracy": accuracy,
        "table": table,
        "correlations": correlations,
        "splits": evaluate(scores, accuracy, n_train=15, repeats=3),
        "weights": weights(scores, accuracy, n_train=15, repeats=3),
        "search": search_by_score(scores, accuracy, n_train=15, sizes=(5, 100), repetitions=3),
        "sensitivity": sensitivity(scores, accuracy, n_train=15, repeats=2, choices=("n_train", "intercept")),
    }
