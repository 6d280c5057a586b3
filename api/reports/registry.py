"""All reports, in the order in which they are listed."""

from __future__ import annotations

from typing import Final

from api.problems import Problem
from api.reports.definition import Report
from api.reports.tables import (
    appraisals,
    attendance,
    batches,
    corrections,
    findings,
    households,
    payments,
    projects,
    roll,
)

REPORTS: Final[tuple[Report, ...]] = (
    roll.REPORT,
    attendance.REPORT,
    households.REPORT,
    projects.REPORT,
    appraisals.REPORT,
    payments.REPORT,
    batches.REPORT,
    findings.REPORT,
    corrections.REPORT,
)


def report_named(name: str) -> Report:
    """Return a report by its name, English or Chinese.

    Raises:
        Problem: there is none of that name.
    """
    for report in REPORTS:
        if name in {report.name, report.zh}:
            return report
    names = "、".join(report.name for report in REPORTS)
    raise Problem(
        "NOT_FOUND",
        f"没有报表“{name}”;可用{names}。",
        f"There is no report {name!r}; there are {names.replace('、', ', ')}.",
    )
