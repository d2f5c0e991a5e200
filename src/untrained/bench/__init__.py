"""What scoring costs: per proxy, per pass, in memory, and against batch, width and number of architectures.

Times are CPU seconds of one thread. Beside each stands its `unit`, the work of `meter.calibration` measured right before
and right after it, so that costs in units compare between machines. Every function first runs one network unmeasured:
imports, the choice of kernels and the growth of the heap are paid once. `summary` turns rows into medians.
"""

from untrained.bench.compare import PEER_UNIT, PEERS, TARGETS, against_targets, beside_peers, summary
from untrained.bench.measure import memory, per_pass, per_proxy, scaling
from untrained.bench.space import Space
from untrained.bench.tables import added, throughput

__all__ = [
    "PEERS",
    "PEER_UNIT",
    "TARGETS",
    "Space",
    "added",
    "against_targets",
    "beside_peers",
    "memory",
    "per_pass",
    "per_proxy",
    "scaling",
    "summary",
    "throughput",
]
