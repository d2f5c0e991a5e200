"""A small space that every search method can search: strings of four letters, indicators, two fidelities."""

import itertools

import numpy as np

from untrained.search import Space

LETTERS = "abcd"
ARCHS = tuple("".join(word) for word in itertools.product(LETTERS, repeat=4))
METRICS = (
    "grad_norm", "snip", "grasp", "fisher", "synflow", "jacob_cov", "ntk_trace", "cnntk", "cnntk_frozen", "cj", "os", "nlr",
    "params", "flops", "swap", "swap_reg", "naswot", "expressivity", "progressivity", "trainability", "n_activations", "zen",
    "zico", "vkdnw", "meco",
)  # fmt: skip


def neighbours(arch: str) -> list[str]:
    """All words with one letter changed."""
    return [arch[:i] + letter + arch[i + 1 :] for i in range(4) for letter in LETTERS if letter != arch[i]]


def space(fidelities=(12, 200), seed: int = 0) -> Space:
    """256 words with positive indicators, each a noisy copy of a hidden quality; some values missing."""
    rng = np.random.default_rng(seed)
    quality = np.array([truth(arch) for arch in ARCHS])
    features = np.exp((quality[:, None] + 5 * rng.standard_normal((len(ARCHS), len(METRICS)))) / 10)
    features[rng.random(features.shape) < 0.02] = np.nan
    codes = np.array([[LETTERS.index(letter) for letter in arch] for arch in ARCHS])
    return Space(ARCHS, neighbours, features, METRICS, codes, tuple(fidelities))


def part(whole: Space, count: int) -> Space:
    """The first words of a random order, and their neighbours among themselves."""
    rows = np.random.default_rng(0).permutation(len(ARCHS))[:count]
    archs = [ARCHS[row] for row in rows]
    near = {arch: [other for other in neighbours(arch) if other in archs] for arch in archs}
    return Space(archs, near.get, whole.features[rows], METRICS, whole.codes[rows], whole.fidelities)


def truth(arch: str) -> float:
    """Quality of a word: its letters, and a bonus for equal neighbours."""
    return sum(LETTERS.index(letter) for letter in arch) + 2.0 * sum(a == b for a, b in itertools.pairwise(arch))


def oracle(arch: str, fidelity: int) -> tuple[float, float]:
    """The quality, blurred where the training is short; a second per epoch."""
    blur = np.random.default_rng([ARCHS.index(arch), fidelity]).standard_normal() * (1.0 if fidelity < 200 else 0.1)
    return truth(arch) + blur, float(fidelity)


def random_oracle(arch: str, fidelity: int) -> tuple[float, float]:
    """Values that have nothing to do with the architecture."""
    return np.random.default_rng([ARCHS.index(arch), fidelity, 7]).random(), 1.0
