"""Identity: UUIDv5 from natural keys, the county's code in the namespace, so counties never collide."""

from __future__ import annotations

from uuid import NAMESPACE_URL, UUID, uuid5


def village_id(county: str, code: str) -> UUID:
    """Return the id of the village with an official code (12 digits, National Bureau of Statistics)."""
    return uuid5(NAMESPACE_URL, f"urn:zhucun:{county}:village:{code}")


def instructor_id(county: str, staff_number: str) -> UUID:
    """Return the id of the person with a cadre's staff number (干部编号) in the county."""
    return uuid5(NAMESPACE_URL, f"urn:zhucun:{county}:instructor:{staff_number}")


def import_id(county: str, sha256: str) -> UUID:
    """Return the id of a file that the county takes in, known by its digest (64 hex digits)."""
    return uuid5(NAMESPACE_URL, f"urn:zhucun:{county}:import:{sha256}")


def disclosure_id(county: str, reader: str, month: str) -> UUID:
    """Return the id of what a reader looked at in a month (`2021-05`)."""
    return uuid5(NAMESPACE_URL, f"urn:zhucun:{county}:disclosure:{month}:{reader}")


def project_id(instructor: UUID, year: int, title: str) -> UUID:
    """Return the id of an instructor's practical project (实事) of a year."""
    return uuid5(instructor, f"project:{year}:{title}")


def correction_id(aggregate: UUID, version: int) -> UUID:
    """Return the id of the correction of an aggregate's event."""
    return uuid5(aggregate, f"correction:{version}")


def remark_id(aggregate: UUID, version: int) -> UUID:
    """Return the id of the remarks on an aggregate's event."""
    return uuid5(aggregate, f"remark:{version}")
