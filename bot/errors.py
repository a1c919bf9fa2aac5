"""Errors that people may meet.

    DozvonError
    ├── SettingsError        a setting is missing or wrong: the start stops with this line
    ├── PlaybookInvalid      the author's mistake, found at load: file, line, path and the mend
    ├── FileGone             a file cannot be fetched from the messenger, now or ever
    ├── FileAway             it cannot be fetched just now
    ├── Conflict             somebody else has put another playbook in force meanwhile
    ├── ActionNotAllowed     the user's mistake or a stale button, found at run: one honest line for a toast
    └── CrmError             see bot.crm.errors

`str(error)` is a full sentence for a person and never holds a secret or a client's data.
"""

from __future__ import annotations


class DozvonError(Exception):
    """Base of every error that carries a sentence for a person."""


class SettingsError(DozvonError):
    """A setting is missing or wrong; the text names it and says what is expected."""


class FileGone(DozvonError):
    """The messenger will not give a file out: it is unknown to it, or too big for bots."""


class FileAway(DozvonError):
    """The messenger does not answer; the file can be fetched later."""


class Conflict(DozvonError):
    """A change was made on a version that is not in force any more; `str()` says who has put which one in force."""


class ActionNotAllowed(DozvonError):
    """What was asked cannot be done now (stale button, foreign card, restricted option); `str()` goes to the person."""
