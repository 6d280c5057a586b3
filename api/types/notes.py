"""What is unusual about the moment that a query asks for, so that no answer has to be guessed at."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from api.clock import Clock
from api.county import SHANGHAI
from api.types.declare import reads
from api.types.terms import NoteCode
from domain.rules import NOTICE_DATE


@reads("")
class Note:
    """关于所问时点的说明。What is unusual about the moment asked for: what was asked, what is answered."""

    code: NoteCode
    message_zh: str
    message_en: str


def notes_of(clock: Clock) -> list[dict[str, str]]:
    """Return the notes about where an answer stands, as an answer holds them."""
    return [
        {"code": code.value, "message_zh": message_zh, "message_en": message_en}
        for code, message_zh, message_en in _notes(clock)
    ]


def _notes(clock: Clock) -> Iterator[tuple[NoteCode, str, str]]:
    asked, answered = clock.asked, clock.as_of
    if asked.as_of is not None and asked.as_of > clock.today:
        yield (
            NoteCode.AS_OF_IN_FUTURE,
            f"asOf {asked.as_of}晚于今天({clock.today}),按{answered}作答。",
            f"asOf {asked.as_of} is later than today, {clock.today}; answered for {answered}.",
        )
    if asked.as_of is not None and asked.as_of > clock.horizon < clock.today:
        yield (
            NoteCode.AS_OF_AFTER_KNOWLEDGE,
            f"位置{clock.known}所知至{clock.horizon}为止,asOf {asked.as_of}按{answered}作答。",
            f"Position {clock.known} knows no day after {clock.horizon}; asOf {asked.as_of} stands there.",
        )
    if answered < NOTICE_DATE:
        yield (
            NoteCode.AS_OF_BEFORE_NOTICE,
            f"{answered}早于通知下发之日({NOTICE_DATE}),当时尚无此项工作。",
            f"{answered} is before the notice of {NOTICE_DATE}: there was no programme yet.",
        )
    if clock.in_future and asked.known_at is not None:
        yield (
            NoteCode.KNOWN_AT_IN_FUTURE,
            f"knownAt {_shown(asked.known_at)}尚未到来,按此刻所知(位置{clock.known})作答。",
            f"knownAt {_shown(asked.known_at)} has not come yet; answered at position {clock.known}, now.",
        )
    if clock.known == 0:
        first = clock.first_at and clock.first_at.astimezone(SHANGHAI)
        yield (
            NoteCode.NOTHING_KNOWN_YET,
            f"所问之时尚无任何记录;第一个事件记录于{_shown(first)}。" if first else "账本中尚无任何事件。",
            f"Nothing was recorded by then; the first event was recorded at {_shown(first)}."
            if first
            else "There is no event in the ledger yet.",
        )


def _shown(moment: datetime) -> str:
    return moment.isoformat(sep=" ")
