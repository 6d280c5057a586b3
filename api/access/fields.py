"""What of each row an office sees that sees all rows, but not all of them: the finance bureau and the public.

What does not stand in these tables is refused: a new field is nobody's until somebody gives it to them. So
the personal ones (names, sex, forms, reasons, who entered what) are not listed; tests say which those are.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, NamedTuple

from strawberry.utils.str_converters import to_camel_case

from api.access.principal import Office
from api.problems import Problem
from projections.selection import Selection


class Shown(NamedTuple):
    """What is shown of the rows of a read type.

    Attributes:
        columns: that may be asked for.
        filters: by which rows may be picked, `figure` among them where evidence may be asked for.
    """

    columns: frozenset[str]
    filters: frozenset[str]


def _shown(columns: str, filters: str = "") -> Shown:
    return Shown(frozenset(columns.split()), frozenset(filters.split()))


_TOTALS: Final = (
    "appointed serving recalled promoted completed days_present full_months short_months projects_completed "
)
_OF_PLACES: Final = "village_count approved_villages weak_or_lagging household_count households_visited "
_BATCH: Final = _shown(
    "year as_of known_at_position day_one reached figures villages_nominated villages_approved "
    "weak_or_lagging nominated approved rejected appointed serving recalled replacements promoted "
    "completed days_present full_months short_months projects_completed household_count "
    "households_visited position",
    "year years",
)
_VILLAGE: Final = "id code name township_code township_name kind year review approved_years "
_OF_VILLAGES: Final = "id code townshipCode kind review approvedYear name "

SHOWN: Final[Mapping[Office, Mapping[str, Shown]]] = {
    Office.PUBLIC: {"Village": _shown(_VILLAGE, _OF_VILLAGES), "Batch": _BATCH},
    Office.FINANCE_BUREAU: {
        "Checkpoint": _shown("size root streams streams_root signed_at note"),
        "Batch": _BATCH,
        "Totals": _shown("nominated " + _TOTALS + _OF_PLACES),
        "Township": _shown("code name " + _TOTALS + _OF_PLACES, "code"),
        "SendingUnit": _shown("name nominated " + _TOTALS, "name"),
        "Village": _shown(
            _VILLAGE + "weak_or_lagging household_count registered_poor vacant_since position",
            _OF_VILLAGES + "weakOrLagging vacant",
        ),
        "VillageYear": _shown(
            "village_id year kind weak_or_lagging review nominated_on reviewed_on goals_met award position"
        ),
        "GoalsAssessment": _shown("position village_id year met assessed_on"),
        "Award": _shown("position village_id year amount paid_on"),
        "Instructor": _shown(
            "id staff_number sending_unit batch_year stage since until departed_on departure days_present "
            "late_entries households_visited projects_started projects_completed duty_count event_count "
            "version position",
            "id staffNumber batchYear stage townshipCode sendingUnit villageId",
        ),
        "Posting": _shown("position batch_year since until ended_on departure serving"),
        "Attendance": _shown(
            "month village_id first_day last_day days_present service_days full_month leave_days required "
            "short late_entries",
            "from to",
        ),
        "Coverage": _shown(
            "village_id households visited registered_poor registered_poor_visited deadline "
            "visited_by_deadline registered_poor_visited_by_deadline"
        ),
        "Subsidy": _shown("position month kind amount day"),
    },
}
"""By office and read type; an office that is not here sees all of the rows that it sees."""


THROUGH: Final[Mapping[Office, Mapping[str, Shown]]] = {
    # By what number a correction names a payment; of no other event, as what kind it is tells of somebody.
    Office.FINANCE_BUREAU: {"Award.event": _shown("version type"), "Subsidy.event": _shown("version type")},
}
"""What is shown besides of the one row that a row leads to, by read type and relation."""


def check(office: Office, selection: Selection) -> None:
    """Refuse a selection with anything in it that its office is not shown.

    Raises:
        Problem: it names the first such field.
    """
    if office in SHOWN:
        _check(office, {**SHOWN[office], **THROUGH.get(office, {})}, selection, "")


def _check(office: Office, shown: Mapping[str, Shown], selection: Selection, owner: str) -> None:
    for key, chosen in selection.relations.items():
        kind, name = chosen.relation.to().name, key.partition(":")[0]
        seen = shown.get(f"{owner}.{name}") or shown.get(kind)
        if seen is None:
            raise _not_shown(office, f"{name}: {kind}")
        filters = {*chosen.where, *(["figure"] if chosen.figure is not None else [])}
        for hidden in sorted(filters - seen.filters):
            raise _not_shown(office, f"{kind}({hidden})")
        for hidden in sorted(chosen.rows.columns - seen.columns):
            raise _not_shown(office, f"{kind}.{to_camel_case(hidden)}")
        _check(office, shown, chosen.rows, kind)


def _not_shown(office: Office, what: str) -> Problem:
    if office is Office.PUBLIC:
        return Problem(
            "NOT_SIGNED_IN",
            f"“{what}”不对公众公开:公众可查重点村名单与批次合计。"
            "其他内容请出示令牌(Authorization: Bearer …)。",
            f"{what} is not for the public, which sees the key villages and the batches' totals. "
            "For anything else send a token (Authorization: Bearer …).",
        )
    return Problem(
        "NOT_YOUR_OFFICE",
        f"“{what}”不在{office.zh}可见之列:可见各项数字、奖补与补助,人员仅以干部编号表示。请去掉该项再查。",
        f"{what} is not for the {office.value.replace('_', ' ')}, which sees figures, awards and subsidies, "
        "and people by their staff numbers alone. Ask again without it.",
    )
