"""Recipes of recurrent cells: the JSON of NAS-Bench-NLP, its sampler, and sizes. Reference: klyuchnikov2022nasbenchnlp."""

import json
from collections.abc import Iterator, Mapping, Sequence
from itertools import count, islice
from typing import NamedTuple

import numpy as np

from untrained.registry import suggest

ARITIES = {
    "linear": (1, 99), "elementwise_sum": (2, 2), "elementwise_prod": (2, 2), "blend": (3, 3),
    "activation_tanh": (1, 1), "activation_sigm": (1, 1), "activation_leaky_relu": (1, 1),
}  # fmt: skip
"""Operations with the least and the largest number of inputs.

linear: b + sum_j W_j u_j;  blend: u1 u2 + (1 - u1) u3;  leaky_relu: negative slope 0.01.
"""
ACTIVATIONS = tuple(name for name in ARITIES if name.startswith("activation"))

VERTICES = 13
"""Intermediate nodes that the sampler draws, besides one per state."""

ORDER = {1: (0,), 2: (1, 0), 3: (1, 0, 2)}
"""Order of the previous states among an operation's candidates: that of a set in the process that made the benchmark."""

RANKS = {1: (2000, 1000003), 2: (2000, 1006003), 3: (735, 1012003)}
"""Per number of states: how many valid recipes were drawn, and the id of the first training run of the first of them."""


class Node(NamedTuple):
    """An operation and the names it reads: `x`, `h_prev_<i>`, or other nodes."""

    op: str
    inputs: tuple[str, ...]


Recipe = Mapping[str, Node]
"""Nodes by name, in the order in which parameters are created; `h_new_<i>` are the outgoing states."""


def parse(arch: str) -> dict[str, Node]:
    """The nodes of a recipe, in their order.

    >>> parse('{"f": {"op": "linear", "input": ["x", "h_prev_0"]}, "h_new_0": {"op": "activation_tanh", "input": ["f"]}}')
    {'f': Node(op='linear', inputs=('x', 'h_prev_0')), 'h_new_0': Node(op='activation_tanh', inputs=('f',))}

    Raises:
        ValueError: not a recipe: no JSON of that form, an unknown operation or name, a wrong number of inputs, a cycle.
    """
    try:
        recipe = {name: Node(node["op"], tuple(node["input"])) for name, node in json.loads(arch).items()}
    except (ValueError, TypeError, KeyError, AttributeError):
        form = '{"node": {"op": "linear", "input": ["x", "h_prev_0"]}, "h_new_0": {...}}'
        raise ValueError(f"Not a recipe: {arch[:80]!r}. The form is {form}.") from None
    known = {"x", *(f"h_prev_{i}" for i in range(states(recipe))), *recipe}
    for name, (op, inputs) in recipe.items():
        if op not in ARITIES:
            raise ValueError(f"Unknown operation {op!r} of {name!r}. {suggest(op, ARITIES)}")
        least, most = ARITIES[op]
        if not least <= len(inputs) <= most:
            raise ValueError(f"{name!r} is a {op} of {len(inputs)} inputs; wanted are {least}{' or more' * (most > least)}.")
        if lost := [other for other in inputs if other not in known]:
            raise ValueError(f"{name!r} reads {lost[0]!r}, which is no node. {suggest(lost[0], known)}")
    topological(recipe)
    return recipe


def recipe_str(recipe: Recipe) -> str:
    """The JSON of a recipe, as in the published logs."""
    return json.dumps({name: {"op": node.op, "input": list(node.inputs)} for name, node in recipe.items()})


def is_output(name: str) -> bool:
    """Whether a node is an outgoing state; names such as `h_new_1_act` are not."""
    return name.startswith("h_new_") and name.removeprefix("h_new_").isdigit()


def states(recipe: Recipe) -> int:
    """Number H of hidden states.

    Raises:
        ValueError: outgoing states are not h_new_0 .. h_new_{H-1}.
    """
    found = sorted(int(name.removeprefix("h_new_")) for name in recipe if is_output(name))
    if not found or found != list(range(len(found))):
        raise ValueError(f"A recipe has outgoing states h_new_0, h_new_1, ...; got {[f'h_new_{i}' for i in found]}.")
    return len(found)


