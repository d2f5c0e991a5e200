"""What papers say of indicators against each other: ahead of size, and that none is best on every benchmark."""

from collections.abc import Sequence

import pandas as pd

from untrained.claims import NotTestable, Verdict, claim
from untrained.claims.benches import DIGITS, NAS_BENCH_101, NAS_BENCH_201, PAPERS, Bench
from untrained.claims.figures import TITLES, ahead, row
from untrained.fusion.fusion_indicator import INDICATORS

CIFAR10, CIFAR100, _ = NAS_BENCH_201

for bench, own, size in zip(PAPERS, (0.61, 0.61, 0.60, 0.46), (0.57, 0.55, 0.52, 0.31), strict=True):
    ahead(
        "zico-beats-size", bench, "zico", "params", "krocc", set="full", paper="li2023zico",
        published=f"{own:.2f} against {size:.2f}, Table 1 and Figure 3",
    )  # fmt: skip
for bench, own, layers in zip(NAS_BENCH_201, (0.815, 0.829, 0.814), (0.767, 0.787, 0.764), strict=True):
    ahead(
        "vkdnw-beats-layers", bench, "vkdnw", "vkdnw_dim", "srocc", set="unique", paper="tybl2025vkdnw",
        published=f"{own:.3f} against {layers:.3f}, Table 1",
    )  # fmt: skip
ahead(
    "swap-beats-naswot", CIFAR100, "swap_reg", "naswot", "srocc", set="unique", paper="peng2024swap",
    published="0.90 against 0.80, abstract; validation accuracy",
)  # fmt: skip


def _across(id: str, first: Bench, second: Bench, statement: str, published: str) -> dict:
    """What registers a comparison of the winners on two benchmarks."""
    where = " and ".join(f"{bench.title} ({bench.named('unique')}; {bench.truth})" for bench in (first, second))
    return {
        "id": id,
        "paper": "tran2021fusion",
        "statement": f"{where}: {statement}; an indicator whose 95 % interval of {TITLES['krocc']} reaches the best value "
        "counts as best.",
        "published": published,
        "stage": second.stage("correlate"),
        "notebook": f"04_correlate-{second.key}",
        "tables": {"first": f"correlations/{first.key}", "second": f"correlations/{second.key}"},
        "requires": second.requires,
    }


FOUR = "no indicator of CJ, OS, NLR and CNNTK is the best single one on both"
ABSTRACT = "no single indicator is best in all cases, in the abstract; no figure of the paper is accessible to us"
CONTROL = "not a claim of the paper, which names the four indicators on NAS-Bench-101 and NAS-Bench-201: a control"


@claim(**_across("fi-no-single-best-across", CIFAR10, NAS_BENCH_101, FOUR, ABSTRACT))
@claim(**_across("fi-no-single-best-across@nas_bench_digits-101", DIGITS, NAS_BENCH_101, FOUR, CONTROL))
@claim(**_across("fi-no-single-best-across@nas_bench_digits-201", DIGITS, CIFAR10, FOUR, CONTROL))
def no_single_best_across(first: pd.DataFrame, second: pd.DataFrame) -> Verdict:
    """The winners among the Fusion Indicator's parts on two benchmarks."""
    return _winners(first, second, INDICATORS)


@claim(**_across("no-proxy-best-across", CIFAR10, NAS_BENCH_101, "no scored indicator at all is the best on both", CONTROL))
@claim(
    **_across(
        "no-proxy-best-across@nas_bench_digits-201",
        DIGITS,
        CIFAR10,
        "no scored indicator at all is the best on both",
        CONTROL,
    )
)
def no_proxy_best_across(first: pd.DataFrame, second: pd.DataFrame) -> Verdict:
    """The winners among all that is scored on two benchmarks."""
    scored = [name for name in dict.fromkeys(first["proxy"]) if _told(first, name) and _told(second, name)]
    if not scored:
        raise NotTestable("The two tables share no indicator that either decides.")
    return _winners(first, second, scored)


def _told(correlations: pd.DataFrame, proxy: str) -> bool:
    try:
        return bool(row(correlations, proxy, "krocc", "unique"))
    except NotTestable:
        return False


def _winners(first: pd.DataFrame, second: pd.DataFrame, indicators: Sequence[str]) -> Verdict:
    """Whether some indicator is best, or not clearly worse, in both tables."""
    rows = [{name: row(table, name, "krocc", "unique") for name in indicators} for table in (first, second)]
    best = [max(found, key=lambda name: found[name].value) for found in rows]
    reaching = [
        {name for name in found if found[name].high >= found[top].value} for found, top in zip(rows, best, strict=True)
    ]
    ours = ", then ".join(f"{top} {found[top].value:.2f}" for top, found in zip(best, rows, strict=True))
    sizes = " and ".join(found[top].size() for top, found in zip(best, rows, strict=True))
    if both := sorted(reaching[0] & reaching[1]):
        return Verdict("fails", ours, reason=f"Best on both, or reaching it: {', '.join(both)}; {sizes}.")
    groups = "; ".join(", ".join(sorted(names)) for names in reaching)
    return Verdict("holds", ours, reason=f"Best or reaching it, first and second benchmark: {groups}; {sizes}.")
