"""Published correlations outside NAS-Bench-101 and NAS-Bench-201: TransNAS-Bench-101 micro, NDS-DARTS, the DARTS space.

Of NDS, the papers' tables are of CIFAR-10 spaces; the one figure for a space of which accuracies are at hand is NASWOT's.
"""

from untrained.claims.benches import DARTS, NDS_DARTS_IN, TRANSNAS_MICRO
from untrained.claims.figures import Source, ahead, publish

TASKS = ("class_scene", "jigsaw", "normal", "autoencoder")
BENCHES = [TRANSNAS_MICRO[task] for task in TASKS]

ZICO = Source("li2023zico", "full", "Table 5, batch 128, two batches of the task's images", digits=2)
SIZE, OWN = (0.46, 0.29, 0.45, 0.01), (0.51, 0.36, 0.50, 0.24)
for proxy, *figures in (
    ("zico", *OWN),
    ("zen", 0.52, 0.35, 0.52, 0.09),
    ("params", *SIZE),
    ("fisher", 0.49, 0.19, 0.10, 0.42),
    ("naswot", 0.43, 0.29, 0.41, 0.01),
):
    publish(ZICO, proxy, "krocc", *figures, benches=BENCHES)
for bench, own, size in zip(BENCHES, OWN, SIZE, strict=True):
    ahead(
        "zico-beats-size", bench, "zico", "params", "krocc", set="full", paper="li2023zico",
        published=f"{own:.2f} against {size:.2f}, Table 5",
    )  # fmt: skip

NASWOT = Source("mellor2021nwot", "unique", "Figure 3, the 121 trained networks, batch 128")
publish(NASWOT, "naswot", "krocc", 0.535, benches=[NDS_DARTS_IN])

SWAP = Source("peng2024swap", "unique", "ablation table, 1,000 networks, batch 16, 32 draws; read in another text", digits=2)
publish(SWAP, "swap", "srocc", 0.90, benches=[DARTS], within=(0.85, 0.95))
publish(SWAP, "swap_reg", "srocc", 0.93, benches=[DARTS])
ahead(
    "swap-beats-size", DARTS, "swap", "params", "srocc", set="unique", paper="peng2024swap",
    published="not a claim of the paper: the control that every indicator needs",
)  # fmt: skip
