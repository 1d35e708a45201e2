"""Which models can be trained here."""

from forklift.cli.terminal import out, say

ROW = "{:<36} {:>7} {:>6} {:>6}  {:<15} {}"


def models() -> None:
    """The models that are sensible to train, the memory they take, and what fits this machine."""
    from forklift.train.fit import GIB, SENSIBLE, fits, free_bytes, need

    free = free_bytes()
    out.print(ROW.format("model", "weights", "GiB", "lora", "fits here as", ""))
    for known in SENSIBLE:
        sizes = [f"{need(known.parameters, adapter).total / GIB:.1f}" for adapter in ("none", "lora")]
        weights = f"{known.parameters / 1e6:.0f} M" if known.parameters < 1e9 else f"{known.parameters / 1e9:.1f} G"
        out.print(ROW.format(known.name, weights, *sizes, fits(known.parameters, free), known.what))
    say(f"{free / GIB:.1f} GiB are free; any other hub id, model directory or .gguf file works too: --model NAME")
