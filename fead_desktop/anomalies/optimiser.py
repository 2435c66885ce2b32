"""Adam on a one-cycle schedule, without the compiler that torch's own optimiser classes import."""

from __future__ import annotations

from collections.abc import Iterable
from math import cos, pi
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import torch

#: The schedule's defaults in PyTorch: first and last learning rate as parts of the largest, and β₁ running
#: against the rate.
FIRST_SHARE, LAST_SHARE = 1 / 25, 1 / 250_000
BETA1_SLOW, BETA1_FAST = 0.95, 0.85
BETA2, EPSILON = 0.999, 1e-8


class OneCycleAdam:
    """Steps parameters by their gradients, which are cut to a norm of ``most_norm`` first.

    Kingma and Ba 2015, "Adam"; Smith and Topin 2018, "Super-Convergence". The numbers are those of
    ``torch.optim.Adam(fused=True)`` under ``OneCycleLR``, whose wrappers import ``torch._dynamo`` at their first
    call (1 s, as long as the training itself). The functional kernel below them does not.
    """

    def __init__(
        self,
        parameters: Iterable[torch.Tensor],
        learning_rate: float,
        steps: int,
        rise: float = 0.1,
        most_norm: float = 1.0,
    ):
        import torch

        self._parameters = list(parameters)
        self._learning_rate = learning_rate
        self._rise_ends = max(rise * steps - 1, 1.0)
        self._ends = max(steps - 1, self._rise_ends + 1)
        self._most_norm = most_norm
        self._done = 0
        self._means = [torch.zeros_like(p) for p in self._parameters]
        self._squares = [torch.zeros_like(p) for p in self._parameters]
        self._counts = [torch.zeros((), device=p.device) for p in self._parameters]

    def step(self) -> None:
        """Move every parameter once and forget the gradients."""
        import torch
        from torch.optim.adam import adam

        rate, beta1 = self.schedule(self._done)
        torch.nn.utils.clip_grad_norm_(self._parameters, self._most_norm)
        gradients = [p.grad for p in self._parameters if p.grad is not None]
        with torch.no_grad():
            adam(
                self._parameters, gradients, self._means, self._squares, [], self._counts,
                fused=True, amsgrad=False, maximize=False, weight_decay=0.0,
                lr=rate, beta1=beta1, beta2=BETA2, eps=EPSILON,
            )  # fmt: skip
        for parameter in self._parameters:
            parameter.grad = None
        self._done += 1

    def schedule(self, step: int) -> tuple[float, float]:
        """Return learning rate and β₁ of a step, counted from 0."""
        first, last = FIRST_SHARE * self._learning_rate, LAST_SHARE * self._learning_rate
        if step <= self._rise_ends:
            part = step / self._rise_ends
            return (
                _eased(first, self._learning_rate, part),
                _eased(BETA1_SLOW, BETA1_FAST, part),
            )
        part = (step - self._rise_ends) / (self._ends - self._rise_ends)
        return _eased(self._learning_rate, last, part), _eased(BETA1_FAST, BETA1_SLOW, part)


def _eased(start: float, end: float, part: float) -> float:
    return end + (start - end) / 2 * (1 + cos(pi * part))
