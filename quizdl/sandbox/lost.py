"""The one way in which the untrusted side can fail that is not the learner's doing."""


class ServerLostError(Exception):
    """The process that runs jobs could not be started, or is gone. Its text says what it printed last."""
