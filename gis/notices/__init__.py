"""Notices: who is told of a night, by which way, and the outbox that tells each once.

settings   nightly.toml of this installation: the hour, the recipients, the mail server
outbox     notices that wait, as rows: written with what they tell of, tried until they arrive
ways       what each way sends: mail, robots of 企业微信 and 钉钉, plain JSON
send       what waits, sent in turn, within the limits of the robots
"""
