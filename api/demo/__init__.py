"""The demo county: 湘阴's real key villages of 2020, and a simulation of three batches over their terms.

Everything but the 30 villages of the notice is invented and says so: `SIM` in every staff number, case and
source record, `模拟 simulated` as the basis of every event, and a ledger founded as simulated.

Read it as a story: `cast` (who), `choice` (villages and people are chosen), `daily` (life in the village),
`management` (looked at, judged, paid, promoted, recalled), `story` (all of it in the order in which it was
recorded) and `fill` (through the programme's own commands into the ledger).
"""
