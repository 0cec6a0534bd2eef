"""What can be asked: each request described once, and a method of both clients by that.

Arguments that go into the query or the body bear the names of the REST interface, and answers are its JSON.
"""

from marquee.client.operations.events import Events
from marquee.client.operations.explaining import Explaining
from marquee.client.operations.jobs import Jobs
from marquee.client.operations.models import Models
from marquee.client.operations.movies import Movies
from marquee.client.operations.recommending import Recommending
from marquee.client.operations.schedules import Schedules
from marquee.client.operations.service import Service
from marquee.client.operations.users import Users


class Operations(Recommending, Explaining, Movies, Users, Events, Jobs, Schedules, Models, Service):
    """All of it."""
