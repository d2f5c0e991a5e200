"""From measured rows to what is quoted: medians, peers beside them, targets."""

from typing import NamedTuple

import pandas as pd

UNIQUE = 9445
"""Unique cells of NAS-Bench-201: what the whole space costs."""

PEER_UNIT = 0.0265
"""Seconds of the unit beside the peers' figures: its median over that run."""


class Peer(NamedTuple):
    """Published code, the proxies of this package that compute the same, its seconds and its peak memory in MB."""

    code: str
    proxies: tuple[str, ...]
    seconds: float
    peak_mb: float


PEERS = (
    Peer("zero-cost-nas", ("grad_norm",), 0.89, 566),
    Peer("zero-cost-nas", ("snip",), 1.12, 601),
    Peer("zero-cost-nas", ("grasp",), 2.26, 1018),
    Peer("zero-cost-nas", ("fisher",), 1.36, 582),
    Peer("zero-cost-nas", ("jacob_cov",), 0.87, 614),
    Peer("zero-cost-nas", ("plain",), 0.88, 575),
    Peer("zero-cost-nas", ("synflow",), 0.43, 335),
    Peer("zero-cost-nas", ("synflow_bn",), 0.43, 342),
    Peer("NASLib", ("epe_nas",), 0.88, 597),
    Peer("AZ-NAS", ("naswot",), 0.67, 599),
    Peer("AZ-NAS", ("zen",), 0.53, 287),
    Peer("AZ-NAS", ("gradsign",), 1.50, 864),
    Peer("AZ-NAS", ("trainability", "expressivity", "progressivity"), 0.58, 598),
    Peer("TE-NAS", ("cnntk",), 9.34, 994),
    Peer("TE-NAS", ("cnntk_running",), 8.17, 999),
    Peer("TE-NAS", ("nlr",), 0.15, 346),
    Peer("TE-NAS", ("flops",), 0.03, 272),
    Peer("SWAP", ("swap",), 1.89, 1092),
    Peer("ZiCo", ("zico",), 0.47, 427),
    Peer("MeCo", ("meco",), 0.54, 549),
)
"""Peers' code on NAS-Bench-201 networks (C = 16, N = 5, 32 x 32, batch 32): median CPU seconds of one thread over twelve
architectures spread over multiplications, building not counted, and peak memory of the process, 235 MB of it libraries.

Measured by this project's authors on a like machine, two shared cores, so +-30 %. Where several codes compute a proxy, the
fastest is taken.
"""

TARGETS = {
    "all proxies, median architecture": ("units", 100.0, 60.0),
    "all proxies, unique cells of the space, two cores": ("hours", 4.0, 2.6),
    "NTK with frozen statistics": ("forward passes", 10.0, 5.0),
    "peak memory at batch 64, median architecture": ("GB", 1.0, 0.7),
}
"""What is accepted and what is aimed at: full-size networks, batch 32 if nothing else is said, one thread, and all proxies
but those with one backward pass per input."""

HEAVIEST = "peak memory at batch 64, heaviest architecture"
"""Stands beside the targets: a machine needs that much for the whole space."""


def summary(rows: pd.DataFrame, by: str | list[str], column: str = "seconds") -> pd.DataFrame:
    """Medians: over the repeats of an architecture, then over architectures.

    Args:
        rows: arch, repeat, unit, the column of seconds and those to group by.
        by: groups.
        column: of seconds.

    Returns:
        One row per group: median, best (of the fastest repeats), low and high (the architectures' range) in seconds, and
        `units`: the median of seconds over the unit beside them.
    """
    keys = [by] if isinstance(by, str) else list(by)
    table = rows.assign(units=rows[column] / rows["unit"])
    table = table.groupby([*keys, "arch"], sort=False).agg(
        median=(column, "median"), best=(column, "min"), units=("units", "median")
    )
    return (
        table.groupby(keys, sort=False)
        .agg(
            median=("median", "median"),
            best=("best", "median"),
            low=("median", "min"),
            high=("median", "max"),
            units=("units", "median"),
        )
        .reset_index()
    )


def beside_peers(costs: pd.DataFrame, peaks: pd.DataFrame | None = None) -> pd.DataFrame:
    """Units of a proxy alone, here and in published code; a group costs its dearest proxy and the others' own seconds.

    Args:
        costs: of `per_proxy`.
        peaks: of `memory`, where known: case (a proxy), peak_mb.

    Returns:
        One row per peer whose proxies were measured: proxy, code, ours and peer in units, ratio of peer to ours, peer_mb,
        ours_mb.
    """
    alone, own = (summary(costs, "proxy", column).set_index("proxy")["units"] for column in ("seconds", "own"))
    peak = {} if peaks is None else peaks.groupby("case")["peak_mb"].max().to_dict()
    rows = []
    for peer in PEERS:
        if not set(peer.proxies) <= set(alone.index):
            continue
        first = alone[list(peer.proxies)].idxmax()
        ours = alone[first] + sum(own[name] for name in peer.proxies if name != first)
        theirs = peer.seconds / PEER_UNIT
        row = {"proxy": " + ".join(peer.proxies), "code": peer.code, "ours": ours, "peer": theirs, "ratio": theirs / ours}
        rows.append(row | {"peer_mb": peer.peak_mb, "ours_mb": peak.get(first)})
    return pd.DataFrame(rows)


def against_targets(runs: pd.DataFrame, costs: pd.DataFrame, passes: pd.DataFrame, peaks: pd.DataFrame) -> pd.DataFrame:
    """Each target, what was measured, and the verdict: `aim`, `accepted` or `missed`.

    Args:
        runs: of `per_proxy`, on a stratified sample.
        costs: the same call's proxies, the frozen kernel among them.
        passes: of `per_pass`, on some of the same architectures.
        peaks: of `memory`, with the batch of the target: architectures spread over that sample, whose median counts, and
            the heaviest of the space.

    Returns:
        Rows (what, measured, accept, aim, in, verdict), and last `HEAVIEST`, which has no target.
    """
    kernel = costs[costs["proxy"] == "cnntk_frozen"]
    kernel = (kernel["seconds"] / kernel["unit"]).groupby(kernel["arch"]).median()
    plain = passes[passes["pass"] == "outputs"]
    plain = (plain["seconds"] / plain["unit"]).groupby(plain["arch"]).median()
    peak = peaks[peaks["batch"] == 64].groupby("arch")["peak_mb"].max() / 1000
    found = (
        summary(runs.assign(all=True), "all")["units"].item(),
        runs.groupby("arch")["seconds"].median().mean() * UNIQUE / 2 / 3600,
        (kernel / plain).median(),
        peak[peak.index.isin(runs["arch"])].median(),
    )
    rows = []
    for (what, (unit, accept, aim)), measured in zip(TARGETS.items(), found, strict=True):
        verdict = "aim" if measured <= aim else "accepted" if measured <= accept else "missed"
        rows.append({"what": what, "measured": measured, "accept": accept, "aim": aim, "in": unit, "verdict": verdict})
    rows.append({"what": HEAVIEST, "measured": peak.max(), "in": "GB", "verdict": "no target"})
    return pd.DataFrame(rows)
