"""Files of JSON lines, such as the logs of a run."""

import json
from pathlib import Path


def read_json_lines(path: Path) -> list[dict]:
    """Return the value of every line of a file."""
    return [json.loads(line) for line in path.read_text().splitlines()]
