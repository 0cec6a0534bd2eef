"""A request as data, and what is done to have it answered: the parts that both clients have in common."""

from collections.abc import Generator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final, Generic, Literal, Protocol, TypeAlias, TypeVar
from urllib.parse import quote

import httpx

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)

Method = Literal["GET", "POST", "PUT", "PATCH", "DELETE"]
_DOTS: Final = {".": "%2E", "..": "%2E%2E"}  # as they are, they would name another path


@dataclass(frozen=True, slots=True)
class Request(Generic[T_co]):
    """What is asked; `T` is the type of the answer.

    Attributes:
        route: the path as the OpenAPI document writes it, with the names of ids in braces.
        ids: what stands for these names.
        params: of the query. None stands for one that is not sent.
        json: the body; None where there is none.
        repeats: whether it does no more when it is sent twice. None: of a POST it does, of the others it does not.
    """

    method: Method
    route: str
    ids: Mapping[str, str] = field(default_factory=dict)
    params: Mapping[str, Any] = field(default_factory=dict)
    json: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)
    repeats: bool | None = None

    @property
    def path(self) -> str:
        """The path with its ids.

        >>> Request("GET", "/v1/movies/{movieId}", {"movieId": "a/b"}).path
        '/v1/movies/a%2Fb'
        """
        return self.route.format_map({name: _DOTS.get(id_, quote(id_, safe="")) for name, id_ in self.ids.items()})

    @property
    def is_repeatable(self) -> bool:
        """Whether it may be sent again where nobody knows whether it was done."""
        return self.method != "POST" if self.repeats is None else self.repeats

    def at(self, cursor: str) -> "Request[T_co]":
        """The same for the page at a cursor."""
        if self.json is None:
            return replace(self, params={**self.params, "cursor": cursor})
        return replace(self, json={**self.json, "cursor": cursor})

    def steps(self, retrying: "Retrying") -> "Steps[T_co]":
        """The steps to its answer."""
        return retrying.answer(self)

    def build(self, http: httpx.Client | httpx.AsyncClient) -> httpx.Request:
        """The same as httpx sends it."""
        params = {name: value for name, value in self.params.items() if value is not None}
        return http.build_request(self.method, self.path, params=params, json=self.json, headers=self.headers)


@dataclass(frozen=True, slots=True)
class Attempt:
    """A step: send this once."""

    request: Request[Any]


@dataclass(frozen=True, slots=True)
class Pause:
    """A step: do nothing for so long."""

    seconds: float


Outcome: TypeAlias = httpx.Response | httpx.RequestError | None
"""Of an attempt the answer, or why there is none; of a pause nothing."""
Steps: TypeAlias = Generator[Attempt | Pause, Outcome, T]
"""Steps to a result. Whoever takes them waits in its own way: the one client blocks, the other awaits."""


class Plan(Protocol[T_co]):
    """What a client performs."""

    def steps(self, retrying: "Retrying") -> Steps[T_co]:
        """The steps to its result; `retrying` says how requests are sent on the way."""


class Retrying(Protocol):
    """How a request is sent until it is answered: `marquee.client.retries.Retries`."""

    def answer(self, request: Request[T]) -> Steps[T]:
        """The steps to its answer."""
