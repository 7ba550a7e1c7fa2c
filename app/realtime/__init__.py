"""Sockets, and the bus behind publish and subscribe. Nothing here knows what a chat is.

A connection gives its owner `push` and `close`; a hub knows who is in which room; a bus carries
ids between processes; a feed joins a socket to a stored sequence without a gap; `poll` does the
same for a browser whose network blocks sockets.
"""
