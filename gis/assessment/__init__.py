"""What a stored run and the records it knew say of development, answered when it is asked.

values      control values as stated: by contracts, by records of a bureau, by the law
projects    projects and supplies under agreement with all that is known of them on a day
control     each of them held against its control values; 疑似低效; blocks without new projects
quarterly   the quarterly report and what changed since the quarter before
ranking     parks of a year ranked by a scheme of evaluation, every score explained
told        the same tables in words, for the workbook of a run
evaluation  firms by 亩均 figures with classes A to D
tiers       parks in tiers of output, against a pace, the first rewarded
entry       a proposed project held against the values it would have to meet
targets     tasks of a year against what was done (records in task_records), and what follows of it
scenario    two runs side by side, one of which knows a plan

It reads the store and calls the pure rooms; nothing here is stored.
"""
