"""Evolution on networks that are built and scored: codes are genotypes, costs are charged, a bell moves the size."""

import numpy as np
import pytest
import torch

from untrained import score_search
from untrained.benchmarks import darts
from untrained.search.evolution_by_score import regularised
from untrained.search.genes import random_code


def test_every_code_is_a_genotype_of_the_space_and_every_equal_celled_genotype_has_one():
    assert [len(values) for values in score_search.CHOICES] == [8, 2, 8, 2, 8, 3, 8, 3, 8, 4, 8, 4, 8, 5, 8, 5]
    rng = np.random.default_rng(0)
    for _ in range(50):
        code = random_code(score_search.CHOICES, rng)
        found = darts.parse(score_search.genotype(tuple(code)))
        assert found.normal == found.reduce
        assert [darts.OPERATIONS.index(name) for name, _ in found.normal] == code[::2].tolist()
        assert [source for _, source in found.normal] == code[1::2].tolist()


def made_up(calls):
    """A score that grows with size: the number of separable convolutions, and what is measured counted."""

    def scorer(arch):
        calls.append(arch)
        size = arch.split("normal_concat")[0].count("sep_conv") / 4
        return 1000 * size, size, 0.5

    return scorer


@pytest.fixture(scope="module")
def searches():
    calls = []
    found = score_search.run(
        made_up(calls), {"alone": None, "small": (0.5, 0.5)}, [0, 1], population=10, cycles=60, sample=4, mutations=2
    )
    assert len(calls) == len(set(calls)) == found["arch"].nunique(), "measured once"
    return found


def test_every_search_is_charged_for_all_it_looks_at(searches):
    ends = score_search.ends(searches)
    groups = searches.groupby(["steering", "seed"], sort=False)
    assert (ends["seconds"].to_numpy() == 0.5 * groups.size().to_numpy()).all() and (
        ends["scored"] == groups.size().to_numpy()
    ).all()
    assert not groups["arch"].agg(lambda archs: archs.duplicated().any()).any()
    assert searches["arch"].duplicated().any(), "the same start, seed by seed, with and without a bell"


def test_bell_moves_the_size_that_is_found(searches):
    ends = score_search.ends(searches).groupby("steering")["thousands"].mean()
    assert (
        ends["alone"] > 1.5 and ends["small"] == 0.75
    )  # of 0.25 steps: 750 f(0.75) = 662 is above 500 f(0.5) and 1000 f(1)
    bell = regularised([500, 750, 1000], [0.5, 0.75, 1.0], 0.5, 0.5)
    assert bell.argmax() == 1
    rows = searches[searches["steering"] == "small"]
    np.testing.assert_allclose(rows["value"], regularised(rows["swap"], rows["thousands"], 0.5, 0.5))


def test_swap_is_measured_on_the_network_that_its_authors_score():
    inputs = torch.randn(12, 3, 16, 16, generator=torch.Generator().manual_seed(0))
    arch = score_search.genotype((4, 0, 3, 1) * 4)
    first, again = (score_search.swap_scorer(inputs)(arch) for _ in range(2))
    other = score_search.swap_scorer(inputs, seed=1)(arch)
    assert first[:2] == again[:2] and first[0] != other[0] and first[1] == other[1]
    assert 100 < first[0] <= 2**12 and 0.3 < first[1] < 2.5
    torch.testing.assert_close(
        score_search.swap_scorer(inputs, repeats=2)(arch)[0],
        np.mean([score_search.swap_scorer(inputs, seed=seed)(arch)[0] for seed in (0, 1000)]),
    )
