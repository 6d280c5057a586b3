"""The GraphQL schema: queries, mutations and subscriptions, made of the declarations of this room."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from typing import Any, Final
from uuid import uuid4

import strawberry
from graphql import GraphQLError, GraphQLInterfaceType, GraphQLObjectType
from strawberry.extensions import SchemaExtension
from strawberry.schema.config import StrawberryConfig
from strawberry.schema.schema_converter import GraphQLCoreConverter
from strawberry.types import ExecutionContext
from strawberry.types.field import StrawberryField

from api.guard.policy import Guarded, Policy, policy_of
from api.looks.extension import Recorded
from api.mutations import Mutation
from api.problems import bad_request
from api.queries import Query
from api.subscriptions import Subscription
from api.types import people, places, work
from api.types.events import EVENTS
from api.types.paging import GETTER
from api.types.scalars import SCALARS

READ_TYPES: Final = (people, places, work)
"""Modules that declare read types; they have to be read before the schema is made."""

_logger = logging.getLogger(__name__)


class Masked(SchemaExtension):
    """Lets a client see errors that are its own, and of ours only a number to look for in the log."""

    def on_operation(self) -> Iterator[None]:
        """Mask the errors of a finished operation."""
        yield
        _mask(self.execution_context.result, policy_of(self.execution_context))

    def on_stream_result(self, result: Any) -> Iterator[None]:
        """Mask the errors of one result of a subscription."""
        _mask(result, policy_of(self.execution_context))
        yield


def _mask(result: Any, policy: Policy) -> None:
    if getattr(result, "errors", None):
        result.errors = [_masked(policy.without_suggestions(error)) for error in result.errors]


def _masked(error: GraphQLError) -> GraphQLError:
    cause = error.original_error
    if cause is None or isinstance(cause, GraphQLError):
        return error
    if isinstance(cause, RecursionError):
        return bad_request("查询嵌套过深,请分几次查询。", "The query is nested too deeply.")
    number = uuid4().hex[:12]
    _logger.error("Unexpected error %s at %s", number, error.path, exc_info=cause)
    return GraphQLError(
        f"内部错误,编号{number},请告知管理员。 Internal error {number}; tell whoever runs this server.",
        nodes=error.nodes,
        path=error.path,
        extensions={"code": "INTERNAL", "id": number},
    )


class Schema(strawberry.Schema):
    """Strawberry's schema, whose fields read finished answers without any ceremony."""

    def __init__(self) -> None:
        super().__init__(
            query=Query,
            mutation=Mutation,
            subscription=Subscription,
            types=EVENTS,
            extensions=[Recorded, Guarded, Masked],  # what is recorded is what leaves: masked and all
            config=StrawberryConfig(scalar_map=SCALARS),
        )
        # An answer is JSON with a getter for each field. Strawberry would wrap every getter in several calls,
        # an `Info` and a conversion of arguments, for each value of each row.
        for kind in self._schema.type_map.values():
            if isinstance(kind, (GraphQLObjectType, GraphQLInterfaceType)):
                for field in kind.fields.values():
                    declared: StrawberryField | None = field.extensions.get(
                        GraphQLCoreConverter.DEFINITION_BACKREF
                    )
                    if declared is not None and GETTER in declared.metadata:
                        field.resolve = declared.metadata[GETTER]
        assert self._schema.subscription_type is not None  # noqa: S101 - we have just given it one
        for field in self._schema.subscription_type.fields.values():
            field.resolve = _followed

    def process_errors(
        self, errors: list[GraphQLError], execution_context: ExecutionContext | None = None
    ) -> None:
        """Do nothing: what has to be logged is, where errors are masked."""


def _followed(event: Any, *_: Any, **__: Any) -> Any:
    """Return what came; where nothing is followed, as over plain HTTP, nothing comes.

    Raises:
        Problem: it was asked for once.
    """
    if event is None:
        raise bad_request(
            "订阅须经WebSocket(graphql-transport-ws)。",
            "A subscription is followed over a WebSocket (graphql-transport-ws).",
        )
    return event


schema = Schema()
