"""Reports: the record as the sheets that officials hand upward, each to be checked (docs/reports.md).

`definition` says what a report is made of, `tables` holds the reports, `registry` lists them. `make` writes
one: `rows` come from the database, `cells` says what each value becomes, `book` and `archive` are the two
forms, and `statement` and `cover` say what it is. `reading` and `check` go the other way.
"""
