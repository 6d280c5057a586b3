"""Village 重点村(社区): named for a year, reviewed, its households registered, an instructor posted to it.

Read the events, then what may be asked, then what each event changes.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from enum import Enum, auto
from uuid import UUID

from eventsourcing.domain import event

from domain import root
from domain.checks import filled, in_order, positive, sensible_year
from domain.commands import (
    ApproveVillage,
    AssessGoals,
    DeclineVillage,
    Household,
    NominateVillage,
    PayAward,
    RegisterHouseholds,
    RemoveHousehold,
    VoidVillageEvent,
)
from domain.entry import Entry
from domain.postings import Posting, anniversary_eve
from domain.refusals import (
    AwardAlreadyPaid,
    GoalsAlreadyAssessed,
    HouseholdAlreadyRegistered,
    HouseholdNotYetRegistered,
    HouseholdRemovedFromRegister,
    HouseholdUnknown,
    InvalidValue,
    NotAReplacement,
    VillageAlreadyHasInstructor,
    VillageAlreadyNominated,
    VillageAlreadyReviewed,
    VillageNotApproved,
    VillageNotNominated,
    VillageUnknown,
    WeakVillageNeedsReason,
)
from domain.rules import TERM_YEARS
from domain.standing import Standing
from domain.terms import Departure, Goal, HouseholdCategory, VillageKind


class Review(Enum):
    """How far a village has come in a year's choice."""

    NOMINATED = auto()
    APPROVED = auto()
    DECLINED = auto()


@dataclass(frozen=True)
class Nomination:
    """A year's choice of this village."""

    review: Review
    weak_or_lagging: bool
    latest_on: date


@dataclass(frozen=True)
class Registered:
    """A time for which a household stood in the register."""

    category: HouseholdCategory
    since: date
    removed_on: date | None = None


