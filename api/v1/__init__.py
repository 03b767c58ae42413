"""The API, version 1: stored runs, records and deliveries, read; papers and files, written.

All of its routes: `routes`. A process that needs one part of it loads that part alone.
"""
