"""The untrusted side: what runs in the warm server and in the processes that run learners' code.

Nothing here knows a key, a reference or a verdict, and nothing here is imported by the trusted side: `boot.py` is
started as a program of its own and finds these files, the standard library and NumPy, but no other package.
"""
