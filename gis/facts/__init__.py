"""What is known of every subject on a day: records in, one row per subject out.

partition link papers    how a run is parted; which supply a paper speaks of; which paper counts
gather part              the records in force on a day; those of a part, and all that may meet them
neighbourhood            the records that may meet a part's shapes, read whole
affected changed_shapes  what has to be judged anew since an earlier run
subjects works decisions holders agreements  supplies: contract, works, decisions, holder, 达产
moments                  the days on which a fact of a supply comes to pass
approvals approval_days  one row per approval; one for each day something of it changes
ground shapes            the survey, the plans and the services; where a subject lies
keyword_groups           which one of several things a text speaks of
orphans set_aside        papers whose subject nobody has delivered; records that cannot be judged
"""
