"""PReLU that is fast in training."""

from __future__ import annotations

from torch import Tensor, nn

from export.networks.batch_norm import add_prelu, can_fuse


class PReLU(nn.PReLU):
    """``nn.PReLU``; in training on a CPU its slow kernels are replaced."""

    def forward(self, x: Tensor) -> Tensor:
        """Compute the output of the layer."""
        if self.training and can_fuse(x):
            return add_prelu(x, None, self.weight)
        return super().forward(x)
