"""How the report writes times and dates, wherever it is read."""

from __future__ import annotations

from datetime import datetime


def duration(seconds: float) -> str:
    """Minutes and seconds, with hours where there are any.

    >>> duration(69.4), duration(7200)
    ('1:09', '2:00:00')
    """
    minutes, left = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{left:02}" if hours else f"{minutes}:{left:02}"


def day(at: float) -> str:
    """The date of a Unix time, here."""
    return moment(at).strftime("%Y-%m-%d")


def minute(at: float) -> str:
    """Date, hour and minute of a Unix time, here."""
    return moment(at).strftime("%Y-%m-%d %H:%M")


def moment(at: float) -> datetime:
    """A Unix time with this computer's time zone."""
    return datetime.fromtimestamp(at).astimezone()
