"""Which models can be trained here."""

from rich.table import Table

from forklift.cli.terminal import out, say


def models() -> None:
    """The models that are sensible to train, the memory they take, and what fits this machine."""
    from forklift.train.fit import GIB, SENSIBLE, fits, free_bytes, need

    free = free_bytes()
    table = Table(box=None, pad_edge=False)
    for column in ("model", "weights", "all: GiB", "lora: GiB", "fits here", ""):
        table.add_column(column, overflow="fold")
    for known in SENSIBLE:
        sizes = [f"{need(known.parameters, adapter).total / GIB:.1f}" for adapter in ("none", "lora")]
        weights = f"{known.parameters / 1e6:.0f} M" if known.parameters < 1e9 else f"{known.parameters / 1e9:.2g} G"
        table.add_row(known.name, weights, *sizes, fits(known.parameters, free), known.what)
    out.print(table)
    say(f"{free / GIB:.1f} GiB are free; any other hub id, model directory or .gguf file works too: --model NAME")
