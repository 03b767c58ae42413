"""Control values of industrial land: which applies to a project, whether it is met, what follows.

values          what was stated, in stored units
industries      what an industry code of any edition may be in GB/T 4754-2017
applicable      the value that stands above the others for a project, and what the others would say
measured        what a project reached of each value, as far as it is known
judge           a project held against its values from the 达产 day
quarter         the four classes of the quarterly report
wording         values and verdicts as people read them
low_efficiency  疑似低效 candidates with their reasons
blocks          blocks without new projects, the last places

Pure: frames in, frames out. The program says 疑似低效 until a person has decided.
"""