class Village(root.Root):
    """重点村(社区)。A key village."""

    TOPIC = "Village"

    # -- what can happen -------------------------------------------------------------------------------
    # WARNING: TOPIC is the stored name. Names are only ever added to, never edited or used again.

    class Event(root.Event):
        """A fact about a village."""

    class Nominated(Event):
        """推荐为重点村。The township named the village a key village for a year (二(一))."""

        TOPIC = "Village.Nominated"
        code: str
        name: str
        township_code: str
        township: str
        year: int
        kind: VillageKind
        weak_or_lagging: bool
        reason: str

    class Approved(Event):
        """审定为重点村。The organisation department approved it for the year (二(一))."""

        TOPIC = "Village.Approved"
        year: int

    class Declined(Event):
        """不予纳入。The department left it out for the year (二(一))."""

        TOPIC = "Village.Declined"
        year: int
        reason: str
        exception_reason: str

    class HouseholdsRegistered(Event):
        """登记农户。Households entered the register, by code and category (三(一)2)."""

        TOPIC = "Village.HouseholdsRegistered"
        households: tuple[Household, ...]

    class HouseholdRemoved(Event):
        """注销农户。A household left the register (三(一)2)."""

        TOPIC = "Village.HouseholdRemoved"
        household: str
        reason: str

    class InstructorPosted(Event):
        """派驻党建指导员。An instructor was posted here until a day (选派程序(三))."""

        TOPIC = "Village.InstructorPosted"
        instructor_id: UUID
        batch_year: int
        until: date
        replaces: UUID | None

    class InstructorWithdrawn(Event):
        """党建指导员离任。The instructor left, and the rest of the term may stand open (五(三))."""

        TOPIC = "Village.InstructorWithdrawn"
        instructor_id: UUID
        departure: Departure
        vacant_until: date | None

    class GoalsAssessed(Event):
        """评定五大目标。Which of the five goals of the year were met (一)."""

        TOPIC = "Village.GoalsAssessed"
        year: int
        met: tuple[Goal, ...]

    class AwardPaid(Event):
        """拨付奖补。Award money by the year's appraisal, in yuan (五(四))."""

        TOPIC = "Village.AwardPaid"
        year: int
        amount: Decimal

    class Voided(Event):
        """作废。An event of this village, named by its version, does not count from now on."""

        TOPIC = "Village.Voided"
        voided_version: int
        reason: str

    def begin(self, aggregate_id: UUID) -> None:
        """Set the state before the first event."""
        super().begin(aggregate_id)
        self.township_code = ""
        self.nominations: dict[int, Nomination] = {}
        self.households: dict[str, tuple[Registered, ...]] = {}
        self.posting: Posting | None = None
        self.posted: UUID | None = None
        self.served_until = date.min
        self.vacancy: Posting | None = None
        self.standing = Standing()

    # -- what may be asked -----------------------------------------------------------------------------

    def nominate(self, asked: NominateVillage, entry: Entry) -> None:
        """Name the village a key village for a year.

        Raises:
            VillageAlreadyNominated: it is named for that year already.
            InvalidValue: a text is empty or the year is none of the programme's.
        """
        sensible_year(asked.year, entry)
        filled(code=asked.code, name=asked.name, township=asked.township, reason=asked.reason)
        if asked.year in self.nominations:
            raise VillageAlreadyNominated(year=asked.year)
        self.record(
            self.Nominated(
                **self.next(entry),
                code=asked.code,
                name=asked.name,
                township_code=asked.township_code,
                township=asked.township,
                year=asked.year,
                kind=asked.kind,
                weak_or_lagging=asked.weak_or_lagging,
                reason=asked.reason,
            )
        )

    def approve(self, asked: ApproveVillage, entry: Entry) -> None:
        """Approve the village for a year it was nominated for.

        Raises:
            VillageNotNominated, VillageAlreadyReviewed, OutOfOrder: the procedure is not at this step.
        """
        self._awaiting_review(asked.year, entry)
        self.record(self.Approved(**self.next(entry), year=asked.year))

    def decline(self, asked: DeclineVillage, entry: Entry) -> None:
        """Leave the village out for a year.

        Raises:
            WeakVillageNeedsReason: it is weak or lagging, and no exception is given.
            VillageNotNominated, VillageAlreadyReviewed, OutOfOrder: the procedure is not at this step.
        """
        nomination = self._awaiting_review(asked.year, entry)
        filled(reason=asked.reason)
        if nomination.weak_or_lagging and not asked.exception_reason.strip():
            raise WeakVillageNeedsReason
        self.record(
            self.Declined(
                **self.next(entry),
                year=asked.year,
                reason=asked.reason,
                exception_reason=asked.exception_reason,
            )
        )

    def register_households(self, asked: RegisterHouseholds, entry: Entry) -> None:
        """Enter households in the register; those that stand there alike already are passed over.

        Raises:
            HouseholdAlreadyRegistered: one stands there under another category.
            InvalidValue: a code is empty, or stands twice in the list.
        """
        self._known()
        codes = [household.code for household in asked.households]
        filled(**{f"households[{place}].code": code for place, code in enumerate(codes)})
        if len(set(codes)) < len(codes):
            raise InvalidValue(
                field="households", problem_zh="同一编码出现多次", problem_en="a code stands there twice"
            )
        new = tuple(household for household in asked.households if not self._registered(household, entry))
        if new:
            self.record(self.HouseholdsRegistered(**self.next(entry), households=new))

    def remove_household(self, asked: RemoveHousehold, entry: Entry) -> None:
        """Take a household off the register; one that was taken off already stays so.

        Raises:
            HouseholdUnknown: it was never registered.
            HouseholdNotYetRegistered: it was registered only later than the day of removal.
        """
        filled(reason=asked.reason)
        registered = self._periods(asked.household)[-1]
        if registered.removed_on is not None:
            return
        if entry.occurred_on < registered.since:
            raise HouseholdNotYetRegistered(household=asked.household, day=registered.since)
        self.record(self.HouseholdRemoved(**self.next(entry), household=asked.household, reason=asked.reason))

    def household_on(self, code: str, day: date) -> HouseholdCategory:
        """Return the category of a household that stands in the register on `day`.

        Raises:
            HouseholdUnknown, HouseholdNotYetRegistered, HouseholdRemovedFromRegister: it does not.
        """
        for period in self._periods(code):
            if day < period.since:
                raise HouseholdNotYetRegistered(household=code, day=period.since)
            if period.removed_on is None or day <= period.removed_on:
                return period.category
        raise HouseholdRemovedFromRegister(household=code, day=period.removed_on)

    def post(self, instructor_id: UUID, batch_year: int, entry: Entry) -> Posting:
        """Post an instructor here and return the term: three years, or the rest after a recall.

        Raises:
            VillageAlreadyHasInstructor: somebody serves here on that day.
            VillageNotApproved: it is no key village of the batch's year.
            NotAReplacement: the vacancy belongs to another batch.
            OutOfOrder: the day is before the approval.
        """
        day = entry.occurred_on
        if day <= self.served_until:
            raise VillageAlreadyHasInstructor(until=self.served_until)
        nomination = self.nominations.get(batch_year)
        if nomination is None or nomination.review is not Review.APPROVED:
            raise VillageNotApproved(year=batch_year)
        in_order(nomination.latest_on, entry)
        posting = Posting(
            village_id=self.id,
            batch_year=batch_year,
            since=day,
            until=anniversary_eve(day, TERM_YEARS.on(day)),
            replaces=None,
        )
        if self.vacancy is not None and day <= self.vacancy.until:
            if self.vacancy.batch_year != batch_year:
                raise NotAReplacement(vacancy_year=self.vacancy.batch_year, year=batch_year)
            posting = Posting(self.id, batch_year, day, self.vacancy.until, self.vacancy.replaces)
        self.record(
            self.InstructorPosted(
                **self.next(entry),
                instructor_id=instructor_id,
                batch_year=batch_year,
                until=posting.until,
                replaces=posting.replaces,
            )
        )
        return posting

    def withdraw(self, instructor_id: UUID, departure: Departure, entry: Entry) -> None:
        """Let the posted instructor go; after a recall the rest of the term stands open.

        Nothing happens to a village whose next instructor is already here: a term's completion may be
        entered late.
        """
        if self.posting is None or self.posted != instructor_id:
            return
        vacant_until = self.posting.until if departure is Departure.RECALLED else None
        self.record(
            self.InstructorWithdrawn(
                **self.next(entry),
                instructor_id=instructor_id,
                departure=departure,
                vacant_until=vacant_until,
            )
        )

    def assess_goals(self, asked: AssessGoals, entry: Entry) -> None:
        """Say which of the five goals of a year were met.

        Raises:
            VillageNotApproved: it was no key village by that year.
            GoalsAlreadyAssessed: the year is assessed.
        """
        self._key_village_by(asked.year)
        sensible_year(asked.year, entry)
        if (version := self.standing.version_of(("goals", asked.year))) is not None:
            raise GoalsAlreadyAssessed(year=asked.year, version=version)
        self.record(
            self.GoalsAssessed(**self.next(entry), year=asked.year, met=tuple(dict.fromkeys(asked.met)))
        )

    def pay_award(self, asked: PayAward, entry: Entry) -> None:
        """Pay the village the award of a year.

        Raises:
            VillageNotApproved: it was no key village by that year.
            AwardAlreadyPaid: the year's award is paid.
            InvalidValue: the amount is not positive.
        """
        self._key_village_by(asked.year)
        sensible_year(asked.year, entry)
        positive(amount=asked.amount)
        if (version := self.standing.version_of(("award", asked.year))) is not None:
            raise AwardAlreadyPaid(year=asked.year, version=version)
        self.record(self.AwardPaid(**self.next(entry), year=asked.year, amount=asked.amount))

    def void(self, asked: VoidVillageEvent, entry: Entry) -> None:
        """Void a wrong fact, with a reason.

        Raises:
            NoSuchEvent, NotVoidable, AlreadyVoided: there is nothing to void.
        """
        filled(reason=asked.reason)
        self.standing.key_to_void(asked.version, self.version)
        self.record(self.Voided(**self.next(entry), voided_version=asked.version, reason=asked.reason))

    def _known(self) -> None:
        if not self.nominations:
            raise VillageUnknown

    def _awaiting_review(self, year: int, entry: Entry) -> Nomination:
        nomination = self.nominations.get(year)
        if nomination is None:
            raise VillageNotNominated(year=year)
        if nomination.review is not Review.NOMINATED:
            raise VillageAlreadyReviewed(year=year)
        in_order(nomination.latest_on, entry)
        return nomination

    def _key_village_by(self, year: int) -> None:
        if not any(of <= year and it.review is Review.APPROVED for of, it in self.nominations.items()):
            raise VillageNotApproved(year=year)

    def _periods(self, code: str) -> tuple[Registered, ...]:
        if code not in self.households:
            raise HouseholdUnknown(household=code)
        return self.households[code]

    def _registered(self, household: Household, entry: Entry) -> bool:
        if household.code not in self.households:
            return False
        known = self.households[household.code][-1]
        if known.removed_on is not None:
            in_order(known.removed_on, entry)
            return False
        if known.category is not household.category:
            raise HouseholdAlreadyRegistered(
                household=household.code, category=known.category.zh, category_en=known.category
            )
        return True

    # -- what each event changes -----------------------------------------------------------------------

    @event(Nominated)
    def _nominated(self, township_code: str, year: int, weak_or_lagging: bool, occurred_on: date) -> None:
        self.township_code = township_code
        self.nominations[year] = Nomination(Review.NOMINATED, weak_or_lagging, occurred_on)

    @event(Approved)
    def _approved(self, year: int, occurred_on: date) -> None:
        self._reviewed(year, Review.APPROVED, occurred_on)

    @event(Declined)
    def _declined(self, year: int, occurred_on: date) -> None:
        self._reviewed(year, Review.DECLINED, occurred_on)

    def _reviewed(self, year: int, review: Review, day: date) -> None:
        self.nominations[year] = Nomination(review, self.nominations[year].weak_or_lagging, day)

    @event(HouseholdsRegistered)
    def _households_registered(self, households: tuple[Household, ...], occurred_on: date) -> None:
        for household in households:
            periods = self.households.get(household.code, ())
            self.households[household.code] = (*periods, Registered(household.category, occurred_on))

    @event(HouseholdRemoved)
    def _household_removed(self, household: str, occurred_on: date) -> None:
        *earlier, last = self.households[household]
        self.households[household] = (*earlier, replace(last, removed_on=occurred_on))

    @event(InstructorPosted)
    def _instructor_posted(
        self, instructor_id: UUID, batch_year: int, until: date, replaces: UUID | None, occurred_on: date
    ) -> None:
        self.posting = Posting(self.id, batch_year, occurred_on, until, replaces)
        self.posted = instructor_id
        self.served_until = until
        self.vacancy = None

    @event(InstructorWithdrawn)
    def _instructor_withdrawn(
        self, instructor_id: UUID, vacant_until: date | None, occurred_on: date
    ) -> None:
        if vacant_until is not None and self.posting is not None:
            year = self.posting.batch_year
            self.vacancy = Posting(self.id, year, occurred_on, vacant_until, instructor_id)
            self.served_until = occurred_on
        self.posting = None
        self.posted = None

    @event(GoalsAssessed)
    def _goals_assessed(self, year: int, originator_version: int) -> None:
        self.standing.add(("goals", year), originator_version)

    @event(AwardPaid)
    def _award_paid(self, year: int, originator_version: int) -> None:
        self.standing.add(("award", year), originator_version)

    @event(Voided)
    def _voided(self, voided_version: int) -> None:
        self.standing.remove(voided_version)


VillageEvent = (
    Village.Nominated
    | Village.Approved
    | Village.Declined
    | Village.HouseholdsRegistered
    | Village.HouseholdRemoved
    | Village.InstructorPosted
    | Village.InstructorWithdrawn
    | Village.GoalsAssessed
    | Village.AwardPaid
    | Village.Voided
)
"""Every event of a village."""
