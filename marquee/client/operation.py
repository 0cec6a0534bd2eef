"""Turns a function that describes a request into a method of both clients: one that answers, and one to await."""

import functools
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from dataclasses import dataclass
from typing import Any, Concatenate, Generic, ParamSpec, Self, TypeVar, cast, overload

from marquee.client.request import Plan, Request, T
from marquee.client.stream import Following
from marquee.client.types.jobs import JobEvent

P = ParamSpec("P")
Item = TypeVar("Item")


class Synchronous(ABC):
    """A client whose calls return what was asked for."""

    @abstractmethod
    def perform(self, plan: Plan[T]) -> T:
        """Do it."""

    @abstractmethod
    def pages(self, request: Request[Any]) -> Iterator[Any]:
        """The items of a page and of all that follow."""

    @abstractmethod
    def follow(self, following: Following) -> Iterator[JobEvent]:
        """The events of a stream."""


class Asynchronous(ABC):
    """A client whose calls are awaited."""

    @abstractmethod
    async def perform(self, plan: Plan[T]) -> T:
        """Do it."""

    @abstractmethod
    def pages(self, request: Request[Any]) -> AsyncIterator[Any]:
        """The items of a page and of all that follow."""

    @abstractmethod
    def follow(self, following: Following) -> AsyncIterator[JobEvent]:
        """The events of a stream."""


def _document(method: object, describe: Callable[..., object]) -> None:
    """Let the method of a class have the name, the documentation and the signature of what it was made of."""
    functools.update_wrapper(cast("Any", method), describe)


class operation(Generic[P, T]):  # noqa: N801 - a decorator
    """A method that performs the plan which the decorated function returns."""

    def __init__(self, describe: Callable[Concatenate[Any, P], Plan[T]]) -> None:
        _document(self, describe)
        self.describe = describe

    @overload
    def __get__(self, client: None, owner: type) -> Self: ...
    @overload
    def __get__(self, client: Synchronous, owner: type) -> Callable[P, T]: ...
    @overload
    def __get__(self, client: Asynchronous, owner: type) -> Callable[P, Coroutine[Any, Any, T]]: ...
    def __get__(self, client: Synchronous | Asynchronous | None, owner: type) -> Any:
        if client is None:
            return self

        @functools.wraps(self.describe)
        def call(*args: P.args, **kwargs: P.kwargs) -> Any:  # noqa: ANN401 - the overloads say it
            return client.perform(self.describe(client, *args, **kwargs))

        return call


@dataclass(frozen=True, slots=True)
class Paged(Generic[P, T, Item]):
    """A method for one page; `every` goes on over all that follow."""

    client: Synchronous
    describe: Callable[Concatenate[Any, P], Request[T]]

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> T:
        """One page."""
        return self.client.perform(self.describe(self.client, *args, **kwargs))

    def every(self, *args: P.args, **kwargs: P.kwargs) -> Iterator[Item]:
        """The items of this page and of all that follow; each page is asked for when it is needed."""
        return self.client.pages(self.describe(self.client, *args, **kwargs))


@dataclass(frozen=True, slots=True)
class AsyncPaged(Generic[P, T, Item]):
    """The same to await."""

    client: Asynchronous
    describe: Callable[Concatenate[Any, P], Request[T]]

    async def __call__(self, *args: P.args, **kwargs: P.kwargs) -> T:
        """One page."""
        return await self.client.perform(self.describe(self.client, *args, **kwargs))

    def every(self, *args: P.args, **kwargs: P.kwargs) -> AsyncIterator[Item]:
        """The items of this page and of all that follow; each page is asked for when it is needed."""
        return self.client.pages(self.describe(self.client, *args, **kwargs))


class PagedOperation(Generic[P, T, Item]):
    """A method that asks for a page; made by `paged`."""

    def __init__(self, describe: Callable[Concatenate[Any, P], Request[T]], item: type[Item]) -> None:
        _document(self, describe)
        self.describe, self.item = describe, item

    @overload
    def __get__(self, client: None, owner: type) -> Self: ...
    @overload
    def __get__(self, client: Synchronous, owner: type) -> Paged[P, T, Item]: ...
    @overload
    def __get__(self, client: Asynchronous, owner: type) -> AsyncPaged[P, T, Item]: ...
    def __get__(self, client: Synchronous | Asynchronous | None, owner: type) -> Any:
        if client is None:
            return self
        return (Paged if isinstance(client, Synchronous) else AsyncPaged)(client, self.describe)  # type: ignore[arg-type]


class paged(Generic[Item]):  # noqa: N801 - a decorator
    """Says of which type the items of a page are."""

    def __init__(self, item: type[Item]) -> None:
        self._item = item

    def __call__(self, describe: Callable[Concatenate[Any, P], Request[T]]) -> PagedOperation[P, T, Item]:
        """The method that asks for a page."""
        return PagedOperation(describe, self._item)


class followed(Generic[P]):  # noqa: N801 - a decorator
    """A method that gives the events of a stream as they come."""

    def __init__(self, describe: Callable[Concatenate[Any, P], Request[JobEvent]]) -> None:
        _document(self, describe)
        self.describe = describe

    @overload
    def __get__(self, client: None, owner: type) -> Self: ...
    @overload
    def __get__(self, client: Synchronous, owner: type) -> Callable[P, Iterator[JobEvent]]: ...
    @overload
    def __get__(self, client: Asynchronous, owner: type) -> Callable[P, AsyncIterator[JobEvent]]: ...
    def __get__(self, client: Synchronous | Asynchronous | None, owner: type) -> Any:
        if client is None:
            return self

        @functools.wraps(self.describe)
        def call(*args: P.args, **kwargs: P.kwargs) -> Any:  # noqa: ANN401 - the overloads say it
            return client.follow(Following(self.describe(client, *args, **kwargs)))

        return call
