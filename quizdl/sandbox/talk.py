"""What a worker plays with a process: bytes out, frames in. `Conversation` is a job, `Trial` an attempt on a wall."""

from __future__ import annotations

from typing import Protocol

from quizdl.sandbox.records import RunOutcome
from quizdl.sandbox.wire import Frame


class Talk(Protocol):
    """The trusted side of an exchange as a state machine. outcome: set once it is over."""

    nonce: bytes
    outcome: RunOutcome | None

    @property
    def past_visible(self) -> bool:
        """Nothing printed from now on may be shown."""

    def opening(self) -> bytes:
        """What is sent first."""

    def prepare(self) -> None:
        """Work for a moment when there is nothing to receive."""

    def receive(self, frame: Frame) -> bytes:
        """Takes one frame and gives the bytes to send next. Raises WireError where it is out of order."""
