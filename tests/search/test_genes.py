"""Codes: what crossover and mutation keep and change, and which architecture a code stands for."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from untrained.search.genes import Genes, change_one, mutate, random_code, two_point_crossover, uniform_crossover

CHOICES = [np.arange(5)] * 6
seeds = st.integers(0, 2**32 - 1)


def drawn(seed, count=2):
    rng = np.random.default_rng(seed)
    return rng, *(random_code(CHOICES, rng) for _ in range(count))


@given(seeds)
@settings(deadline=None)
def test_crossover_keeps_the_genes_of_a_pair_at_each_position(seed):
    rng, first, second = drawn(seed)
    children = two_point_crossover(first, second, rng)
    assert (np.sort(children, axis=0) == np.sort([first, second], axis=0)).all()
    child = uniform_crossover(first, second, rng)
    assert ((child == first) | (child == second)).all()


def test_crossover_exchanges_one_block_somewhere_inside_and_at_both_ends():
    rng = np.random.default_rng(0)
    seen = {tuple(two_point_crossover(np.zeros(4, int), np.ones(4, int), rng)[0]) for _ in range(400)}
    blocks = {tuple(int(low <= i < high) for i in range(4)) for low in range(4) for high in range(low + 1, 5)}
    assert seen == blocks


@given(seeds)
@settings(deadline=None)
def test_mutation_at_rate_0_changes_nothing_and_at_rate_1_everything(seed):
    rng, code = drawn(seed, 1)
    assert (mutate(code, CHOICES, rng, rate=0.0) == code).all()
    changed = mutate(code, CHOICES, rng, rate=1.0)
    assert (changed != code).all() and all(value in values for value, values in zip(changed, CHOICES, strict=True))
    assert (change_one(code, CHOICES, rng) != code).sum() == 1


def test_mutation_rate_and_uniform_values():
    rng = np.random.default_rng(0)
    many = np.array([mutate(np.zeros(6, int), CHOICES, rng, rate=1 / 6) for _ in range(4000)])
    assert abs((many != 0).mean() - 1 / 6) < 0.01
    shares = np.bincount(many.ravel(), minlength=5)[1:] / (many != 0).sum()
    assert np.abs(shares - 0.25).max() < 0.03


def test_single_choice_stays():
    rng = np.random.default_rng(0)
    choices = [np.array([3]), np.array([0, 1])]
    assert mutate(np.array([3, 0]), choices, rng, rate=1.0).tolist() == [3, 1]
    assert change_one(np.array([3, 0]), choices, rng).tolist() == [3, 1]
    with pytest.raises(ValueError, match="No position"):
        change_one(np.array([3]), choices[:1], rng)


def test_code_stands_for_its_architecture_or_for_a_nearest_one():
    genes = Genes(np.array([[7, 0, 0, 0], [7, 1, 1, 0], [7, 1, 1, 1]]))
    rng = np.random.default_rng(0)
    assert genes.codes.shape == (3, 3), "a position that never differs is no gene"
    assert [genes.row(code, rng) for code in genes.codes] == [0, 1, 2]
    assert {genes.row([1, 0, 0], rng) for _ in range(50)} == {0, 1}
    assert {genes.row([0, 1, 1], rng) for _ in range(50)} == {2}


@pytest.mark.parametrize(("codes", "message"), [([[0, 1], [0, 1], [1, 1]], "2 of them distinct"), ([[4, 4]], "one code")])
def test_codes_that_tell_nothing_apart(codes, message):
    with pytest.raises(ValueError, match=message):
        Genes(np.array(codes))
