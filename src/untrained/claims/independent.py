"""Correlations computed by this project from the scores that NAS-Bench-Suite-Zero publishes: independent of our own scores.

No paper claims these figures. They are here because they belong to exactly the unique set and to the accuracies that we use,
so that a difference is one of scores: implementation, minibatch, weights. Each line: our name of the indicator, then tau on
CIFAR-10, CIFAR-100 and ImageNet16-120.
"""

from untrained.claims.figures import Source, publish

NOTE = "from the score tables of NAS-Bench-Suite-Zero, all networks of the set, one minibatch"
UNIQUE = Source("krishnakumar2022suitezero", "unique", NOTE, independent=True)
FULL = Source("krishnakumar2022suitezero", "full", NOTE, independent=True)

for proxy, *figures in (
    ("params", 0.621, 0.586, 0.547),
    ("grad_norm", 0.440, 0.438, 0.404),
    ("snip", 0.441, 0.439, 0.404),
    ("grasp", 0.377, 0.375, 0.374),
    ("fisher", 0.399, 0.397, 0.358),
    ("synflow", 0.578, 0.559, 0.539),
    ("jacob_cov", 0.614, 0.636, 0.602),
    ("naswot", 0.623, 0.648, 0.614),
    ("zen", 0.109, 0.084, 0.092),
    ("l2_norm", 0.550, 0.567, 0.545),
    ("epe_nas", 0.577, 0.596, 0.217),
    ("plain", -0.233, -0.243, -0.229),
):
    publish(UNIQUE, proxy, "krocc", *figures)
publish(FULL, "params", "krocc", 0.576, 0.552, 0.519)
