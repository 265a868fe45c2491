"""The one error tree.

    QuizdlError                 exit code  where it is raised
    ├── InputError              2          an id, a path, an option or a file that cannot be used
    │   ├── UnknownIdError      2          no question has that id
    │   └── BankError           2          a bank file is wrong; `where` is file:line:column
    ├── FormulaError            1          maths that cannot be read; `position` is the character
    ├── RecordError             2          the record of answers cannot be opened or written
    └── GraderError             3          the grader could not do its job: never the learner's fault

Every error says what happened in both languages, what to type next (`hint`), and where.
"""

from __future__ import annotations

from quizdl.text import Text


class QuizdlError(Exception):
    """An error that a person can act on.

    message: what happened, what was expected and what was found.
    hint: the next command to type, or how to mend it.
    where: the place, as `file:line:column`, a path or an id.
    """

    exit_code = 2

    def __init__(self, message: Text, hint: Text | None = None, where: str | None = None) -> None:
        super().__init__(message.en)
        self.message = message
        self.hint = hint
        self.where = where


class InputError(QuizdlError):
    """What was given on the command line cannot be used."""


class UnknownIdError(InputError):
    """No question has this id."""


class BankError(InputError):
    """A bank file is wrong; `where` names file, line and column."""


class FormulaError(QuizdlError):
    """A formula cannot be read; `position` is the 0-based character in the text as typed."""

    exit_code = 1

    def __init__(self, message: Text, position: int, hint: Text | None = None) -> None:
        super().__init__(message, hint)
        self.position = position


class RecordError(QuizdlError):
    """The record of answers cannot be opened, read or written."""


class GraderError(QuizdlError):
    """The grader could not do its job; the learner is not to blame."""

    exit_code = 3
