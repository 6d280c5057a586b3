"""What may happen: the aggregates, their rules and the programme's commands.

Read `rules` beside the notice, then `village` and `instructor` from top to bottom; `programme`
is the one application that brings them together. Nothing here knows of SQL, HTTP or a clock.
"""
