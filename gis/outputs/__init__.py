"""What a person gets, made from stored runs: tables, files, ledgers, workbooks, calendars.

ledger     what the ledgers of idle and of unsupplied land show, row by row
export/    shapefiles, GeoPackages, GeoJSON, CSV, coordinate texts
report/    workbooks
proof/     what went out, read back and held against the store; the signed manifest
law_book/  the law in force, article by article, for lawyers
calendar/  what comes and when, also as iCalendar
"""
