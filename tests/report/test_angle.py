"""Pictures of light and fast training on made-up tables: values are told, bytes are stable."""

import numpy as np
import pandas as pd
import pytest

from untrained.report.figures import angle


def control() -> pd.DataFrame:
    rows = [
        (p, q, v)
        for p, e, w in (("angle", -0.1, 0.4), ("cj", 0.6, 0.2), ("os", 0.3, 0.1), ("params", 1.0, np.nan))
        for q, v in (("entanglement", e), ("within", w))
    ]
    return pd.DataFrame(rows, columns=["proxy", "quantity", "value"]).assign(metric="krocc")


def picks() -> pd.DataFrame:
    return pd.DataFrame(
        [{"seed": s, "pick": p, "accuracy": 90.0 + i + s} for i, p in enumerate(("random", "angle", "best")) for s in (0, 1)]
    )


def judged() -> pd.DataFrame:
    rows = [
        {"epoch": e, "score": s, "value": v + e / 10, "low": v, "high": v + 1}
        for s, v in (("D", 0.1), ("valid_acc", 0.2))
        for e in (0, 1, 3)
    ]
    return pd.DataFrame(rows)


def states() -> pd.DataFrame:
    return pd.DataFrame(
        [{"arch": a, "seed": 0, "epoch": e, "valid_acc": 10.0 + i * e} for i, a in enumerate("abcde") for e in range(4)]
    )


DRAWN = {
    "entanglement_plane": (lambda: angle.entanglement_plane(control(), ["angle"]), "angle \N{MINUS SIGN}0.10 and 0.40"),
    "pick_dots": (lambda: angle.pick_dots(picks()), "random 90.50; angle 91.50; best 92.50"),
    "training_lines": (
        lambda: angle.training_lines(judged(), ["D", "valid_acc"]),
        "D from 0.10 to 0.40; valid_acc from 0.20 to 0.50",
    ),
    "learning_curves": (lambda: angle.learning_curves(states()), "5 trainings end between 10.0 and 22.0, median 16.0"),
}


@pytest.mark.parametrize("name", DRAWN)
def test_picture_tells_its_values_and_has_stable_bytes(name):
    draw, told = DRAWN[name]
    one, two = draw(), draw()
    assert told in one.alt and one.caption and one.svg() == two.svg()


def test_size_itself_is_not_drawn_beside_what_is_compared_with_it():
    assert "params" not in angle.entanglement_plane(control(), ["params", "angle"]).alt
