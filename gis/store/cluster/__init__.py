"""The private PostGIS cluster under LANDWATCH_HOME, and what can go wrong with a server.

server    made, started, stopped, looked at
home      its folder: the lock, the passwords, where it listens
programs  PostgreSQL's own programs, and the user who may run them
faults    what went wrong in PostgreSQL or on its disk, told with the mend
"""
