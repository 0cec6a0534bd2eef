"""Model versions: looked at, compared, and served again."""

from typing import Literal

from marquee.client.operation import operation
from marquee.client.request import Request
from marquee.client.types.models import ModelAnswer, ModelComparison, ModelDetail, ModelList, ModelMap


class Models:
    """Model versions."""

    @operation
    def models(self, *, limit: int | None = None) -> Request[ModelList]:
        """Versions, newest first."""
        return Request("GET", "/v1/models", params={"limit": limit})

    @operation
    def model(self, version: str) -> Request[ModelDetail]:
        """A version with the report of its training."""
        return Request("GET", "/v1/models/{version}", {"version": version})

    @operation
    def model_page(self, version: str) -> Request[str]:
        """The report as an HTML page with plots."""
        return Request("GET", "/v1/models/{version}/report.html", {"version": version})

    @operation
    def model_map(self, version: str) -> Request[ModelMap]:
        """Where its movies lie in the plane, the most liked first."""
        return Request("GET", "/v1/models/{version}/map", {"version": version})

    @operation
    def compare_models(self, version: str, other: str) -> Request[ModelComparison]:
        """Two versions of one objective side by side."""
        return Request("GET", "/v1/models/{version}/compare/{other}", {"version": version, "other": other})

    @operation
    def activate_model(self, version: str) -> Request[ModelAnswer]:
        """Serve this version from now on."""
        return Request("POST", "/v1/models/{version}/activate", {"version": version}, repeats=True)

    @operation
    def roll_back_model(self, *, objective: Literal["ranking", "rating"] | None = None) -> Request[ModelAnswer]:
        """Serve the version that was served before; done twice, it is as it was."""
        return Request("POST", "/v1/models/rollback", params={"objective": objective})
