"""Recipes: the published form, the sampler against known draws, sizes against known counts."""

import json
from itertools import islice

import numpy as np
import pytest

from untrained.sequence import recipes
from untrained.sequence.recipes import HAND_MADE, Node, draw, parse, recipe_str, renamed, shorthand, size, valid

RNN, LSTM, GRU = (shorthand(text) for text in HAND_MADE.values())
RANK_47 = (  # id 1000050, seed 70
    "node_0=linear h_prev_0 x; node_1=sigm node_0; node_2=linear h_prev_0 node_1; node_3=sigm node_2; "
    "node_4=linear node_3 x; node_5=leaky_relu node_4; node_6=linear x node_5; node_7=tanh node_6; "
    "node_8=linear node_7 x; h_new_0=leaky_relu node_8"
)


def changed(**nodes):
    return recipe_str({**RNN, **nodes})


@pytest.mark.parametrize("recipe", [RNN, LSTM, GRU, shorthand(RANK_47)])
def test_strings_round_trip(recipe):
    assert parse(recipe_str(recipe)) == recipe
    assert list(parse(recipe_str(recipe))) == list(recipe)
    assert recipe_str(RNN) == (
        '{"f": {"op": "linear", "input": ["x", "h_prev_0"]}, "h_new_0": {"op": "activation_tanh", "input": ["f"]}}'
    )


@pytest.mark.parametrize(
    ("arch", "message"),
    [
        ("{", "The form is"),
        ("[1]", "The form is"),
        (json.dumps({"h_new_0": {"op": "linear"}}), "The form is"),
        (changed(f=Node("liner", ("x", "h_prev_0"))), "'liner' of 'f'. Did you mean 'linear'"),
        (changed(f=Node("blend", ("x", "h_prev_0"))), "'f' is a blend of 2 inputs; wanted are 3"),
        (changed(f=Node("linear", ())), "linear of 0 inputs; wanted are 1 or more"),
        (changed(f=Node("linear", ("x", "h_prev_1"))), "'h_prev_1', which is no node"),
        (changed(f=Node("linear", ("x", "h_new_0"))), "reads itself through others"),
        (recipe_str({"f": Node("linear", ("x",))}), "outgoing states h_new_0"),
        (recipe_str({"h_new_1": Node("linear", ("x",))}), r"got \['h_new_1'\]"),
    ],
)
def test_a_wrong_recipe_is_refused_with_the_reason(arch, message):
    with pytest.raises(ValueError, match=message):
        parse(arch)


def test_only_numbered_outputs_are_states():
    assert recipes.states(LSTM) == 2
    assert recipes.states(GRU) == 1
    assert not recipes.is_output("h_new_1_act")
    assert not recipes.is_output("h_new_")


def test_topological_order_puts_every_node_behind_its_inputs():
    for recipe in (LSTM, dict(reversed(GRU.items()))):
        order = recipes.topological(recipe)
        assert sorted(order) == sorted(recipe)
        for name in recipe:
            assert all(order.index(other) < order.index(name) for other in recipe[name].inputs if other in recipe)


def test_names_go_and_order_stays():
    found = renamed(LSTM)
    assert list(found)[:2] == ["node_0", "node_1"]
    assert [node.op for node in found.values()] == [node.op for node in LSTM.values()]
    assert {name for name in found if recipes.is_output(name)} == {"h_new_0", "h_new_1"}
    assert renamed(found) == found
    assert parse(recipe_str(found)) == found


@pytest.mark.parametrize(("recipe", "count"), [(RNN, 5_731_600), (GRU, 9_174_800), (LSTM, 10_896_400)])
def test_published_sizes(recipe, count):
    assert size(recipe) == count


def test_published_sizes_of_drawn_recipes_and_of_another_vocabulary():
    assert size(shorthand(RANK_47)) == 12_658_000
    assert size(RNN, vocabulary=33_278) == 15_066_078
    assert size(RNN, vocabulary=50, embedding=8, hidden=12) == 1_170


def test_first_draws_of_one_state():
    found = list(islice(valid(1), 4))
    assert [seed for seed, _ in found] == [0, 1, 2, 3]
    assert found[0][1] == shorthand("node_0=linear h_prev_0 x; h_new_0=tanh node_0")
    assert found[2][1] == shorthand("node_0=linear h_prev_0 x; h_new_0=leaky_relu node_0")
    assert draw(70, 1) == shorthand(RANK_47)
    assert [seed for seed, _ in islice(valid(1), 48)][-1] == 70


def test_first_draws_of_two_and_three_states():
    """The order of the previous states among the candidates is what these depend on."""
    (seed, two), (last, three) = next(valid(2)), next(valid(3))
    assert (seed, len(two)) == (2, 9)
    assert list(two.items())[-2:] == [
        ("h_new_0", Node("blend", ("node_3", "node_1", "node_7"))),
        ("h_new_1", Node("activation_tanh", ("node_4",))),
    ]
    assert (last, list(three)) == (7, ["node_0", "node_9", "node_10", "h_new_0", "h_new_1", "h_new_2"])


def test_ids_are_runs_of_ranks():
    assert recipes.published(1000000) == recipe_str(RNN)
    assert {recipes.published(1000050 + 2000 * run) for run in range(3)} == {recipe_str(shorthand(RANK_47))}
    assert recipes.published(1000003) == recipe_str(draw(0, 1))
    assert recipes.published(1012003) == recipes.published(1012738) == recipe_str(draw(7, 3))
    for unknown in (999_999, 1_014_208, 2_000_000):
        with pytest.raises(KeyError, match=f"the id {unknown}"):
            recipes.published(unknown)


@pytest.mark.parametrize("hidden", [1, 2, 3])
def test_what_every_draw_keeps(hidden):
    for _, recipe in islice(valid(hidden), 20):
        assert parse(recipe_str(recipe)) == recipe
        assert recipes.states(recipe) == hidden
        outputs = [f"h_new_{i}" for i in range(hidden)]
        assert recipes.reached(recipe, outputs) >= {"x", *(f"h_prev_{i}" for i in range(hidden)), *recipe}
        assert not any(name.startswith("h_prev") for output in outputs for name in recipe[output].inputs)
        for node in recipe.values():  # an activation reads a linear node; x is read by linear nodes alone
            assert node.op == "linear" or "x" not in node.inputs


def test_drawing_leaves_the_shared_generator_alone():
    before = np.random.get_state()[1].copy()
    draw(5, 2)
    np.testing.assert_array_equal(np.random.get_state()[1], before)


@pytest.mark.slow
def test_as_many_seeds_are_consumed_as_the_benchmark_did():
    for hidden, ranks, seeds in ((1, 2000, 2_972), (2, 2000, 8_149), (3, 735, 9_997)):
        assert recipes.RANKS[hidden][0] == ranks
        *_, (last, _) = islice(valid(hidden), ranks)
        assert last + 1 == seeds
