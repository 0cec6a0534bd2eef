"""Movies, one or thousands at a time, changed in one transaction; and one movie with all that describes it."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

from shared.describing import Credit, credit, describe
from shared.errors import FaultyItemsError, NotFoundError
from shared.graph.columns import from_values, objects
from shared.graph.port import Graph
from shared.own_properties import MisfitError, Value, decode, encode, fitting, read_declared
from shared.schema import (
    ACTED_IN,
    DIRECTED,
    HAS_TAG,
    IN_GENRE,
    MISSING_INT,
    MOVIE,
    MOVIE_PROPERTY,
    PERSON,
    RELEASED_IN,
    EdgeKind,
    PropertyType,
)

SCALARS: Final = ("title", "year", "language", "imdbId", "tmdbId", "posterPath")


class Tag(NamedTuple):
    """A tag, and how often the movie was given it, where that is known."""

    name: str
    times: int | None = None


@dataclass(frozen=True, slots=True)
class MovieChange:
    """What a movie is to be. What is None, or not among the scalars, stays as it is.

    Attributes:
        movie_id: which.
        scalars: of `SCALARS`, those to be written; None removes one.
        genres: all of its genres.
        tags: all of its tags.
        directors: all of them.
        actors: all of them, in the order of their parts.
        properties: own properties (`shared.own_properties`); None removes one.
        keeps_properties: whether own properties that are not named stay.
    """

    movie_id: str
    scalars: Mapping[str, str | int | None] = field(default_factory=dict)
    genres: Sequence[str] | None = None
    tags: Sequence[Tag] | None = None
    directors: Sequence[Credit] | None = None
    actors: Sequence[Credit] | None = None
    properties: Mapping[str, object] | None = None
    keeps_properties: bool = True


@dataclass(frozen=True, slots=True)
class MovieRecord:
    """A movie with all that describes it; people and tags in the order in which they are shown."""

    movie_id: str
    scalars: Mapping[str, Any]
    genres: list[str]
    tags: list[Tag]
    directors: list[Credit]
    actors: list[Credit]
    properties: dict[str, Any]


def put_movies(graph: Graph, changes: Sequence[MovieChange], *, creates: bool) -> list[bool]:
    """Write all changes or none; which movies are new. Every recommender reads its catalogue anew.

    Raises:
        FaultyItemsError: a movie stands there twice, a value does not fit its property, or a movie does not exist and
            `creates` is false.
    """
    ids = [change.movie_id for change in changes]
    check_distinct(ids, "movie")

    def work(tx: Graph) -> list[bool]:
        there = tx.read_records(MOVIE, ids)
        if not creates:
            refuse_missing(ids, there, "movie")
        _put_scalars(tx, changes)
        _put_properties(tx, [(place, change) for place, change in enumerate(changes) if change.properties is not None])
        describe_all(tx, changes)
        tx.bump_revision()
        return [id_ not in there for id_ in ids]

    return graph.atomically(work)


def _put_scalars(tx: Graph, changes: Sequence[MovieChange]) -> None:
    """Nodes, in groups that have the same columns. A title that is missing takes no more than the node's lock."""
    tx.put_nodes(MOVIE, {"movieId": objects([c.movie_id for c in changes]), "title": objects([None] * len(changes))})
    groups: dict[tuple[str, ...], list[MovieChange]] = {}
    for change in changes:
        groups.setdefault(tuple(sorted(change.scalars)), []).append(change)
    for names, group in groups.items():
        if names:
            columns = {
                name: from_values([change.scalars[name] for change in group], MOVIE.property(name).type)
                for name in names
            }
            tx.put_nodes(MOVIE, {"movieId": objects([change.movie_id for change in group]), **columns}, exact=True)


def _put_properties(tx: Graph, changes: Sequence[tuple[int, MovieChange]]) -> None:
    """Own properties, added to those that are there; the nodes are locked, so nobody else adds any meanwhile."""
    if not changes:
        return
    declared = read_declared(tx)
    stored = tx.read_records(MOVIE, [change.movie_id for _, change in changes])
    texts, faults = [], []
    for place, change in changes:
        before = decode(stored[change.movie_id]["properties"]) if change.keeps_properties else {}
        values: dict[str, Value] = dict(before)
        for name, value in (change.properties or {}).items():
            if value is None and name in declared:
                values.pop(name, None)
                continue
            try:
                values[name] = fitting(declared, name, value)
            except MisfitError as error:
                faults.append((place, f"properties: {error}"))
        texts.append(encode(values))
    if faults:
        raise FaultyItemsError("movie", faults)
    for name in sorted({name for _, change in changes for name in change.properties or {}}):
        # Takes the declaration's lock: it can't be taken back before this transaction ends.
        if not tx.update_record(MOVIE_PROPERTY, name, {}, expected={"type": declared[name].value}):
            raise FaultyItemsError("movie", [(changes[0][0], f"properties: {name!r} is just being removed")])
    columns = {"movieId": objects([change.movie_id for _, change in changes]), "properties": objects(texts)}
    tx.put_nodes(MOVIE, columns, exact=True)


