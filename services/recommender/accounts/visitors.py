"""Those who have neither a key nor an account, where the page is open to them."""

from typing import Final

from starlette.types import Scope as AsgiScope

from services.recommender.access.guard import Principal, Who
from services.recommender.access.rates import Allowances
from services.recommender.accounts.clients import Clients
from shared.keys import Scope

_NOBODY: Final = ""
"""Is no user's id: what is about a user or about everyone is not for visitors."""


class Visitors:
    """The last source of principals: whoever asks may read what is nobody's.

    Args:
        clients: tells their addresses.
        rate_per_minute: of requests from one address; 0 for none.
    """

    is_ready = True

    def __init__(self, clients: Clients, *, rate_per_minute: int) -> None:
        self._clients = clients
        self._allowances = Allowances("visitor", "This address", rate_per_minute)

    def find(self, scope: AsgiScope) -> Principal:
        """A visitor; of one address all share an allowance."""
        allowance = self._allowances.get(self._clients.address(scope))
        return Principal("a visitor", frozenset([Scope.READ]), _NOBODY, allowance, Who.VISITOR)
