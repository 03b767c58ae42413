"""Who may come in, what they may do there and on which land, and what was done.

caller land     who asks, with which permissions (roles.toml), on which land
users           accounts: made, listed, given roles and land, disabled
passwords login lockout sessions    who a person is, and for how long
granting        what one may give another, and whose account it may change
shown           accounts, keys and tokens as JSON tells them
keys            what a program shows instead of a password
embeds          pages within other sites
uploads dismissals    files that were sent and wait; what was found to be nothing
saved_filters   filters of lists somebody gave a name
secret settings what opens a door, as it is kept; how long, how often (settings.toml)
audit audit_line    what was done by whom, each entry bound to the one before
settings        how long, how often, how many (settings.toml)
"""
