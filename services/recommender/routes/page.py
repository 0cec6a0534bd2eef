"""The page that people see: its files, and one document for the address of every view."""

import re
from collections.abc import Mapping
from http import HTTPStatus
from typing import Final

from fastapi import APIRouter, Request, Response

from services.recommender.context import context
from services.recommender.http.page_files import PREFIX, PageFile, PageFiles
from shared.errors import NotFoundError

VIEWS: Final = (
    "/",
    "/discover",
    "/for-you",
    "/movies/{movieId:movieId}",
    "/map",
    "/studio",
    "/studio/{view:path}",
    "/about",
    "/login",
    "/register",
    "/account",
)
"""The addresses of views: which one is shown, the page itself finds out."""

_OF_DOCUMENT: Final[Mapping[str, str]] = {
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "Referrer-Policy": "same-origin",
    "X-Frame-Options": "DENY",
}
"""They rule over all that the document loads. On forty small files they would be a third of what is sent."""
_OF_ALL: Final[Mapping[str, str]] = {
    "Cross-Origin-Resource-Policy": "same-origin",
    "Vary": "Accept-Encoding",
}
_KEPT: Final = "public, max-age=31536000, immutable"
_ASKED_EACH_TIME: Final = "no-cache"  # kept, and used after the server has said that it is still the same
_TAKES_GZIP: Final = re.compile(r"(?:^|,)\s*(?:gzip|\*)\s*(?:;\s*q=(?!0(?:\.0*)?\s*(?:,|$))[^,]*)?(?:,|$)")

router = APIRouter(include_in_schema=False)
_files: Final = PageFiles()


async def show_view(request: Request) -> Response:
    """The page's document."""
    policy = _policy(context(request).posters_url)
    headers = {"Content-Security-Policy": policy, **_OF_DOCUMENT, "Cache-Control": _ASKED_EACH_TIME}
    return _answer(_files.index, request, headers)


for _view in VIEWS:
    router.add_api_route(_view, show_view, methods=["GET"])


@router.get(PREFIX + "/{version}/{name:path}")
async def get_file(request: Request, version: str, name: str) -> Response:
    """A file of the page.

    While replicas are being replaced, one may be asked for a file of another's version: it answers with its own, which
    then is not to be kept.
    """
    file = _files.others.get(name)
    if file is None:
        raise NotFoundError(f"The page has no file {name!r}.")
    cache_control = _KEPT if version == _files.version else _ASKED_EACH_TIME
    return _answer(file, request, {"Cache-Control": cache_control})


def _policy(posters_url: str | None) -> str:
    """What the document may load: its own files alone, and pictures from where the posters are."""
    origin = " " + "/".join(posters_url.split("/")[:3]) if posters_url else ""
    return (
        f"default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:{origin}; connect-src 'self'; "
        "font-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    )


def _answer(file: PageFile, request: Request, own: Mapping[str, str]) -> Response:
    is_compressed = _TAKES_GZIP.search(request.headers.get("accept-encoding", "")) is not None
    etag = file.compressed_etag if is_compressed else file.etag
    headers = {**_OF_ALL, **own, "ETag": etag}
    known = {tag.strip().removeprefix("W/") for tag in request.headers.get("if-none-match", "").split(",")}
    if etag in known or "*" in known:
        return Response(status_code=HTTPStatus.NOT_MODIFIED, headers=headers)
    if is_compressed:
        headers["Content-Encoding"] = "gzip"
    return Response(file.compressed if is_compressed else file.content, headers=headers, media_type=file.media_type)
