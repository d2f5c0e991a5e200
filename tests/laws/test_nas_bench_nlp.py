"""Laws of the recurrent recipes as a benchmark, and what is known of the published table."""

import numpy as np
import pytest
import torch
from torch.testing import assert_close

from untrained import benchmarks, downloads
from untrained.sequence import recipes

NLP = benchmarks.get("nas_bench_nlp")
SMALL = {"embedding": 6, "hidden": 8, "vocabulary": 30}
ARCHS = [recipes.recipe_str(recipes.shorthand(text)) for text in recipes.HAND_MADE.values()]
ARCHS += [recipes.recipe_str(recipes.draw(seed, hidden)) for hidden, seed in ((1, 70), (2, 2), (3, 7))]
every_arch = pytest.mark.parametrize("arch", ARCHS, ids=["rnn", "lstm", "gru", "one", "two", "three"])
published = pytest.mark.skipif(
    not downloads.available("nas_bench_nlp"), reason="no copy of the originals at hand: set UNTRAINED_MIRROR"
)


@every_arch
def test_canonical_is_idempotent_and_forms_are_bitwise_the_same_network(arch):
    form = NLP.canonical(arch)
    assert NLP.canonical(form) == form
    one, two = (NLP.build(a, "ptb", seed=1, **SMALL) for a in (arch, form))
    assert_close(one.state_dict(), two.state_dict(), rtol=0, atol=0)
    tokens = torch.arange(12).reshape(4, 3)
    assert_close(one(tokens), two(tokens), rtol=0, atol=0)


def test_names_do_not_count_and_order_does():
    turned = recipes.recipe_str(recipes.shorthand("gate=linear x h_prev_0; h_new_0=tanh gate"))
    assert turned != ARCHS[0]
    assert NLP.canonical(turned) == NLP.canonical(ARCHS[0])
    other = recipes.recipe_str(recipes.shorthand("h_new_0=tanh f; f=linear x h_prev_0"))
    assert NLP.canonical(other) != NLP.canonical(ARCHS[0])


@every_arch
def test_neighbours_are_one_operation_away_and_mutual(arch):
    recipe = recipes.parse(arch)
    counts = [node.op for node in recipe.values()]
    activations, pairs = sum(op in recipes.ACTIVATIONS for op in counts), sum("elementwise" in op for op in counts)
    near = NLP.neighbours(arch)
    assert len(set(near)) == len(near) == 2 * activations + pairs
    for other in near:
        found = recipes.parse(other)
        assert list(found) == list(recipe)
        assert sum(found[name] != recipe[name] for name in recipe) == 1
        assert arch in NLP.neighbours(other)


def test_a_network_is_as_large_as_the_data_set_says():
    for dataset, count in (("ptb", 5_731_600), ("wikitext-2", 15_066_078)):
        network = NLP.build(ARCHS[0], dataset)
        assert sum(p.numel() for p in network.parameters()) == count


def test_sequences_and_what_follows_them():
    tokens, following = NLP.images("ptb", 7, inputs="uniform", steps=5)
    assert tokens.shape == following.shape == (7, 5)
    np.testing.assert_array_equal(tokens[:, 1:], following[:, :-1])


@published
def test_sizes_of_all_runs_are_those_of_their_recipes():
    from untrained.readers.nas_bench_nlp import LOSSES, runs

    found = runs(downloads.fetch(LOSSES))
    assert len(found) == 12_341
    assert found["arch"].nunique() == 4_114
    sizes = {arch: recipes.size(recipes.parse(arch)) for arch in found["arch"].unique()}
    assert (found["params"] == found["arch"].map(sizes)).all()


@published
def test_drawn_recipes_are_those_of_the_public_logs():
    from untrained.readers.nas_bench_nlp import LOGS, logs

    found = logs(downloads.fetch(LOGS))
    assert len(found) == 345
    assert (found["arch"] == found["recipe_id"].map(recipes.published)).all()
    sizes = [recipes.size(recipes.parse(arch), vocabulary=33_278) for arch in found["arch"]]
    assert list(found["params"]) == sizes


@published
def test_the_published_table():
    table = NLP.table("ptb")
    assert len(table) == 3_371
    assert table["states"].value_counts().to_dict() == {1: 1_372, 2: 1_587, 3: 412}
    runs = table[["test_loss_0", "test_loss_1", "test_loss_2"]]
    assert runs.notna().sum().sum() == 10_032
    assert round(float(table["test_loss"].min()), 3) == 4.441
    both = runs.dropna()
    assert round(float(both["test_loss_0"].corr(both["test_loss_1"], method="kendall")), 3) > 0.95
    assert len({NLP.canonical(arch) for arch in table.index}) == 3_118
    assert "valid_loss" in NLP.table("wikitext-2") and "valid_loss" not in table
