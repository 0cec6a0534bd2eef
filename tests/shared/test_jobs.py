"""What may be asked of a training, and what is refused with words that say why."""

from typing import Any

import pytest

from shared.errors import InvalidInputError
from shared.jobs import TrainRequest, parse_request


@pytest.mark.parametrize(
    ("asked", "reason"),
    [
        ({"family": "transformer"}, "family: Input should be 'inductive', 'lightgcn'"),
        ({"family": "inductive", "relations": ["genre"]}, "the family inductive has no use for relations"),
        ({"family": "lightgcn", "neighbours": 10}, "the family lightgcn has no use for neighbours"),
        ({"family": "matrix-factorisation", "layers": 2}, "layers mean nothing to the family matrix-factorisation"),
        ({"family": "gcn", "relations": ["genre", "genre"]}, "relations name one twice: genre, genre"),
        ({"family": "gcn", "relations": ["plot"]}, "relations.0: Input should be 'genre'"),
        ({"loss": "bpr", "negatives": 10}, "the loss bpr draws as many negatives as it needs"),
        ({"family": "gat", "width": 30}, "its width is a multiple of 4, not 30"),
        ({"family": "gcn", "layers": 0}, "layers: Input should be greater than or equal to 1"),
    ],
)
def test_what_means_nothing_is_refused(asked: dict[str, Any], reason: str) -> None:
    with pytest.raises(InvalidInputError, match=r"^The request does not fit: ") as refused:
        parse_request(TrainRequest, asked)

    assert reason in str(refused.value)


@pytest.mark.parametrize(
    "asked",
    [
        {"family": "rgcn", "relations": ["genre", "occupation"], "neighbours": 15, "layers": 3},
        {"family": "lightgcn", "layers": 3},
        {"family": "lightgcn", "neighbours": 0},
        {"loss": "sampled-softmax", "negatives": 100},
        {"family": "gat", "width": 32},
    ],
)
def test_what_means_something_is_taken(asked: dict[str, Any]) -> None:
    request = parse_request(TrainRequest, asked)

    assert request.model_dump(exclude_unset=True) == asked


def test_a_request_of_an_earlier_version_is_what_it_was() -> None:
    request = parse_request(TrainRequest, {"family": "lightgcn", "seed": 1, "like_threshold": 4.0})

    assert (request.loss, request.relations, request.neighbours) == ("softmax", [], None)
