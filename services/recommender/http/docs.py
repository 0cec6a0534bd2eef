"""The API's documentation as a page, from files of its own: it needs no other server, and shows without a network."""

from typing import Final

from fastapi import FastAPI
from fastapi.openapi.docs import get_swagger_ui_html
from fastapi.responses import HTMLResponse
from starlette.staticfiles import StaticFiles

_FILES: Final = "/docs/files"


def add_docs(app: FastAPI) -> None:
    """Serve Swagger UI at `/docs`. `app` was made without documentation of its own."""

    async def page() -> HTMLResponse:
        return get_swagger_ui_html(
            openapi_url="/openapi.json",
            title=f"{app.title}: API",
            swagger_js_url=f"{_FILES}/swagger-ui-bundle.js",
            swagger_css_url=f"{_FILES}/swagger-ui.css",
            swagger_favicon_url=f"{_FILES}/favicon-32x32.png",
        )

    app.mount(_FILES, StaticFiles(packages=[("fastapi_swagger", "resources")]), name="docs-files")
    app.add_api_route("/docs", page, include_in_schema=False)
