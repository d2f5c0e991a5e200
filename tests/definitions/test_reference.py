"""Every figure of an independent file of reference values, computed by the proxies' authors' own code.

UNTRAINED_REFERENCE names the file; by default the copy beside this test. Networks, weights and inputs follow from a rule of
names and numbers, so that any architecture of the space may stand in the file.
"""

import json
import os
from pathlib import Path

import pytest

from untrained.reference import FIGURES, SAME, Reference, summary
from untrained.reference.figures import counted_twice, kernel, of
from untrained.stats import krocc

FILE = Path(os.environ.get("UNTRAINED_REFERENCE") or Path(__file__).with_name("proxies_nb201.json"))
REFERENCE = Reference(json.loads(FILE.read_text()))
WRONG = {
    "zero-cost-nas/grad_norm": lambda one: (
        sum(float(g.square().sum()) for _, g in one.probe.loss_gradients().weights.values()) ** 0.5
    ),
    "zero-cost-nas/snip": of("plain")[1],
    "zero-cost-nas/plain": of("snip")[1],
    "zero-cost-nas/grasp": lambda one: -one("grasp"),
    "zero-cost-nas/fisher": of("fisher", weighting="none")[1],
    "zero-cost-nas/jacob_cov": lambda one: one("jacob_cov", one.probe.variant(norm="running")),
    "zero-cost-nas/synflow": of("synflow")[1],
    "zero-cost-nas/synflow_bn": of("synflow")[1],
    "NASLib/epe_nas": of("epe_nas", many=0)[1],
    "NASLib/zen": lambda one: one("zen", batch=one.batch, init="kaiming_fan_in"),
    "AZ-NAS/naswot": counted_twice,
    "SWAP/swap": of("swap", batch=8)[1],
    "TENAS/ntk_cond_train": lambda one: kernel(one, "cnntk_frozen"),
    "ZiCo/zico": of("zico", parts=4)[1],
    "AZ-NAS/az_nas:trainability": of("trainability", draws=2, inputs="minibatch")[1],
    "AZ-NAS/gradsign": of("gradsign", batch=8)[1],
    "MeCo/meco": of("meco")[1],
}
"""A near miss of each definition."""


@pytest.mark.parametrize("case", REFERENCE.cases(), ids="/".join)
def test_figure(case):
    row = REFERENCE.compare(*case)
    assert row["holds"], (
        f"{row['figure']} of {row['arch']} ({row['config']}, {row['precision']}): wanted {row['wanted']!r}, "
        f"found {row['found']!r}, {row['error']:.1e} apart where {row['allowed']:.1e} is allowed ({row['why']})."
    )


@pytest.mark.parametrize("figure", WRONG)
@pytest.mark.parametrize("bits", ["f32", "f64"])
def test_no_tolerance_hides_a_wrong_definition(figure, bits, monkeypatch):
    case = next((case for case in REFERENCE.cases() if case[2:] == (bits, figure)), None)
    if not case:
        pytest.skip(f"no network has {figure}")
    name = SAME.get(figure, figure)
    monkeypatch.setitem(FIGURES, name, (FIGURES[name][0], WRONG[figure]))
    assert not REFERENCE.compare(*case)["holds"]


@pytest.mark.parametrize("config", REFERENCE.configs)
def test_meco_ranks_architectures_as_the_reference(config):
    """The proxy counts no containers; `MeCo/meco` is compared with the sum that does."""
    archs = [arch for arch in REFERENCE.archs if "MeCo/meco" in REFERENCE.figures(arch, config, "f32")]
    if len(archs) < 6:
        pytest.skip(f"{len(archs)} architectures have the figure: no ranks to compare")
    ours = [REFERENCE.subject(arch, config, "f32")("meco") for arch in archs]
    assert krocc(ours, [REFERENCE.figures(arch, config, "f32")["MeCo/meco"] for arch in archs]) > 0.5


def test_summary_names_what_allowed_more():
    table = REFERENCE.table(REFERENCE.cases()[:3])
    found = summary(table)
    assert found["hold"].all() and (found["worst"] <= found["asked"]).all() and not found["more"].any()
    assert not summary(table.assign(holds=False, why="rounding"))["hold"].any()
