"""One network, one minibatch, and the passes already paid for."""

import copy
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from untrained import gram, passes
from untrained.initialise import draw, fill, signs
from untrained.meter import Meter
from untrained.setting import Setting

PASSES = (
    "forward",
    "loss_gradients",
    "part_gradients",
    "hessian_product",
    "input_jacobian",
    "sample_gradients",
    "layer_gradients",
    "entry_jacobian",
    "path_gradients",
    "outputs",
)
"""What a proxy may declare in `needs`; `outputs` is any number of plain forward passes."""


class Undefined(ValueError):  # noqa: N818 - it is an answer, no error
    """A proxy has no value on this network; the message is the reason."""


class Probe:
    """A network prepared for measuring: a copy in the setting's precision, weights and norm mode, and its passes.

    Each pass runs at most once, however many proxies ask for it. The network given is never touched.

    Args:
        network: any module that maps inputs (n, ...) to logits (n, classes).
        inputs: (n, ...), at least as many as the largest batch a proxy asks for.
        targets: (n,) class indices, or None where no proxy needs labels.
        setting: what decides the measurement.
        variants: named relatives of the network that some proxies measure instead: `one_output`, `reduced`.
    """

    def __init__(
        self,
        network: nn.Module,
        inputs: Tensor,
        targets: Tensor | None = None,
        *,
        setting: Setting | None = None,
        variants: Mapping[str, Callable[[], nn.Module]] | None = None,
    ) -> None:
        self.setting = setting or Setting()
        self.dtype = getattr(torch, self.setting.precision)
        self.given, self.labels, self.pool = network, targets, _last(inputs.detach().to(self.dtype))
        self._variants = variants or {}
        self._cache: dict[tuple, Any] = {}
        self._relatives: dict[tuple, Probe] = {}
        self._root: Probe = self
        self._allowed: tuple[str, ...] | None = None
        self.meter = Meter()
        self.network = self._prepare(network)

    def _prepare(self, network: nn.Module) -> nn.Module:
        twin = copy.deepcopy(network).to(device=self.pool.device, dtype=self.dtype)
        if self.setting.init is not None:
            fill(twin, seed=self.setting.seed, init=self.setting.init)
        if self.pool.ndim == 4:
            twin.to(memory_format=torch.channels_last)
        return passes.set_modes(twin, self.setting.norm)

    # -- relatives --------------------------------------------------------------------------------------------------

    def variant(self, name: str | None = None, **changes: Any) -> "Probe":
        """The probe of a relative: a named variant of the network, or the same one under a changed setting.

        >>> probe.variant("reduced", init="kaiming_fan_in", seed=1000)  # doctest: +SKIP

        Raises:
            Undefined: the network came without the variant.
        """
        changes = {key: value for key, value in changes.items() if value != getattr(self.setting, key)}
        if not changes and name is None:
            return self
        key = (name, tuple(sorted(changes.items())))
        root = self._root
        if key not in root._relatives:
            relative = Probe(
                self._named(name), self.pool, self.labels, setting=replace(self.setting, **changes), variants=self._variants
            )
            relative._root, relative.meter = root, root.meter
            root._relatives[key] = relative
        return root._relatives[key]

    def _named(self, name: str | None) -> nn.Module:
        if name is None:
            return self.given
        if name not in self._variants:
            raise Undefined(f"needs the network's variant {name!r}: pass variants={{{name!r}: function that builds it}}")
        return self._variants[name]()

    # -- minibatch --------------------------------------------------------------------------------------------------

    def inputs(self, batch: int | None = None) -> Tensor:
        """The first `batch` inputs (default: the setting's batch).

        Raises:
            Undefined: fewer inputs are there (a smaller batch would be another measurement), or one is not finite.
        """
        batch = batch or self.setting.batch
        if batch > len(self.pool):
            raise Undefined(f"needs {batch} inputs, {len(self.pool)} are given: pass more, or set its parameter batch")
        inputs = self.pool[:batch]
        if bad := int((~torch.isfinite(inputs)).sum()):
            raise Undefined(f"{bad} of {inputs.numel()} input values are not finite")
        return inputs

    def targets(self, batch: int | None = None) -> Tensor:
        """Labels of `inputs(batch)`.

        Raises:
            Undefined: no labels were given.
        """
        if self.labels is None:
            raise Undefined("needs labels: pass targets")
        return self.labels[: len(self.inputs(batch))]

    def noise(self, name: str, shape: tuple[int, ...]) -> Tensor:
        """Standard normal numbers keyed by the seed and a name, the same on every device."""
        return torch.from_numpy(draw(name, tuple(shape), seed=self.setting.seed)).to(self.pool)

    def signs(self, name: str, shape: tuple[int, ...]) -> Tensor:
        """Fair +1 / -1 keyed by the seed and a name."""
        return torch.from_numpy(signs(name, tuple(shape), seed=self.setting.seed)).to(self.pool)

    # -- passes -----------------------------------------------------------------------------------------------------

    def forward(self, batch: int | None = None) -> passes.Forward:
        """The recorded forward pass on `inputs(batch)`."""
        inputs = self.inputs(batch)
        return self._once("forward", (len(inputs),), lambda: passes.forward(self.network, inputs))

    def loss_gradients(self, batch: int | None = None) -> passes.LossGradients:
        """Gradients of the mean cross-entropy on `inputs(batch)`."""
        targets = self.targets(batch)
        return self._once("loss_gradients", (len(targets),), lambda: passes.loss_gradients(self._forward(batch), targets))

    def part_gradients(self, parts: int, batch: int | None = None) -> dict[str, Tensor]:
        """Loss gradients of each of `parts` equal pieces of `inputs(batch)`, per layer.

        Raises:
            Undefined: the batch is no multiple of `parts`.
        """
        inputs, targets = self.inputs(batch), self.targets(batch)
        if len(inputs) % parts:
            raise Undefined(f"{len(inputs)} inputs make no {parts} equal parts: set its parameter batch")
        key = (len(inputs), parts)
        return self._once("part_gradients", key, lambda: passes.part_gradients(self.network, inputs, targets, parts))

    def hessian_product(self, batch: int | None = None) -> dict[str, tuple[Tensor, Tensor]]:
        """Weights w and H g per convolution and linear layer."""
        targets = self.targets(batch)
        return self._once("hessian_product", (len(targets),), lambda: passes.hessian_product(self._forward(batch), targets))

    def input_jacobian(self, batch: int | None = None) -> Tensor:
        """Input gradients of the summed logits, one row per input."""
        size = len(self.inputs(batch))
        return self._once("input_jacobian", (size,), lambda: passes.input_jacobian(self._forward(batch)))

    def sample_gradients(self, batch: int | None = None) -> list[Tensor]:
        """Gradients of each sample's summed logits, per parameter named "weight"."""
        size = len(self.inputs(batch))
        parameters = passes.kernel_parameters(self.network)
        return self._once("sample_gradients", (size,), lambda: passes.sample_gradients(self._forward(batch), parameters))

    def layer_gradients(self, of: str = "logits", batch: int | None = None) -> list[gram.Call]:
        """Per call of a layer: name, layer, input, and the output's gradient of the summed `logits` or `loss`."""
        self._refuse_coupling()
        run = self._forward(batch)
        total = run.logits.sum() if of == "logits" else cross_entropy(run.logits, self.targets(batch), reduction="sum")
        return self._once("layer_gradients", (len(run.logits), of), lambda: passes.layer_gradients(run, total))

    def entry_jacobian(self, count: int, batch: int | None = None) -> Tensor:
        """Gradients of each logit by the first entry of each of the first `count` parameter tensors: (n, classes, d)."""
        self._refuse_coupling()
        run = self._forward(batch)
        names = [name for name, _ in self.network.named_parameters()][:count]

        return self._once("entry_jacobian", (len(run.logits), count), lambda: gram.entry_jacobian(run, names))

    def _refuse_coupling(self) -> None:
        """Rows belong to single samples only where nothing couples them, and where every layer has a rule.

        Raises:
            Undefined: batch statistics couple the samples, or a layer has no per-sample rule.
        """
        if self.setting.norm == "batch" and any(isinstance(layer, passes.NORMS) for layer in self.network.modules()):
            raise Undefined("batch statistics couple the samples: ask a variant with norm 'frozen', 'running' or 'sample'")
        if unknown := gram.without_rule(self.network):
            raise Undefined(f"no per-sample rule for {', '.join(unknown)}: register one in untrained.gram")

    def path_gradients(self, *, norms: bool = False) -> dict[str, tuple[Tensor, Tensor]]:
        """|w| and its gradient in the all-positive network, without its batch normalisation or with it."""
        shape = tuple(self.pool.shape[1:])
        return self._once("path_gradients", (norms,), lambda: passes.path_gradients(self.network, shape, norms=norms))

    def outputs(self, inputs: Tensor) -> Tensor:
        """Logits of other inputs, without a graph; not kept."""
        self._check("outputs")
        with torch.no_grad():
            return passes.logits(self.network, inputs)

    def features(self, inputs: Tensor) -> tuple[Tensor, list[Tensor]]:
        """Map before the pooling on other inputs, and the variances met by batch normalisation; counts as `outputs`.

        Raises:
            Undefined: the network has no method `features`.
        """
        self._check("outputs")
        if not hasattr(self.network, "features"):
            raise Undefined("needs the network's method features(inputs): the map before global pooling")
        return passes.features(self.network, inputs)

    def _forward(self, batch: int | None) -> passes.Forward:
        """The forward pass, for another pass: no declaration asked."""
        inputs = self.inputs(batch)
        return self._once("forward", (len(inputs),), lambda: passes.forward(self.network, inputs), declared=False)

    def _once(self, name: str, key: tuple, run: Callable[[], Any], *, declared: bool = True) -> Any:
        if declared:
            self._check(name)
        step = (id(self), name, *key)
        if step not in self._cache:
            with self.meter.step(step):
                self._cache[step] = run()
        self.meter.use(step)
        return self._cache[step]

    def _check(self, name: str) -> None:
        allowed = self._root._allowed
        if allowed is not None and name not in allowed:
            raise UndeclaredPass(f"The proxy uses the pass {name!r}: add it to its needs, now {allowed}.")

    @contextmanager
    def restricted(self, needs: tuple[str, ...]) -> Iterator[None]:
        """Within it, only the declared passes may be used, here and on every relative."""
        root = self._root
        root._allowed, before = needs, root._allowed
        try:
            yield
        finally:
            root._allowed = before


class UndeclaredPass(RuntimeError):  # noqa: N818 - said of a proxy, read as "undeclared pass"
    """A proxy used a pass that its `needs` does not name."""


def _last(inputs: Tensor) -> Tensor:
    """Images with channels last in memory: a quarter faster on a CPU, the same numbers up to round-off."""
    return inputs.contiguous(memory_format=torch.channels_last) if inputs.ndim == 4 else inputs
