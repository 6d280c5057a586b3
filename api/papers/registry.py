"""Every kind of paper that can be taken in, by its name on the command line."""

from __future__ import annotations

from typing import Final

from api.papers.kinds import PaperKind
from api.papers.sheets.appraisals import APPRAISALS
from api.papers.sheets.check_ins import CHECK_INS
from api.papers.sheets.forms import FORMS
from api.papers.sheets.households import HOUSEHOLDS
from api.papers.sheets.inspections import INSPECTIONS
from api.papers.sheets.projects import PROJECTS
from api.papers.sheets.villages import VILLAGES
from api.papers.sheets.visits import VISITS

PAPERS: Final[dict[str, PaperKind]] = {
    kind.name: kind
    for kind in (CHECK_INS, FORMS, VILLAGES, HOUSEHOLDS, VISITS, PROJECTS, APPRAISALS, INSPECTIONS)
}