def topological(recipe: Recipe) -> list[str]:
    """Node names, each after those it reads.

    Raises:
        ValueError: the nodes read each other in a circle.
    """
    done: dict[str, bool] = {}

    def visit(name: str) -> None:
        if name in recipe and not done.get(name, False):
            if name in done:
                raise ValueError(f"{name!r} reads itself through others: a recipe has no cycle.")
            done[name] = False
            for other in recipe[name].inputs:
                visit(other)
            del done[name]
            done[name] = True

    for name in recipe:
        visit(name)
    return list(done)


def reached(recipe: Recipe, ends: Sequence[str]) -> set[str]:
    """Everything that some nodes depend on: themselves, nodes, `x` and previous states."""
    found, todo = set(), list(ends)
    while todo:
        name = todo.pop()
        if name not in found:
            found.add(name)
            todo += recipe[name].inputs if name in recipe else ()
    return found


def renamed(recipe: Recipe) -> dict[str, Node]:
    """The same recipe with its intermediate nodes called node_0, node_1, ... in their order."""
    names = {name: name if is_output(name) else f"node_{place}" for place, name in enumerate(recipe)}
    return {names[name]: Node(op, tuple(names.get(i, i) for i in inputs)) for name, (op, inputs) in recipe.items()}


def draw(seed: int, hidden: int) -> dict[str, Node] | None:
    """One draw of the benchmark's sampler with `hidden` states, or None where it is no valid recipe.

    A draw is valid if `x` and every previous state reach an outgoing state, and no outgoing state reads a previous one
    directly.
    """
    choices = np.random.RandomState(seed)
    recipe = _nodes(choices, hidden)
    for state, chosen in enumerate(choices.choice(list(recipe), hidden, replace=False)):
        name, node = f"h_new_{state}", recipe.pop(str(chosen))
        recipe = {k: Node(op, tuple(name if i == chosen else i for i in inputs)) for k, (op, inputs) in recipe.items()}
        recipe[name] = Node(node.op, tuple(name if i == chosen else i for i in node.inputs))
    outputs = [f"h_new_{state}" for state in range(hidden)]
    live = reached(recipe, outputs)
    previous = {f"h_prev_{state}" for state in range(hidden)}
    if not {"x", *previous} <= live or any(previous & set(recipe[name].inputs) for name in outputs):
        return None
    return {name: node for name, node in recipe.items() if name in live}


def _nodes(choices: np.random.RandomState, hidden: int) -> dict[str, Node]:
    """The nodes before outputs are chosen: each linear one is followed by an activation of its own."""
    recipe: dict[str, Node] = {}

    def pick(candidates: list[str], size: int) -> tuple[str, ...]:
        return tuple(map(str, choices.choice(candidates, size, replace=False)))

    while len(recipe) < hidden + VERTICES:
        op = choices.choice(["linear", "blend", "elementwise_prod", "elementwise_sum"], 1, p=[3 / 6, 1 / 6, 1 / 6, 1 / 6])[0]
        if op == "linear":
            size = int(choices.choice([2, 3], 1, p=[0.8, 0.2])[0])
            activated = [name for name, node in recipe.items() if node.op in ACTIVATIONS]
            candidates = ["x", *(f"h_prev_{i}" for i in range(hidden)), *activated]
            before = f"node_{len(recipe)}"
            recipe[before] = Node("linear", pick(candidates, min(size, len(candidates))))
            kind = choices.choice(ACTIVATIONS, 1, p=[1 / 3, 1 / 3, 1 / 3])[0]
            recipe[f"node_{len(recipe)}"] = Node(str(kind), (before,))
        else:
            candidates, size = [*(f"h_prev_{i}" for i in ORDER[hidden]), *recipe], 3 if op == "blend" else 2
            if len(candidates) >= size:
                recipe[f"node_{len(recipe)}"] = Node(str(op), pick(candidates, size))
    return recipe


