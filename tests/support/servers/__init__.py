"""Real servers for tests and for the demo: Dovecot, Cyrus, Courier and the hermod binary, each private to who
started it.

Standard library only. Every server lives in one folder, listens on free loopback ports and ends with its
owner.
"""
