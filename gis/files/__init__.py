"""Files as a whole or not at all: what a disk refuses, what is half made, what went wrong.

disk          a full or read-only disk, told in a sentence
drafts        temporary names, and the sweeping of what a killed call left
atomic        a file or a folder that is there whole, or as it was before
dated         folders named by a day, whole or not at all, kept so long
incoming      a file that is sent piece by piece
kept_files    what can be made again, kept up to so many bytes and days
own_secret    a file nobody else may read, made at its first use
log_lines     the log of what runs for days, as lines of JSON
fault_report  an unexpected error as one sentence and a report file
"""
