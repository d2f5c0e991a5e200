"""One small made-up table: four indicators that see one hidden quality through independent noise, and a size column."""

import numpy as np
import pandas as pd
import pytest


@pytest.fixture
def table() -> tuple[pd.DataFrame, pd.Series]:
    """Directed scores and accuracies of 120 made-up architectures."""
    generator = np.random.default_rng(0)
    quality = generator.normal(size=120)
    seen = [quality + generator.normal(size=120) for _ in range(4)]
    scores = pd.DataFrame(
        {
            "cj": -np.exp(6 - 0.3 * seen[0]),
            "os": -np.exp(-3 * seen[1]),
            "nlr": np.round(300 + 60 * seen[2]),
            "cnntk": -np.exp(5 - 2 * seen[3]),
            "params": np.round(generator.normal(size=120)) * 1000 + 5000,
        },
        index=[f"arch-{i:03d}" for i in range(120)],
    )
    return scores, pd.Series(85 + 4 * quality, index=scores.index, name="test_acc")
