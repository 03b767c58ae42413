"""The store: every version of every record, the deliveries they came in, and the stored runs.

cluster/             the private PostGIS cluster
database schema      a connection; the tables brought up to date (migrations/)
requirements         what a database must have before tables can stand in it
tables model         the columns of every table, for COPY and for migrations
binary copy          whole tables in and out
statements           the longer SQL statements (sql/)
deliveries staging   a file's rows on their way in, batch by batch, in one transaction
record_identity      whose record a row is (keys, same_land, same_shape, unreadable_cells)
versioning           rows beside the records in force, turned into versions
correction_guard     corrections held against what a delivery brings
held_rows undoing    rows that wait for a person; a delivery taken back
whose_land named_regions    whose land records are about; which regions a delivery names
arrivals issue_log   what came and what became of it; what was wrong with it
corrections profiles corrections by people; how each sender's headers were mapped
contradictions       rows against the records they speak of
undated_records      records without the day from which they count
orphans              papers whose subject nobody has delivered
records              the versions in force at a delivery, effective by a day (record_filter)
runs result_rows     runs; their rows, stored and carried on (pending_results, incremental)
trial                what is tried and taken back, in nobody's way
"""
