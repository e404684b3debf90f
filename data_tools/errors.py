"""Exceptions and warnings that are written for the user."""


class InputError(Exception):
    """Bad input, in one line that names the file or flag and the remedy.

    Commands print it as ``error: <message>`` and exit with 1. Anything else that escapes is a
    bug and keeps its traceback.
    """


class UsageError(InputError):
    """A flag that does not exist, lacks a value or contradicts another: exit code 2."""


class Caution(UserWarning):
    """Something a user should know but may ignore: commands print ``warning: <message>``."""
