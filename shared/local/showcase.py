"""What the demo shows at its end: how good the model is, and what it recommends."""

from collections.abc import Mapping
from typing import Any, Final

import httpx
import numpy as np
from rich import box
from rich.console import Console
from rich.table import Table

from shared.graph import Graph
from shared.graph.port import Array, EdgeBatch
from shared.ids import Rows
from shared.schema import MOVIE, RATED, USER

_BAR_CHARACTERS: Final = 30
_USERS: Final = 3
_LIKES_SHOWN: Final = 4
_RECOMMENDATIONS_SHOWN: Final = 5


def show_scores(console: Console, version: Mapping[str, Any], *, is_simulated: bool) -> None:
    """The model beside its baselines on held-out ratings, as bars."""
    report = version["report"]
    rows = {"this model": report["metrics"], **report["baselines"]}
    scores = {name: row for name, row in rows.items() if "ndcg_at_20" in row}
    best = max(row["ndcg_at_20"] for row in scores.values())
    held_out = "held-out simulated ratings" if is_simulated else "held-out ratings"
    table = Table(title=f"\nQuality on {held_out}, more is better", title_justify="left", box=box.SIMPLE_HEAD)
    for heading in ("", "NDCG@20", "Recall@20", ""):
        table.add_column(heading)
    for name, row in scores.items():
        bar = "█" * max(1, round(_BAR_CHARACTERS * row["ndcg_at_20"] / best)) if best > 0 else ""
        colour = "green" if name == "this model" else "dim"
        table.add_row(name, f"{row['ndcg_at_20']:.4f}", f"{row['recall_at_20']:.4f}", f"[{colour}]{bar}[/]")
    console.print(table)


def show_recommendations(console: Console, rest: httpx.Client, graph: Graph) -> None:
    """Three users' favourites and what Marquee recommends them; then movies similar to a popular one."""
    table = Table(title="Three users", title_justify="left", box=box.SIMPLE_HEAD, show_lines=True)
    for heading in ("user", "liked", "Marquee recommends"):
        table.add_column(heading)
    for user, likes in _some_users(graph).items():
        answer = rest.get(f"/v1/users/{user}/recommendations", params={"limit": _RECOMMENDATIONS_SHOWN})
        items = answer.raise_for_status().json()["items"]
        table.add_row(user, "\n".join(likes), "\n".join(_title(item) for item in items))
    console.print(table)
    popular = rest.get("/v1/movies", params={"limit": 1}).raise_for_status().json()["items"][0]
    answer = rest.get(f"/v1/movies/{popular['movieId']}/similar", params={"limit": _RECOMMENDATIONS_SHOWN})
    similar = Table(title=f"Similar to {_title(popular)}", title_justify="left", box=box.SIMPLE_HEAD)
    similar.add_column("movie")
    similar.add_column("cosine")
    for item in answer.raise_for_status().json()["items"]:
        similar.add_row(_title(item), f"{item['score']:.3f}")
    console.print(similar)


def _title(movie: Mapping[str, Any]) -> str:
    year = f" ({movie['year']})" if movie.get("year") else ""
    return f"{movie['title'] or movie['movieId']}{year}"


def _some_users(graph: Graph) -> dict[str, list[str]]:
    """Users of little, middling and much activity, each with the titles that they rated best."""
    users, movies = graph.read_nodes(USER), graph.read_nodes(MOVIE, ("title", "year"))
    batches = list(graph.read_edges(RATED, users, movies, ("rating",)))
    rated = EdgeBatch.concatenate(batches, RATED, ("rating",))
    counts = np.bincount(rated.sources, minlength=len(users))
    by_activity = np.argsort(counts, kind="stable")[np.sort(counts) > 0]
    shares = [(2 * n + 1) / (2 * _USERS) for n in range(_USERS)]
    chosen: Rows = np.unique([by_activity[int(share * len(by_activity))] for share in shares])
    return {str(users.keys[row]): _favourites(row, rated, movies.columns) for row in chosen}


def _favourites(user: int, rated: EdgeBatch, movies: Mapping[str, Array]) -> list[str]:
    mine = np.flatnonzero(rated.sources == user)
    best = mine[np.argsort(-rated.columns["rating"][mine], kind="stable")][:_LIKES_SHOWN]
    rows, stars = rated.targets[best], rated.columns["rating"][best]
    return [f"{star:g}★ {movies['title'][row]}" for row, star in zip(rows, stars, strict=True)]
