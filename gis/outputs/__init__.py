"""What a person gets, made from stored runs: tables, files, ledgers, workbooks, calendars.

ledger     what the ledgers of idle and of unsupplied land show, row by row
export/    shapefiles, GeoPackages, GeoJSON, CSV, coordinate texts
report/    workbooks, and the manifest they are verified by
calendar/  what comes and when, also as iCalendar
"""
