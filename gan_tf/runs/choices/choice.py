"""The flags that a run chose by itself."""

from collections.abc import Mapping
from typing import Any, NamedTuple


class Choice(NamedTuple):
    """What one flag, such as ``--hours``, chose for others; made once and recorded with the run.

    Attributes:
      asked: value of the flag.
      flags: chosen values by flag; flags that the user gives are not chosen.
    """

    asked: Any
    flags: Mapping[str, Any]
