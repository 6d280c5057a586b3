"""What a rebuild came to, in lines for a person."""

from __future__ import annotations

from collections.abc import Iterator

from projections.rebuild import RebuildReport


def report_lines(report: RebuildReport) -> Iterator[str]:
    """Yield the report's lines, in both languages."""
    if report.swapped:
        yield f"位置 {report.position}:已重建并切换。 Rebuilt and swapped."
    else:
        yield f"位置 {report.position}:已重建,未切换。 Rebuilt but not swapped."
    if report.stopped_at is not None:
        yield f"第 {report.stopped_at} 号事件无法投影。 Event {report.stopped_at} cannot be projected."
    for difference in report.differences:
        where = "" if difference.first_position is None else f" (≥ {difference.first_position})"
        yield f"内容不同 differs: {difference.table}{where}: {difference.live} → {difference.rebuilt}"
    if report.differences and not report.swapped:
        yield (
            "若新内容才是对的,请用 --accept-difference。 "
            "If the rebuilt content is the right one, use --accept-difference."
        )
