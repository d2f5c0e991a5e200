"""Frozen values of every proxy on four cells: a change of a number is a decision, made with `pytest --refresh-golden`."""

from pathlib import Path

import pandas as pd
import pytest
import torch
from torch.testing import assert_close

import untrained
from untrained import benchmarks, proxies, scores, scoring
from untrained.setting import Setting

GOLDEN = Path(__file__).parent / "golden" / "scores.csv"
TINY = {"batch": 16, "samples": 64, "chunk": 32, "repeats": 2, "draws": 2}
OPTIONS = {name: {k: v for k, v in TINY.items() if k in proxies.get(name).parameters} for name in proxies.names()}
SETTING = Setting(dataset="digits", batch=16, precision="float64", options=OPTIONS)
DIGITS = benchmarks.get("nas_bench_digits", "nowhere")
ARCHS = (
    "|nor_conv_3x3~0|+|nor_conv_3x3~0|nor_conv_3x3~1|+|nor_conv_3x3~0|nor_conv_3x3~1|nor_conv_3x3~2|",
    "|nor_conv_1x1~0|+|skip_connect~0|nor_conv_3x3~1|+|none~0|avg_pool_3x3~1|nor_conv_3x3~2|",
    "|none~0|+|none~0|none~1|+|skip_connect~0|none~1|none~2|",
    "|none~0|+|none~0|none~1|+|none~0|none~1|none~2|",
)


def score(arch):
    inputs, targets = (torch.from_numpy(part) for part in DIGITS.images("digits", 16))
    network, variants = DIGITS.build(arch, "digits"), DIGITS.variants(arch, "digits")
    return untrained.score(network, inputs, targets, setting=SETTING, variants=variants, arch=arch)


@pytest.fixture(scope="module")
def frozen(request):
    if request.config.getoption("--refresh-golden"):
        table = pd.concat([score(arch) for arch in ARCHS])[["arch", "proxy", "status", "value"]]
        table.to_csv(GOLDEN, index=False, float_format="%.10g")
    return pd.read_csv(GOLDEN).set_index(["arch", "proxy"])


@pytest.mark.parametrize("arch", ARCHS)
def test_no_value_has_moved(arch, frozen):
    found = score(arch).set_index("proxy")
    expected = frozen.loc[arch]
    assert sorted(expected.index) == proxies.names(), "a proxy came or went: pytest --refresh-golden tests/test_golden.py"
    assert found.status.to_dict() == expected.status.to_dict()
    for name in found.index:
        got, wanted = float(found.value[name]), float(expected.value[name])
        assert_close(got, wanted, rtol=1e-6, atol=1e-12, equal_nan=True, msg=lambda text, name=name: f"{name}: {text}")


def test_released_scores_are_those_of_this_code():
    """Fusions on other benchmarks learn from them: a change of a number here is followed by `make release`."""
    data = Path(__file__).parents[1] / "data"
    released = scores.read(data / "scores" / "nas_bench_digits.parquet")
    unit = released[["arch", "seed"]].drop_duplicates().iloc[[700]]
    again = scoring.again(released, list(unit.itertuples(index=False, name=None)), data=data)
    both = again.merge(released, on=scores.KEYS, suffixes=("", "_released"))
    assert sorted(both["proxy"]) == proxies.names()
    assert both["status"].equals(both["status_released"])
    assert_close(both["value"].tolist(), both["value_released"].tolist(), rtol=1e-3, atol=1e-9, equal_nan=True)