def describe_all(tx: Graph, changes: Sequence[MovieChange]) -> None:
    """What the movies are connected with."""
    if genres := _told(changes, lambda change: change.genres):
        describe(tx, IN_GENRE, genres)
    if tags := _told(changes, lambda change: change.tags):
        counts = from_values([tag.times for of_movie in tags.values() for tag in of_movie], PropertyType.INT)
        describe(
            tx, HAS_TAG, {id_: [tag.name for tag in of_movie] for id_, of_movie in tags.items()}, {"count": counts}
        )
    if years := {
        c.movie_id: [str(c.scalars["year"])] if c.scalars["year"] else [] for c in changes if "year" in c.scalars
    }:
        describe(tx, RELEASED_IN, years)
    credit(tx, DIRECTED, _told(changes, lambda change: change.directors))
    credit(tx, ACTED_IN, _told(changes, lambda change: change.actors))


def _told(
    changes: Iterable[MovieChange], of: Callable[[MovieChange], Sequence[Any] | None]
) -> dict[str, Sequence[Any]]:
    told = ((change.movie_id, of(change)) for change in changes)
    return {id_: values for id_, values in told if values is not None}


def delete_movie(graph: Graph, movie_id: str) -> None:
    """Remove a movie with its relationships, ratings of it included. Every recommender reads its catalogue anew.

    Raises:
        NotFoundError: there is no such movie.
    """

    def work(tx: Graph) -> None:
        if not tx.delete_nodes(MOVIE, [movie_id]):
            raise NotFoundError(f"There is no movie {movie_id!r}.")
        tx.bump_revision()

    graph.atomically(work)


def read_movie(graph: Graph, movie_id: str) -> MovieRecord:
    """A movie with all that describes it.

    Raises:
        NotFoundError: there is no such movie.
    """
    record = graph.read_record(MOVIE, movie_id)
    if record is None:
        raise NotFoundError(f"There is no movie {movie_id!r}; GET /v1/movies?q= finds movies by title.")
    genres = graph.edges_from(IN_GENRE, movie_id)
    tags, counts = graph.edges_from(HAS_TAG, movie_id, ["count"]) or (objects([]), {"count": objects([])})
    known = zip(tags.tolist(), counts["count"].tolist(), strict=True)
    return MovieRecord(
        movie_id=movie_id,
        scalars={name: record[name] for name in SCALARS},
        genres=sorted(genres[0].tolist()) if genres else [],
        tags=sorted(Tag(name, None if count == MISSING_INT else count) for name, count in known),
        directors=_credits(graph, DIRECTED, movie_id),
        actors=_credits(graph, ACTED_IN, movie_id),
        properties=decode(record["properties"]),
    )


def _credits(graph: Graph, kind: EdgeKind, movie_id: str) -> list[Credit]:
    """In the relationship's order where it has one, then by name."""
    found = graph.edges_to(kind, movie_id, [property_.name for property_ in kind.properties])
    ids = found[0].tolist() if found else []
    orders = found[1]["order"].tolist() if found and kind.properties else [0] * len(ids)
    people = graph.read_records(PERSON, ids)
    shown = [
        (order == MISSING_INT, order, Credit(id_, people[id_]["name"]))
        for id_, order in zip(ids, orders, strict=True)
        if id_ in people
    ]
    return [person for _, _, person in sorted(shown, key=lambda row: (*row[:2], row[2].name or row[2].person_id))]


def check_distinct(ids: Sequence[str], what: str) -> None:
    """Raise `FaultyItemsError` where an id stands in a batch twice: it could not be told which counts."""
    first: dict[str, int] = {}
    faults = [
        (place, f"{id_!r} stands at {first[id_]}, too")
        for place, id_ in enumerate(ids)
        if first.setdefault(id_, place) != place
    ]
    if faults:
        raise FaultyItemsError(what, faults)


def refuse_missing(ids: Sequence[str], there: Mapping[str, object], what: str) -> None:
    """Raise `FaultyItemsError` where one of `ids` does not exist."""
    if faults := [(place, f"there is no {what} {id_!r}") for place, id_ in enumerate(ids) if id_ not in there]:
        raise FaultyItemsError(what, faults)
