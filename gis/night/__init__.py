"""The night: the routine run of a day, what it changed, what comes, handed out and told.

due       which night the clock asks for
sources   what a night has to tell, read from the store as frames
folder    what it is handed out as: a folder named by its day, whole or not at all
told      what is told to whom: digests by land, as notices in the outbox
perform   the order of it all
"""