def valid(hidden: int) -> Iterator[tuple[int, dict[str, Node]]]:
    """Seeds 0, 1, 2, ... whose draw is valid, with their recipes; their place in this order is a recipe's rank."""
    drawn = ((seed, draw(seed, hidden)) for seed in count())
    return ((seed, recipe) for seed, recipe in drawn if recipe is not None)


HAND_MADE = {
    1000000: "f=linear x h_prev_0; h_new_0=tanh f",
    1000001: (
        "i=linear x h_prev_0; i_act=tanh i; j=linear x h_prev_0; j_act=sigm j; f=linear x h_prev_0; f_act=sigm f; "
        "o=linear x h_prev_0; o_act=tanh o; h_new_1_part1=prod f_act h_prev_1; h_new_1_part2=prod i_act j_act; "
        "h_new_1=sum h_new_1_part1 h_new_1_part2; h_new_1_act=tanh h_new_1; h_new_0=prod h_new_1_act o_act"
    ),
    1000002: (
        "r=linear x h_prev_0; r_act=sigm r; z=linear x h_prev_0; z_act=sigm z; rh=prod r_act h_prev_0; "
        "h_tilde=linear x rh; h_tilde_act=tanh h_tilde; h_new_0=blend z_act h_prev_0 h_tilde_act"
    ),
}
"""The plain recurrent cell, the LSTM (whose output gate is a tanh) and the GRU, by id, in shorthand."""


def shorthand(text: str) -> dict[str, Node]:
    """A recipe from `name=operation input input; ...`, operations without their prefix.

    >>> list(shorthand("f=linear x h_prev_0; h_new_0=tanh f"))
    ['f', 'h_new_0']
    """
    full = {name.removeprefix("activation_").removeprefix("elementwise_"): name for name in ARITIES}
    lines = (line.partition("=") for line in text.split("; "))
    words = ((name, definition.split()) for name, _, definition in lines)
    return {name: Node(full[op], tuple(inputs)) for name, (op, *inputs) in words}


def published(identity: int) -> str:
    """The recipe behind an id of the three-run set: hand-made, or drawn again by the sampler.

    Raises:
        KeyError: no such id; those of the single-run set cannot be drawn again, their seeds are not known.
    """
    if identity in HAND_MADE:
        return recipe_str(shorthand(HAND_MADE[identity]))
    for hidden, (ranks, start) in RANKS.items():
        if start <= identity < start + 3 * ranks:
            return _ranked(hidden, (identity - start) % ranks)
    raise KeyError(f"No recipe of NAS-Bench-NLP's three-run set has the id {identity}.")


def _ranked(hidden: int, rank: int) -> str:
    drawn, following = _DRAWN.setdefault(hidden, ([], valid(hidden)))
    drawn += [recipe_str(recipe) for _, recipe in islice(following, max(0, rank + 1 - len(drawn)))]
    return drawn[rank]


_DRAWN: dict[int, tuple[list[str], Iterator[tuple[int, dict[str, Node]]]]] = {}
"""Recipes drawn so far by number of states, and the draws that follow."""


def size(recipe: Recipe, *, vocabulary: int = 10_000, embedding: int = 400, hidden: int = 600, layers: int = 3) -> int:
    """#Param of the language model: embedding tied to the decoder, its bias, and the linear nodes of every layer.

    >>> size(shorthand(HAND_MADE[1000000]))
    5731600
    """
    linear = [node.inputs for node in recipe.values() if node.op == "linear"]
    widths = layer_widths(embedding, hidden, layers)
    cells = sum(d * (1 + sum(k if i == "x" else d for i in inputs)) for k, d in widths for inputs in linear)
    return vocabulary * (embedding + 1) + cells


def layer_widths(embedding: int, hidden: int, layers: int) -> list[tuple[int, int]]:
    """Width of the input and of the states of each layer: embedding -> hidden -> ... -> embedding."""
    ends = [embedding, *[hidden] * (layers - 1), embedding]
    return list(zip(ends, ends[1:], strict=False))
