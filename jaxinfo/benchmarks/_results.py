"""What a run found, as one file: rows of speed and memory, reports of accuracy."""

import json
import pathlib
from collections.abc import Sequence
from typing import Any, NamedTuple

from jaxinfo.benchmarks._rows import Row

__all__ = ["Results"]


class Results(NamedTuple):
    """What a run found.

    Attributes:
      environment: The device and the versions.
      load: The load of the machine before the run, in cores.
      judged: Whether times mean something: nobody else used the machine.
      rows: What was measured of each case.
      accuracy: Reports of the accuracy suite as they are kept, one a type.
    """

    environment: dict[str, str]
    load: float
    judged: bool
    rows: Sequence[Row]
    accuracy: Sequence[dict[str, Any]]

    def write(self, path: pathlib.Path) -> None:
        """Writes the file; a row takes a line, so that changes can be read."""
        lines = [json.dumps(row.to_json()) for row in self.rows]
        head = {"environment": self.environment, "load": round(self.load, 2)}
        head |= {"judged": self.judged}
        text = json.dumps(head, indent=1)[:-2]
        text += ',\n "rows": [\n  ' + ",\n  ".join(lines) + "\n ],\n"
        reports = ",\n  ".join(json.dumps(record) for record in self.accuracy)
        text += f' "accuracy": [\n  {reports}\n ]\n}}\n'
        path.write_text(text, encoding="utf-8")

    @classmethod
    def read(cls, path: pathlib.Path) -> "Results":
        """Reads a file that `write` wrote."""
        content = json.loads(path.read_text(encoding="utf-8"))
        rows = [Row.from_json(record) for record in content.pop("rows")]
        return cls(rows=rows, **content)
