"""One network, one minibatch, and the passes already paid for."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from functools import cached_property, partial
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from untrained import gram, passes, recording, second_order
from untrained.copying import twin
from untrained.initialise import draw, fill, rule, signs
from untrained.meter import Meter
from untrained.setting import Setting


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
        expects: passes that will be asked for, so that one backward pass serves them all; others may be asked for too.
    """

    def __init__(
        self,
        network: nn.Module,
        inputs: Tensor,
        targets: Tensor | None = None,
        *,
        setting: Setting | None = None,
        variants: Mapping[str, Callable[[], nn.Module]] | None = None,
        expects: Iterable[str] = (),
    ) -> None:
        self.setting = setting or Setting()
        if self.setting.init is not None:
            rule(self.setting.init)
        self.dtype = getattr(torch, self.setting.precision)
        self.given, self.labels, self.pool = network, targets, recording.channels_last(inputs.detach().to(self.dtype))
        self._variants, self.expects = variants or {}, frozenset(expects)
        self._cache: dict[tuple, Any] = {}
        self._relatives: dict[tuple[str | None, str], Probe] = {}
        self._root: Probe = self
        self.name: str | None = None
        self._allowed: tuple[str, ...] | None = None
        self.meter = Meter()

    @cached_property
    def network(self) -> nn.Module:
        """The copy that is measured."""
        network = twin(self.given).to(device=self.pool.device, dtype=self.dtype)
        if self.setting.init is not None:
            fill(network, seed=self.setting.seed, init=self.setting.init)
        if self.pool.ndim == 4:
            network.to(memory_format=torch.channels_last)
        return recording.set_modes(network, self.setting.norm)

    def variant(self, name: str | None = None, **changes: Any) -> "Probe":
        """The probe of a relative: a named variant of the network, or the same one under a changed setting.

        One relative at a time holds a network and graphs.

        Raises:
            Undefined: the network came without the variant.
        """
        root, setting, name = self._root, replace(self.setting, **changes), name or self.name
        if name == root.name and setting == root.setting:
            return root
        key = (name, setting.digest)
        if key not in root._relatives:
            relative = Probe(self._named(name), self.pool, self.labels, setting=setting, variants=self._variants)
            relative._root, relative.meter, relative.name = root, root.meter, name
            root._relatives[key] = relative
        for other in root._relatives.keys() - {key}:
            root._relatives[other].release()
        return root._relatives[key]

    def _named(self, name: str | None) -> nn.Module:
        if name == self.name:
            return self.given
        if name not in self._variants:
            raise Undefined(f"needs the network's variant {name!r}: pass variants={{{name!r}: function that builds it}}")
        return self._variants[name]()

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

    def forward(self, batch: int | None = None) -> recording.Forward:
        """The recorded forward pass on `inputs(batch)`."""
        self._check("forward")
        return self._forward(batch, "codes")

    def noise_forward(self, batch: int | None = None) -> recording.Forward:
        """The recorded forward pass on N(0, 1) numbers in the shape of `inputs(batch)`."""
        shape = tuple(self.inputs(batch).shape)
        run = lambda: recording.forward(self.network, self.noise("input", shape))  # draws too, so once
        return self._once("noise_forward", shape[:1], run)

    def loss_gradients(self, batch: int | None = None) -> passes.LossGradients:
        """Gradients of the mean cross-entropy on `inputs(batch)`."""
        self._check("loss_gradients")
        return self._loss(batch, relus="relu_gradients" in self.expects)

    def relu_gradients(self, batch: int | None = None) -> list[Tensor]:
        """Correlation between samples of the loss gradient at each distinct ReLU input, (n, n) each."""
        self._check("relu_gradients")
        return self._loss(batch, relus=True).relus

    def relu_responses(self, batch: int | None = None) -> list[Tensor]:
        """Correlation between samples of each distinct ReLU input, (n, n) each."""
        self._check("relu_responses")
        return self._forward(batch, "responses").responses

    def _loss(self, batch: int | None, *, relus: bool) -> passes.LossGradients:
        """The backward pass of the loss, the one that was run with more if there is one."""
        targets = self.targets(batch)
        relus = relus or (id(self), "loss_gradients", len(targets), True) in self._cache
        run = partial(passes.loss_gradients, targets=targets, relus=relus)
        return self._once("loss_gradients", (len(targets), relus), lambda: run(self._forward(batch)), declared=False)

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

    def curvature(self, batch: int | None = None) -> float:
        """Weights times Hessian times gradient of the loss, w'H g, over convolutions and linear layers."""
        targets = self.targets(batch)
        return self._once("curvature", (len(targets),), lambda: self._curvature(batch, targets))

    def _curvature(self, batch: int | None, targets: Tensor) -> float:
        weights = self._loss(batch, relus="relu_gradients" in self.expects).weights
        tolerance = torch.finfo(self.dtype).eps ** 0.25
        try:
            return second_order.curvature(self.network, self.inputs(batch), targets, weights, tolerance=tolerance)
        except second_order.NoRule:
            return passes.curvature(self._forward(batch), targets)

    def input_jacobian(self, batch: int | None = None) -> Tensor:
        """Input gradients of the summed logits, one row per input."""
        key = (len(self.inputs(batch)),)
        return self._once("input_jacobian", key, lambda: passes.input_jacobian(self._forward(batch)))

    def kernel(self, batch: int | None = None) -> Tensor:
        """Neural tangent kernel Theta = G G' (n, n), g_i the gradient of sample i's summed logits by the weights.

        One backward pass per sample where batch statistics couple the samples, otherwise one in all.
        """
        return self._once("kernel", (len(self.inputs(batch)),), lambda: self._kernel(batch))

    def _kernel(self, batch: int | None) -> Tensor:
        run = self._forward(batch)
        if self.setting.norm == "batch":
            return gram.gram(passes.sample_gradients(run, passes.kernel_parameters(self.network)))
        self._refuse_coupling()
        return gram.layer_kernel(run, run.logits.sum())

    def layer_gradients(self, take: passes.TakeLayer, of: str = "logits", batch: int | None = None) -> None:
        """Hand each layer's inputs and output gradients, of the summed `logits` or `loss`, to `take`; not kept."""
        self._check("layer_gradients")
        self._refuse_coupling()
        run = self._forward(batch)
        total = run.logits.sum() if of == "logits" else cross_entropy(run.logits, self.targets(batch), reduction="sum")
        passes.layer_gradients(run, total, take)

    def entry_jacobian(self, count: int, batch: int | None = None) -> tuple[Tensor, Tensor]:
        """Logits (n, classes) and their gradients by the first entry of the first `count` tensors (n, classes, d)."""
        self._refuse_coupling()
        names = [name for name, _ in self.network.named_parameters()][:count]

        def both() -> tuple[Tensor, Tensor]:
            run = self._forward(batch)
            return run.logits.detach(), gram.entry_jacobian(run, names)

        return self._once("entry_jacobian", (len(self.inputs(batch)), count), both)

    def _refuse_coupling(self) -> None:
        if reason := gram.no_rows(self.network, coupled=self.setting.norm == "batch"):
            raise Undefined(reason)

    def path_gradients(self, *, norms: bool = False) -> dict[str, tuple[Tensor, Tensor]]:
        """|w| and its gradient in the all-positive network, without its batch normalisation or with it."""
        run = partial(passes.path_gradients, self.network, tuple(self.pool.shape[1:]), norms=norms)
        return self._once("path_gradients", (norms,), run)

    def outputs(self, inputs: Tensor) -> Tensor:
        """Logits of other inputs, without a graph; not kept."""
        self._check("outputs")
        with torch.no_grad():
            return recording.logits(self.network, inputs)

    def features(self, inputs: Tensor) -> tuple[Tensor, list[Tensor]]:
        """Map before the pooling on other inputs, and the variances met by batch normalisation; counts as `outputs`.

        Raises:
            Undefined: the network has no method `features`.
        """
        self._check("outputs")
        if not hasattr(self.network, "features"):
            raise Undefined("needs the network's method features(inputs): the map before global pooling")
        return recording.features(self.network, inputs)

    def _forward(self, batch: int | None, record: str = "graph") -> recording.Forward:
        """The forward pass, for another pass: no declaration asked; with what will be asked for, or was once."""
        inputs = self.inputs(batch)
        held = {step: step[3] for step in self._cache if step[1:3] == ("forward", len(inputs))}
        expected = [level for name, level in passes.RECORDED.items() if name in self.expects]
        level = max(recording.RECORDS.index(level) for level in (record, *expected, *held.values()))
        key = (len(inputs), recording.RECORDS[level])
        for step in held:
            if step[2:] != key:
                del self._cache[step]
        return self._once("forward", key, lambda: recording.forward(self.network, inputs, record=key[1]), declared=False)

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
            raise passes.UndeclaredPass(f"The proxy uses the pass {name!r}: add it to its needs, now {allowed}.")

    @contextmanager
    def restricted(self, needs: tuple[str, ...]) -> Iterator[None]:
        """Within it, only the declared passes may be used, here and on every relative."""
        root = self._root
        root._allowed, before = needs, root._allowed
        try:
            yield
        finally:
            root._allowed = before
            for relative in root._relatives.values():
                relative.release()

    def end_graph(self) -> None:
        """Forget the forward passes: what needs none runs in the room of their graphs."""
        self._cache = {step: found for step, found in self._cache.items() if step[1] != "forward"}

    def release(self) -> None:
        """Forget what holds much memory; what is asked again is made again."""
        vars(self).pop("network", None)
        self._cache = {step: found for step, found in self._cache.items() if step[1] in passes.SMALL}
