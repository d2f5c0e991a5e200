"""Published correlations of single indicators on NAS-Bench-201 and NAS-Bench-101, as their papers print them.

Each line: our name of the indicator, metric, CIFAR-10, CIFAR-100, ImageNet16-120, and NAS-Bench-101 where it is printed.
Directed: for CNNTK, where low is good, the sign is turned.
"""

from untrained.claims.benches import NAS_BENCH_101, NAS_BENCH_201
from untrained.claims.figures import Source, publish

CIFAR10, CIFAR100, _ = NAS_BENCH_201
SECOND_HAND = "read in another text, not in the paper itself"

ZERO_COST = Source(
    "abdelfattah2021zerocost",
    "full",
    "authors' notebooks, all 15,625 and 423,624 networks, batch 64 and 256, one draw",
    absolute=True,
)
for proxy, *figures in (
    ("grad_norm", 0.594, 0.637, 0.578, 0.198),
    ("snip", 0.596, 0.637, 0.578, 0.164),
    ("grasp", 0.514, 0.547, 0.549, 0.448),
    ("fisher", 0.360, 0.385, 0.327, 0.257),
    ("synflow", 0.737, 0.763, 0.751, 0.372),
):
    publish(ZERO_COST, proxy, "srocc", *figures)
for proxy in ("jacob_cov", "cj"):  # the formula is one; cj has one output, jacob_cov, as the authors', all of them
    publish(ZERO_COST, proxy, "srocc", 0.731, 0.704, 0.701, band=0.05)
    publish(ZERO_COST, proxy, "srocc", 0.378, benches=[NAS_BENCH_101], band=0.08)

NASWOT = Source("mellor2021nwot", "full", "Figure 3, 1,000 networks, batch 128, head with one output")
publish(NASWOT, "naswot", "krocc", 0.574, 0.611, 0.549)
NASWOT_101 = Source("mellor2021nwot", "full", f"{NASWOT.note}, stem of 16 channels, largest accuracy over seeds and epochs")
publish(NASWOT_101, "naswot", "krocc", 0.285, benches=[NAS_BENCH_101])

TE_NAS = Source("chen2021tenas", "full", f"batch 72, three draws, set not stated; {SECOND_HAND}", digits=2)
publish(TE_NAS, "cnntk", "krocc", 0.42, benches=[CIFAR100], within=(0.30, 0.55))
publish(TE_NAS, "nlr", "krocc", 0.50, benches=[CIFAR100], within=(0.35, 0.60))

ZICO = Source(
    "li2023zico", "full", "Tables 1 and 3, Figure 3, all 15,625 and 423,624 networks, batch 128, two batches", digits=2
)
for proxy, *figures in (
    ("grad_norm", 0.46, 0.47, 0.43, -0.17),
    ("snip", 0.46, 0.46, 0.43, -0.12),
    ("grasp", 0.37, 0.36, 0.40, 0.20),
    ("fisher", 0.40, 0.41, 0.37, -0.20),
    ("synflow", 0.54, 0.57, 0.56, 0.23),
    ("zen", 0.29, 0.28, 0.29, 0.46),
    ("params", 0.57, 0.55, 0.52, 0.31),
    ("zico", 0.61, 0.61, 0.60, 0.46),
    ("cnntk", 0.33, 0.33, 0.46),
):
    publish(ZICO, proxy, "krocc", *figures)
publish(ZICO, "flops", "krocc", 0.31, benches=[NAS_BENCH_101])  # of NAS-Bench-201: claims.flops
publish(ZICO, "zico", "srocc", 0.80, 0.81, 0.79, 0.63)
publish(ZICO, "gradsign", "srocc", 0.77, 0.79, 0.78)

AZ_NAS = Source("lee2024aznas", "full", f"Table 1, all 15,625 networks; {SECOND_HAND}")
publish(AZ_NAS, "gradsign", "krocc", 0.618, 0.594, 0.575)
publish(AZ_NAS, "zico", "krocc", 0.589, 0.590, 0.584)

VKDNW = Source("tybl2025vkdnw", "unique", "Table 1, the 9,445 unique networks")
for proxy, *figures in (
    ("flops", 0.623, 0.586, 0.545),
    ("vkdnw_dim", 0.626, 0.646, 0.623),
    ("vkdnw", 0.618, 0.634, 0.622),
    ("zico", 0.607, 0.614, 0.587),
):
    publish(VKDNW, proxy, "krocc", *figures)
publish(VKDNW, "vkdnw", "srocc", 0.815, 0.829, 0.814)
publish(VKDNW, "vkdnw_dim", "srocc", 0.767, 0.787, 0.764)

MECO = Source("jiang2023meco", "full", f"Tables 1 and 2, one random image of 64 x 64; {SECOND_HAND}")
publish(MECO, "meco", "srocc", 0.894, 0.883, 0.845)

SWAP = Source(
    "peng2024swap", "unique", "abstract, batch 16, 32 draws, validation accuracy, set and size term not stated", digits=2
)
publish(SWAP, "swap_reg", "srocc", 0.90, benches=[CIFAR100], within=(0.87, 0.93))

LSWAG = Source("casarin2025lswag", "full", "Table 3, a variant by layers, 1,000 networks, batch 64", digits=2)
publish(LSWAG, "swap", "srocc", 0.71, 0.75, 0.71)
