"""Records as Parquet files, and back."""

from collections.abc import Sequence
from dataclasses import fields
from pathlib import Path
from typing import TypeVar, get_type_hints

import pyarrow as pa
import pyarrow.parquet as pq

from forklift.errors import WorkspaceError
from forklift.workspace import replacing

Row = TypeVar("Row")

_TYPES = {int: pa.int64(), float: pa.float64(), bool: pa.bool_(), tuple[str, ...]: pa.list_(pa.string())}


def write_rows(path: Path, rows: Sequence[Row], kind: type[Row]) -> None:
    """Writes records of one dataclass, atomically; an empty sequence keeps the columns."""
    hints = get_type_hints(kind)
    columns = [(field.name, _TYPES.get(hints[field.name], pa.string())) for field in fields(kind)]  # type: ignore[arg-type]
    values = {name: [getattr(row, name) for row in rows] for name, _ in columns}
    table = pa.Table.from_pydict(values, schema=pa.schema(columns))
    with replacing(path) as temporary:
        pq.write_table(table, temporary)


def read_rows(path: Path, kind: type[Row]) -> list[Row]:
    """The records in `path`. Raises WorkspaceError when it is missing, damaged or holds something else."""
    try:
        table = pq.read_table(path)
        columns = [
            map(tuple, each.to_pylist()) if pa.types.is_list(each.type) else each.to_pylist() for each in table.columns
        ]
        names = table.column_names
        return [kind(**dict(zip(names, values, strict=True))) for values in zip(*columns, strict=True)]
    except FileNotFoundError:
        raise WorkspaceError(f"{path} is missing: run the stage that makes it again") from None
    except (pa.ArrowException, OSError, TypeError) as error:
        reason = str(error).splitlines()[0]
        raise WorkspaceError(f"{path} is damaged ({reason}): delete it and run the stage again") from None
