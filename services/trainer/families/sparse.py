"""Message passing in torch alone, for a device that torch can work on and dgl can't: PyPI's dgl works on the CPU only.

A sum over neighbours is a sparse matrix of ones times a dense one; its gradient is the same with the edges reversed.
Each takes its matrix by rows, so that none is transposed in a step, and neither adds in an order left to chance.
"""

import warnings
from typing import Any

import torch
from torch import Tensor
from torch.autograd import Function
from torch.autograd.function import once_differentiable


def ones_by_rows(starts: Tensor, columns: Tensor, n_columns: int) -> Tensor:
    """The CSR matrix with ones in row r at `columns[starts[r]:starts[r + 1]]`: float32[rows, n_columns]."""
    ones, size = torch.ones(len(columns), device=columns.device), (len(starts) - 1, n_columns)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Sparse CSR tensor support is in beta state")
        return torch.sparse_csr_tensor(starts, columns, ones, size=size, check_invariants=False)


def sum_neighbours(sources: Tensor, matrix: Tensor, reverse: Tensor) -> Tensor:
    """The product of a matrix and its sources: [n_sources, d] to [n_destinations, d].

    Args:
        sources: [n_sources, d].
        matrix: CSR [n_destinations, n_sources].
        reverse: its transpose, CSR [n_sources, n_destinations].
    """
    total: Tensor = _Product.apply(sources, matrix, reverse)  # type: ignore[no-untyped-call]  # torch's
    return total


class _Product(Function):
    @staticmethod
    def forward(ctx: Any, sources: Tensor, matrix: Tensor, reverse: Tensor) -> Tensor:  # noqa: ANN401 - torch's
        ctx.reverse = reverse
        return matrix @ sources

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor, None, None]:  # noqa: ANN401 - torch's
        return ctx.reverse @ gradient.contiguous(), None, None


def sum_attended(edges: tuple[Tensor, Tensor], logits: Tensor, messages: Tensor, n_destinations: int) -> Tensor:
    """Each destination's sum of messages, weighted with the softmax of its edges' logits: [n_destinations, heads, d].

    Args:
        edges: sources int64[e] and destinations int64[e].
        logits: [e, heads].
        messages: [n_sources, heads, d].
        n_destinations: how many there are; who has no edge gets zeros.
    """
    sources, destinations = edges
    places = destinations[:, None].expand_as(logits)  # [e, heads]
    nothing = logits.new_zeros(n_destinations, logits.shape[1])  # [n_destinations, heads]
    largest = nothing.scatter_reduce(0, places, logits.detach(), "amax", include_self=False)
    exponentials = (logits - largest[destinations]).exp()  # [e, heads]
    weights = exponentials / nothing.index_add(0, destinations, exponentials)[destinations]  # [e, heads]
    total = messages.new_zeros(n_destinations, *messages.shape[1:])
    return total.index_add(0, destinations, weights[:, :, None] * messages[sources])
