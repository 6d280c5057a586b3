"""GraphQL over HTTP and WebSocket, as the GraphQL-over-HTTP specification has it.

Strawberry's view does nearly all of it. What is ours: the media type that a client prefers, the status that
belongs to it, a request error without `data`, and every refusal of a request as JSON. Files come by the
GraphQL multipart request specification (`api.multipart`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from importlib.resources import files
from typing import Any, Final, cast

import orjson
from cross_web import AsyncHTTPRequestAdapter, HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send
from starlette.websockets import WebSocket
from strawberry.asgi import GraphQL
from strawberry.http import GraphQLHTTPResponse, GraphQLRequestData
from strawberry.http.base import BaseRequestProtocol
from strawberry.schema.exceptions import InvalidOperationTypeError
from strawberry.subscriptions import GRAPHQL_TRANSPORT_WS_PROTOCOL
from strawberry.types import ExecutionResult

from api.access.gate import What, asker_of, check, refusal, services_of
from api.access.principal import PUBLIC
from api.context import Services
from api.exposure import Exposure
from api.guard.crowd import RETRY_AFTER, Crowd, TooMany, caller
from api.guard.documents import Documents
from api.guard.policy import Policy
from api.guard.receiving import limited, read_json, received, steady
from api.guard.shield import Page
from api.guard.sockets import Adapter as SocketAdapter
from api.guard.sockets import Handler, place
from api.limits import Limits
from api.multipart import Adapter, Uploads, is_multipart
from api.problems import Problem
from api.schema import schema

RESPONSE_JSON: Final = "application/graphql-response+json"
JSON: Final = "application/json"
BAD_REQUEST: Final = 400
METHOD_NOT_ALLOWED: Final = 405
TOO_MANY_REQUESTS: Final = 429
NOT_RECEIVED: Final = (408, 413)


class Endpoint(GraphQL[Services, None]):
    """The one place where GraphQL is spoken.

    Args:
        limits: of what may be asked.
        exposure: in which ways.
        crowd: counts what each has under way over HTTP.
    """

    request_adapter_class = Adapter
    websocket_adapter_class = cast("Any", SocketAdapter)
    graphql_transport_ws_handler_class = Handler

    def __init__(self, limits: Limits, exposure: Exposure, crowd: Crowd) -> None:
        super().__init__(
            schema,
            allow_queries_via_get=exposure.get,
            subscription_protocols=[GRAPHQL_TRANSPORT_WS_PROTOCOL],
            connection_init_wait_timeout=timedelta(seconds=limits.header_seconds),
            multipart_uploads_enabled=True,
            max_subscriptions_per_connection=None,  # they are counted for whoever has them
        )
        self.limits = limits
        self.followers = Crowd(limits.subscriptions)
        self.sockets = Crowd(limits.sockets)
        self._crowd = crowd
        documents = None if exposure.documents is None else Documents(exposure.documents)
        self._policy = Policy(limits, exposure.introspection, documents)
        self._methods = "GET, POST" if exposure.get else "POST"
        self._uploads = Uploads(limits.upload_seconds)
        self._page = files("api.web").joinpath("page.html").read_text(encoding="utf-8")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request or hold a socket."""
        if scope["type"] != "http":
            await self._hold(scope, receive, send)
            return
        limits, request = self.limits, Request(scope, receive)
        try:
            asker = await asker_of(request)  # before anything else is read
            if is_multipart(scope):
                check(asker.principal, What.IMPORT)
                pieces = steady(receive, limits.upload_rate)
                request = Request(scope, limited(pieces, limits.upload_bytes))
                who = caller(asker.principal, request)
                with self._crowd.joined(who):
                    async with self._uploads.receiving(request, who):
                        response = await self.run(request)
            else:
                whole = await received(scope, receive, limits.request_bytes, limits.request_seconds)
                request = Request(scope, whole)
                with self._crowd.joined(caller(asker.principal, request)):
                    response = await self.run(request)
        except TooMany as problem:
            response = _json({"errors": [problem.formatted]}, _preferred(request))
            response.status_code = TOO_MANY_REQUESTS
            response.headers["retry-after"] = RETRY_AFTER
        except Problem as problem:
            response = refusal(problem)
        except HTTPException as refused:
            response = _json({"errors": [_told(refused)]}, _preferred(request))
            response.status_code = refused.status_code
            if refused.status_code == METHOD_NOT_ALLOWED:
                response.headers["allow"] = self._methods
            if refused.status_code in NOT_RECEIVED:
                response.headers["connection"] = "close"  # what is left of the request is not waited for
        await response(scope, receive, send)

    async def _hold(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Hold a socket, if there is a place for it."""
        try:
            with place(self.sockets, scope):
                await super().__call__(scope, receive, send)
        except TooMany as problem:
            response = refusal(problem)
            response.status_code = TOO_MANY_REQUESTS
            response.headers["retry-after"] = RETRY_AFTER
            await WebSocket(scope, receive, send).send_denial_response(response)

    async def get_context(
        self,
        request: Request | WebSocket,
        response: Response | WebSocket,  # noqa: ARG002 - the view's interface
    ) -> Services:
        """Return what resolvers may use; whoever opens a socket says only then who they are."""
        if isinstance(request, WebSocket):
            services: Services = request.app.state.services
            return replace(services, principal=PUBLIC, policy=self._policy)
        return replace(await services_of(request), policy=self._policy)

    def should_render_graphql_ide(self, request: BaseRequestProtocol) -> bool:
        """Show the page to browsers alone: whoever asks for anything else is a program."""
        accepted = request.headers.get("accept") or ""
        return (
            request.method == "GET" and request.query_params.get("query") is None and "text/html" in accepted
        )

    async def render_graphql_ide(self, request: Request) -> Response:  # noqa: ARG002 - the view's interface
        """Return the page to ask from."""
        return Page(self._page)

    async def parse_http_body(
        self, request: AsyncHTTPRequestAdapter
    ) -> GraphQLRequestData | list[GraphQLRequestData]:
        """Read a request, which has to be well formed."""
        try:
            parsed = await super().parse_http_body(request)
        except AttributeError as error:  # JSON, but no object whose members could be got
            raise HTTPException(BAD_REQUEST, "The GraphQL request must be a JSON object.") from error
        if isinstance(parsed, GraphQLRequestData) and not isinstance(parsed.operation_name, str | None):
            raise HTTPException(400, "The GraphQL operation's `operationName` must be a string or null.")
        if isinstance(parsed, list):
            return parsed
        try:
            return replace(parsed, query=self._policy.text_of(parsed.query, parsed.extensions))
        except Problem as problem:
            raise HTTPException(BAD_REQUEST, problem.message) from problem

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
        return read_json(data)

    def encode_json(self, data: object) -> str:
        """Write JSON."""
        return orjson.dumps(data).decode()


def _told(refused: HTTPException) -> Mapping[str, Any]:
    """Return a refusal as an error of GraphQL, with its code if it has one."""
    problem = refused.__cause__
    return problem.formatted if isinstance(problem, Problem) else {"message": refused.reason}


def _json(content: object, media_type: str) -> Response:
    return Response(orjson.dumps(content), media_type=f"{media_type}; charset=utf-8")


def _preferred(request: Request | WebSocket) -> str:
    """Return the media type for a response: the specification's own, for a client that names it first."""
    accepted = request.headers.get("accept", "")
    own, plain = accepted.find(RESPONSE_JSON), accepted.find(JSON)
    return RESPONSE_JSON if own >= 0 and (plain < 0 or own < plain) else JSON
