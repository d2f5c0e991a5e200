"""Configurations of encoders: the sampler, strings, neighbours, and counts of parameters known from the released data."""

from itertools import islice

import pytest

from untrained import downloads
from untrained.sequence import encoders
from untrained.sequence.encoders import Config, parse

FIRST = "256 | WMA*4:1024x3 | DCT*2:512x3 | SDP*4:512x3 | SDP*4:1024x1"
SAMPLE = list(islice(encoders.sampled(), 500))


def test_the_benchmark_is_drawn_again():
    assert str(SAMPLE[0]) == FIRST
    assert [sum(config.hidden == h for config in SAMPLE) for h in (128, 256)] == [251, 249]
    assert [sum(len(config.layers) == n for config in SAMPLE) for n in (2, 4)] == [239, 261]
    groups = [(len(config.layers), config.hidden) for config in SAMPLE]
    assert [groups.count(group) for group in ((2, 128), (2, 256), (4, 128), (4, 256))] == [123, 116, 128, 133]
    assert len(set(SAMPLE)) == 491
    assert next(encoders.sampled(1)) != SAMPLE[0]


def test_size_of_the_space():
    assert encoders.size_of_space() == 2 * (48**2 + 48**4) == 10_621_440


def test_released_parameters_layer_by_layer():
    assert encoders.params(SAMPLE[0]) == 13_330_176
    tables = 4_005_888
    for place, count in enumerate((2_954_496, 2_691_072, 2_888_960, 789_760)):
        alone = Config(256, (parse(FIRST).layers[place],))
        assert encoders.params(alone) - tables == count
    assert encoders.params(Config(128, ())) == tables  # the metric code builds width 256


def test_parameters_of_what_was_trained():
    counts = [encoders.trained_params(config) for config in SAMPLE]
    assert (min(counts), max(counts)) == (4_369_408, 15_561_728)


def test_configured_parameters_depend_on_every_width():
    one = parse("256 | K5*4:1024x3 | DFT*2:512x1")
    assert encoders.params(one, "configured") < encoders.params(one)
    for other in ("128 | K5*4:1024x3 | DFT*2:512x1", "256 | K5*4:512x3 | DFT*2:512x1"):
        assert encoders.params(parse(other), "configured") < encoders.params(one, "configured")
        assert encoders.params(parse(other)) == encoders.params(one)


def test_baselines():
    found = encoders.baselines(parse("256 | SDP*2:512x1 | SDP*2:512x1"))
    assert (found["depth"], found["width"], found["depth_and_width"]) == (2, 256, 1)
    assert [encoders.baselines(config)["depth_and_width"] for config in SAMPLE[:3]] == [3, 3, 2]


def test_strings_and_records_name_one_configuration():
    for config in SAMPLE[:50]:
        assert parse(str(config)) == config
    record = {
        "hidden_size": 128,
        "nas_config": {
            "encoder_layers": [
                {
                    "operation_type": kind, "operation_parameter": parameter, "num_operation_heads": 2,
                    "feed_forward_dimension": 512, "num_feed_forward": 3,
                }
                for kind, parameter in (("DSC", 9), ("LT", "DFT"))
            ]
        },
    }  # fmt: skip
    assert str(encoders.published(record)) == "128 | K9*2:512x3 | DFT*2:512x3"


@pytest.mark.parametrize(
    ("arch", "message"),
    [
        ("256 | SDP*2:512x1", "Unknown number of layers 1"),
        ("64 | SDP*2:512x1 | SDP*2:512x1", "Unknown hidden size 64"),
        ("256 | SPD*2:512x1 | SDP*2:512x1", "Did you mean 'SDP'"),
        ("256 | SDP*3:512x1 | SDP*2:512x1", "Unknown number of heads 3"),
        ("256 | SDP*2:512x2 | SDP*2:512x1", "Unknown number of feed-forward layers 2"),
        ("256 SDP", "Not an encoder: '256 SDP'"),
    ],
)
def test_what_is_no_encoder_is_refused(arch, message):
    with pytest.raises(ValueError, match=message):
        parse(arch)


def test_neighbours_differ_in_one_choice_and_are_mutual():
    config = SAMPLE[2]
    found = list(encoders.neighbours(config))
    assert len(found) == len(set(found)) == 1 + len(config.layers) * (5 + 1 + 1 + 1)
    for other in found:
        assert config in set(encoders.neighbours(other))
        changed = sum(
            a != b for one, two in zip(config.layers, other.layers, strict=True) for a, b in zip(one, two, strict=True)
        )
        assert changed + (config.hidden != other.hidden) == 1


def test_every_record_of_the_benchmark_is_drawn_again():
    from untrained.readers import bert

    try:
        path = downloads.fetch(bert.RECORDS)
    except (downloads.Missing, FileNotFoundError) as error:
        pytest.skip(str(error).split("\n")[0])
    table = bert.read({bert.RECORDS: path})
    assert set(table["arch"]) == {str(config) for config in SAMPLE}
    assert table["runs"].sum() == 500
    tasks = table[list(bert.TASKS)].mean(axis=1)
    assert (tasks - table["glue"]).abs().max() < 1e-12
    means = {group: part["glue"].mean() for group, part in _runs(table).groupby("group")}
    assert {group: round(value, 2) for group, value in means.items()} == {
        "2, 128": 64.43, "2, 256": 67.27, "4, 128": 70.25, "4, 256": 73.11,
    }  # fmt: skip


def _runs(table):
    """One row per training."""
    long = table.melt(id_vars="arch", value_vars=["glue_0", "glue_1"], value_name="score").dropna()
    configs = long["arch"].map(parse)
    return (
        long[["score"]]
        .rename(columns={"score": "glue"})
        .assign(group=[f"{len(config.layers)}, {config.hidden}" for config in configs])
    )
