"""All that has to do with accounts, as the routes get it."""

from dataclasses import dataclass

from services.recommender.accounts.clients import Clients
from services.recommender.accounts.cookies import Cookies
from services.recommender.accounts.guesses import Guesses
from services.recommender.accounts.passwords import Passwords
from services.recommender.accounts.sessions import Sessions
from services.recommender.replica.graph_calls import GraphCalls
from services.recommender.settings import RecommenderSettings
from shared.graph import Graph

# Someone who has forgotten which of their passwords it was tries five. Then at most one a minute is let in, 1,440 a
# day: little against ten characters that are in no list, and the owner is kept out for a minute only.
_FREE_OF_NAME, _LONGEST_OF_NAME_SECONDS = 5, 60.0
_FREE_OF_ADDRESS, _LONGEST_OF_ADDRESS_SECONDS = 20, 900.0  # an office has one address
_FREE_REGISTRATIONS = 10


@dataclass(frozen=True, slots=True)
class Accounts:
    """What routes of accounts are made of.

    Attributes:
        page: whom it is for, as the setting says.
        registration: `open` to everyone, or `closed`, as the setting says.
        session_days: a session lasts unused.
        passwords: hashes and checks them.
        sessions: those in memory.
        cookies: that hold their tokens.
        clients: tells addresses.
        names: attempts by login name, or by account where the password is asked again.
        addresses: attempts to log in by address.
        registrations: attempts to register by address.
    """

    page: str
    registration: str
    session_days: int
    passwords: Passwords
    sessions: Sessions
    cookies: Cookies
    clients: Clients
    names: Guesses
    addresses: Guesses
    registrations: Guesses

    @property
    def are_on(self) -> bool:
        """Whether anybody can log in."""
        return self.page != "off"


def make_accounts(settings: RecommenderSettings, graph: Graph, calls: GraphCalls) -> Accounts:
    """The parts that settings ask for.

    Args:
        settings: of the page and its sessions.
        graph: where sessions are read.
        calls: reads them.
    """
    clients = Clients(proxies=settings.proxies, always_secure=settings.cookies == "secure")
    cookies = Cookies(clients)
    return Accounts(
        page=settings.page,
        registration=settings.registration,
        session_days=settings.session_days,
        passwords=Passwords(),
        sessions=Sessions(graph, calls, cookies, rate_per_minute=settings.page_rate_per_minute),
        cookies=cookies,
        clients=clients,
        names=Guesses("log in with this name", free=_FREE_OF_NAME, longest_seconds=_LONGEST_OF_NAME_SECONDS),
        addresses=Guesses(
            "log in from this address", free=_FREE_OF_ADDRESS, longest_seconds=_LONGEST_OF_ADDRESS_SECONDS
        ),
        registrations=Guesses(
            "register from this address", free=_FREE_REGISTRATIONS, longest_seconds=_LONGEST_OF_ADDRESS_SECONDS
        ),
    )
