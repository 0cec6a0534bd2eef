"""What several users may watch together."""

from collections.abc import Sequence
from enum import StrEnum

import numpy as np
import orjson

from services.recommender.recommending.recommend import encoded, popular, ranked
from services.recommender.replica.histories import History
from services.recommender.replica.snapshot import Snapshot
from services.recommender.scoring.query import Query
from services.recommender.scoring.ranking import rank_scores
from shared.recommended import Basis


class Strategy(StrEnum):
    """How the scores that the members give a movie become one."""

    LEAST_MISERY = "least-misery"  # the lowest: nobody is to suffer
    AVERAGE = "average"


def recommend_group(
    snapshot: Snapshot, members: Sequence[tuple[str, History]], strategy: Strategy, query: Query
) -> bytes:
    """What is recommended to several users together; what any of them has rated is left out.

    Who has rated nothing that the model can go by has no say, but for the movies that they have rated.

    Raises:
        FilterError: see `Masks.get`.
    """
    catalogue, model = snapshot.catalogue, snapshot.model
    users = [encoded(snapshot, model, user_id, history) for user_id, history in members] if model else []
    vectors = [user.vector for user in users if user.vector is not None]
    told = [
        {"userId": member, "hasSay": bool(users) and users[place].vector is not None}
        for place, (member, _) in enumerate(members)
    ]
    head = b'{"strategy":"%b","members":%b,"model":%b' % (strategy.encode(), orjson.dumps(told), snapshot.model_name)
    if model is not None and vectors and model.selections.get(query.filter, query.damping).size:
        scores = model.batcher.scores(np.stack(vectors))
        together = scores.min(axis=0) if strategy is Strategy.LEAST_MISERY else scores.mean(axis=0)
        excluded = np.concatenate([user.excluded for user in users])
        best = rank_scores(catalogue, model, together, excluded, query)
        return head + ranked(snapshot.catalogue, model, best, query, Basis.GROUP)
    rated = [catalogue.ids.rows(history.movies.tolist()) for _, history in members]
    return head + popular(snapshot, np.concatenate(rated), query)
