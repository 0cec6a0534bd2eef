"""Other values in place of a model's weights, for a while: the running means of a training, by which it is judged."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager

from torch import Tensor, nn


@contextmanager
def standing_in(values: Iterable[Tensor], parameters: Sequence[nn.Parameter]) -> Iterator[None]:
    """`values` in place of `parameters`, one for each. They are not copied: nobody else may write to them."""
    weights = [parameter.data for parameter in parameters]
    try:
        for parameter, value in zip(parameters, values, strict=True):
            parameter.data = value
        yield
    finally:
        for parameter, weight in zip(parameters, weights, strict=True):
            parameter.data = weight
