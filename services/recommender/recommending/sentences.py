"""Explanations in words. Names and titles are foreign text: what comes is for JSON, and holds no markup of its own."""

from typing import Any, Final, Literal

from services.recommender.movies.descriptions import Description

Opinion = Literal["like", "dislike"]
_BOTH: Final = {
    Description.DIRECTOR: "both directed by {name}",
    Description.ACTOR: "both with {name}",
    Description.TAG: "both tagged {name}",
    Description.GENRE: "both in the genre {name}",
    Description.YEAR: "both of {name}",
}
_LINKS_SAID: Final = 2
NEW: Final = "It has no score yet: it came after the last training."
NOTHING_ADDS: Final = "None of your movies adds to its score."
BY_ID: Final = "It suits what the last training learned of you."


def because(opinion: Opinion, own: dict[str, Any]) -> str:
    """Why a movie is recommended whose score an own one raises.

    >>> both = {"way": "director", "ownWay": "director", "name": "Ridley Scott"}
    >>> because("like", {"movieId": "1214", "title": "Alien", "year": 1979, "links": [both]})
    'Because you liked Alien (1979): both directed by Ridley Scott.'
    """
    return f"Because you {opinion}d {_shown(own)}{_said(own)}."


def nearest(own: dict[str, Any]) -> str:
    """Which of someone's own movies is most like a movie, whose score can't be split into theirs."""
    return f"Of the movies that you liked, {_shown(own)} is nearest to it{_said(own)}."


def popular(ratings: int) -> str:
    """Why a movie is shown to someone of whom the model knows nothing.

    >>> popular(1_200)
    'Popular movies come first: 1,200 users have rated this one.'
    """
    have = "user has" if ratings == 1 else "users have"
    return f"Popular movies come first: {ratings:,} {have} rated this one."


def _shown(movie: dict[str, Any]) -> str:
    name = movie["title"] or movie["movieId"]
    return f"{name} ({movie['year']})" if movie["year"] is not None else str(name)


def _said(own: dict[str, Any]) -> str:
    said = ", ".join(_link(own, link) for link in own["links"][:_LINKS_SAID])
    return f": {said}" if said else ""


def _link(own: dict[str, Any], link: dict[str, Any]) -> str:
    if link["way"] == link["ownWay"]:
        return _BOTH[link["way"]].format(name=link["name"])
    if link["way"] == Description.DIRECTOR:
        return f"directed by {link['name']}, who plays in {_shown(own)}"
    return f"with {link['name']}, who directed {_shown(own)}"
