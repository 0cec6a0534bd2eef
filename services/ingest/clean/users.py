"""Users' gender, age and occupation, where a source has them."""

from dataclasses import dataclass

from services.ingest.clean.report import LAST_STAYS, LEFT_OUT, MENDED, FaultKind, Report
from services.ingest.clean.rows import Progress, Row, rows
from services.ingest.forms.dataset import Dataset


@dataclass(frozen=True, slots=True)
class User:
    """A user as a source describes them. Of an age that is given as a range, its first year."""

    gender: str | None
    age: int | None
    occupation: str | None


def read_users(dataset: Dataset, report: Report, progress: Progress) -> dict[str, User]:
    """All users that are described, by id; of two rows with one id the last stays."""
    users: dict[str, User] = {}
    if dataset.users is None:
        return users
    for row in rows(dataset.users, "users", report, progress, legacy=dataset.legacy):
        user_id = row.id("userId", dataset.normalise, LEFT_OUT)
        if user_id is not None:
            if user_id in users:
                row.fault(FaultKind.DUPLICATE, LAST_STAYS)
            users[user_id] = _user(row, dataset)
    return users


def _user(row: Row, dataset: Dataset) -> User:
    age, occupation = row.text("age"), row.text("occupation")
    if dataset.ages and age is not None:
        years = dataset.ages.get(age)
        if years is None:
            row.fault(FaultKind.NUMBER, MENDED)
    else:
        years = row.number("age")
    if dataset.occupations and occupation is not None:
        occupation = dataset.occupations.get(occupation)
        if occupation is None:
            row.fault(FaultKind.NUMBER, MENDED)
    return User(row.text("gender"), years, occupation)
