"""By which rules a document is taken: made once for a server, so that the verdicts on documents are kept."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Final

from graphql import (
    ASTValidationRule,
    DocumentNode,
    GraphQLError,
    GraphQLSchema,
    NoSchemaIntrospectionCustomRule,
    parse,
    specified_rules,
    validate,
)
from strawberry.extensions import SchemaExtension
from strawberry.schema.validation_rules.maybe_null import MaybeNullValidationRule
from strawberry.schema.validation_rules.one_of import OneOfInputValidationRule
from strawberry.types import ExecutionContext

from api.guard.cost import Operation, too_costly
from api.guard.documents import Documents
from api.guard.measure import refusals_of
from api.limits import Limits
from api.problems import bad_request

_KEPT: Final = 128
"""Documents whose syntax and size are kept, as Strawberry keeps the verdicts of validation."""

_OPEN: Final = (*specified_rules, MaybeNullValidationRule, OneOfInputValidationRule)
_CLOSED: Final = (*_OPEN, NoSchemaIntrospectionCustomRule)
_MOST_ERRORS: Final = 10
"""Of validation: to find names that are like an unknown one takes longer than anything else it does."""
_SUGGESTION: Final = re.compile(r" Did you mean [^?]*\?")


@dataclass(frozen=True)
class Policy:
    """How documents are taken.

    Attributes:
        limits: of their size and cost.
        introspection: whether the schema can be asked for.
        documents: the only ones that are answered to a client; None answers any.
    """

    limits: Limits = field(default_factory=Limits)
    introspection: bool = True
    documents: Documents | None = None

    @property
    def rules(self) -> tuple[type[ASTValidationRule], ...]:
        """The rules of validation."""
        return _OPEN if self.introspection else _CLOSED

    def without_suggestions(self, error: GraphQLError) -> GraphQLError:
        """Return an error that suggests no name of the schema, if that is not to be asked for."""
        if self.introspection or not _SUGGESTION.search(error.message):
            return error
        return GraphQLError(
            _SUGGESTION.sub("", error.message),
            nodes=error.nodes,
            source=error.source,
            positions=error.positions,
            path=error.path,
            original_error=error.original_error,
            extensions=error.extensions,
        )

    def text_of(self, query: str | None, extensions: Mapping[str, Any] | None) -> str | None:
        """Return the document that a client's request is for.

        Raises:
            Problem: it is too long, or not among the stored ones.
        """
        if self.documents is not None:
            return self.documents.text_of(query, extensions or {})
        most = self.limits.characters
        if query is not None and len(query) > most:
            raise bad_request(
                f"查询有{len(query)}个字符,超过上限{most},请分几次查询。",
                f"The document has {len(query)} characters, over the limit of {most}; "
                "ask in several queries.",
            )
        return query


POLICY: Final = Policy()
"""The one for whoever runs this program themselves."""


def policy_of(execution: ExecutionContext) -> Policy:
    """Return the policy of whoever asks; there need be no services behind a question about the schema."""
    policy: Policy = getattr(execution.context, "policy", POLICY)
    return policy


class Guarded(SchemaExtension):
    """Reads and validates documents by the policy of whoever asks, cheapest first; the verdicts are kept."""

    _refusals: list[GraphQLError]

    def on_operation(self) -> Iterator[None]:
        """Set the rules before the document is read."""
        policy = policy_of(self.execution_context)
        self._refusals = []
        self.execution_context.validation_rules = policy.rules
        self.execution_context.parse_options = {"max_tokens": policy.limits.tokens}
        yield

    def on_parse(self) -> Iterator[None]:
        """Read a document; one that cannot be is read, and refused, once more where that is told."""
        context = self.execution_context
        if context.query:
            with suppress(GraphQLError, RecursionError):
                context.graphql_document, self._refusals = _read(context.query, policy_of(context).limits)
        yield

    def on_validate(self) -> Iterator[None]:
        """Measure a document, validate it, and estimate what it costs; the first to refuse it says why."""
        context, policy = self.execution_context, policy_of(self.execution_context)
        document = context.graphql_document
        assert document is not None  # noqa: S101 - it was parsed, or we were not here
        schema = context.schema._schema  # noqa: SLF001 - the schema that the rules are about
        errors = self._refusals or validated(schema, document, context.validation_rules)
        if not errors:
            operation = Operation.of(schema, document, context.operation_name, context.variables or {})
            cost = 0 if operation is None else operation.cost
            errors = [too_costly(cost, policy.limits.cost)] if cost > policy.limits.cost else []
        context.pre_execution_errors = errors
        yield


@lru_cache(maxsize=_KEPT)
def validated(
    schema: GraphQLSchema, document: DocumentNode, rules: tuple[type[ASTValidationRule], ...]
) -> list[GraphQLError]:
    """Return what is wrong with a document.

    Strawberry's `ValidationCache` does the same, but finds up to a hundred errors.
    """
    return validate(schema, document, rules, max_errors=_MOST_ERRORS)


@lru_cache(maxsize=_KEPT)
def _read(query: str, limits: Limits) -> tuple[DocumentNode, list[GraphQLError]]:
    """Return a document, and why it is too large."""
    document = parse(query, max_tokens=limits.tokens)
    return document, refusals_of(document, limits)
