"""GraphQL over HTTP and WebSocket, as the GraphQL-over-HTTP specification has it.

Strawberry's view does nearly all of it. What is ours: the media type that a client prefers, the status that
belongs to it, a request error without `data`, and every refusal of a request as JSON. Files come by the
GraphQL multipart request specification (`api.multipart`).
"""

from __future__ import annotations

from importlib.resources import files
from typing import Any, Final

import orjson
from cross_web import AsyncHTTPRequestAdapter, HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.types import Message, Receive, Scope, Send
from starlette.websockets import WebSocket
from strawberry.asgi import GraphQL
from strawberry.http import GraphQLHTTPResponse, GraphQLRequestData
from strawberry.http.base import BaseRequestProtocol
from strawberry.schema.exceptions import InvalidOperationTypeError
from strawberry.subscriptions import GRAPHQL_TRANSPORT_WS_PROTOCOL
from strawberry.types import ExecutionResult

from api.context import Services
from api.multipart import MAX_UPLOAD, Adapter, Uploads, is_multipart
from api.schema import schema

RESPONSE_JSON: Final = "application/graphql-response+json"
JSON: Final = "application/json"
MAX_BODY: Final = 2_000_000
BAD_REQUEST: Final = 400
METHOD_NOT_ALLOWED: Final = 405


class Endpoint(GraphQL[Services, None]):
    """The one place where GraphQL is spoken."""

    request_adapter_class = Adapter

    def __init__(self) -> None:
        super().__init__(
            schema, subscription_protocols=[GRAPHQL_TRANSPORT_WS_PROTOCOL], multipart_uploads_enabled=True
        )
        self._uploads = Uploads()
        self._page = files("api.web").joinpath("page.html").read_text(encoding="utf-8")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request or hold a socket."""
        if scope["type"] != "http":
            await super().__call__(scope, receive, send)
            return
        uploads = is_multipart(scope)
        request = Request(scope, _limited(receive, MAX_UPLOAD if uploads else MAX_BODY))
        try:
            if uploads:
                async with self._uploads.receiving(request):
                    response = await self.run(request)
            else:
                response = await self.run(request)
        except HTTPException as refused:
            response = _json({"errors": [{"message": refused.reason}]}, _preferred(request))
            response.status_code = refused.status_code
            if refused.status_code == METHOD_NOT_ALLOWED:
                response.headers["allow"] = "GET, POST"
        await response(scope, receive, send)

    async def get_context(
        self,
        request: Request | WebSocket,
        response: Response | WebSocket,  # noqa: ARG002 - the view's interface
    ) -> Services:
        """Return what resolvers may use."""
        services: Services = request.app.state.services
        return services

    def should_render_graphql_ide(self, request: BaseRequestProtocol) -> bool:
        """Show the page to browsers alone: whoever asks for anything else is a program."""
        accepted = request.headers.get("accept") or ""
        return (
            request.method == "GET" and request.query_params.get("query") is None and "text/html" in accepted
        )

    async def render_graphql_ide(self, request: Request) -> Response:  # noqa: ARG002 - the view's interface
        """Return the page to ask from."""
        return HTMLResponse(self._page)

    async def parse_http_body(
        self, request: AsyncHTTPRequestAdapter
    ) -> GraphQLRequestData | list[GraphQLRequestData]:
        """Read a request, which has to be well formed."""
        parsed = await super().parse_http_body(request)
        if isinstance(parsed, GraphQLRequestData) and not isinstance(parsed.operation_name, str | None):
            raise HTTPException(400, "The GraphQL operation's `operationName` must be a string or null.")
        return parsed

    async def parse_multipart(self, request: AsyncHTTPRequestAdapter) -> dict[str, str]:
        """Read a request that brings files, each in the place that `map` says."""
        try:
            return await super().parse_multipart(request)
        except (AttributeError, IndexError, RecursionError, TypeError, ValueError) as error:
            raise HTTPException(
                400,
                "multipart请求的operations与map不符,请按GraphQL multipart规范填写。 "
                "`operations` and `map` do not fit each other; see the GraphQL multipart specification.",
            ) from error

    async def execute_single(self, *args: Any, **kwargs: Any) -> ExecutionResult:
        """Execute an operation; a link may ask, but not tell."""
        try:
            return await super().execute_single(*args, **kwargs)
        except HTTPException as refused:
            if isinstance(refused.__cause__, InvalidOperationTypeError):
                raise HTTPException(METHOD_NOT_ALLOWED, refused.reason) from refused
            raise

    async def process_result(self, request: Request, result: ExecutionResult) -> GraphQLHTTPResponse:
        """Return a result as it is sent; one that never ran has no `data`."""
        processed = await super().process_result(request, result)
        if result.data is None and not any(error.path for error in result.errors or ()):
            del processed["data"]
        return processed

    async def get_sub_response(self, request: Request | WebSocket) -> Response:
        """Return the response to be; it knows the media type that the client prefers."""
        response = await super().get_sub_response(request)
        response.media_type = _preferred(request)
        return response

    def create_response(
        self, response_data: GraphQLHTTPResponse | list[GraphQLHTTPResponse], sub_response: Response
    ) -> Response:
        """Return a result with the status that belongs to its media type."""
        response = _json(response_data, sub_response.media_type or JSON)
        if sub_response.media_type == RESPONSE_JSON and "data" not in response_data:
            response.status_code = BAD_REQUEST
        return response

    def decode_json(self, data: str | bytes) -> object:
        """Read JSON."""
        return orjson.loads(data)

    def encode_json(self, data: object) -> str:
        """Write JSON."""
        return orjson.dumps(data).decode()


def _json(content: object, media_type: str) -> Response:
    return Response(orjson.dumps(content), media_type=f"{media_type}; charset=utf-8")


def _preferred(request: Request | WebSocket) -> str:
    """Return the media type for a response: the specification's own, for a client that names it first."""
    accepted = request.headers.get("accept", "")
    own, plain = accepted.find(RESPONSE_JSON), accepted.find(JSON)
    return RESPONSE_JSON if own >= 0 and (plain < 0 or own < plain) else JSON


def _limited(receive: Receive, most: int) -> Receive:
    """Return what receives a request's body up to a size."""
    size = 0

    async def limited() -> Message:
        nonlocal size
        message = await receive()
        size += len(message.get("body", b""))
        if size > most:
            raise HTTPException(413, f"请求超过{most}字节。 The request is larger than {most} bytes.")
        return message

    return limited
