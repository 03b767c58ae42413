"""Long work: queued as a row, done by one worker, told as it goes on.

settings      how often a job is tried, how long its files stay: settings.toml, read
job           one job: what is asked, for whom, how far it is, what came of it
queue         jobs written down, listed, cancelled; once where that is asked
taking        a job taken by one session alone, told as done, failed, or to be done again
work          what the function of a kind is given: arguments, land, folder, progress, cancel
result_files  the files of a job, until they are swept
shown         a job as JSON tells it
worker        one job after the other, from the store's beginning to its end
"""
