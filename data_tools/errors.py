"""The one exception that a user is meant to read."""


class InputError(Exception):
    """Bad input: its message is one line that names the file or flag and the mend.

    Entry points print it as ``error: <message>`` and exit with 1; anything else that is raised is
    a defect of this package and keeps its traceback.
    """


class Caution(UserWarning):
    """What a user should know and may go on in spite of: a command prints ``warning: ...``."""
