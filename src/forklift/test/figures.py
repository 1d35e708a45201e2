"""The report's pictures, as inline SVG whose text stays text and whose colours read on light and dark."""

import io
import math
import warnings
import xml.etree.ElementTree as ET
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import matplotlib
from markupsafe import Markup
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import PercentFormatter, StrMethodFormatter

from forklift.test.statistics import our_answerer
from forklift.test.wording import label, printable

WIDE_PX, NARROW_PX = 960, 350  # one drawing for desktops and one for phones; the page shows what fits
GREY = "#868c94"  # readable on white and on near-black
STYLES = {  # colour and marker by answerer
    "sft": ("#2f81d6", "o"),
    "rl": ("#3f9e6e", "o"),
    "naive": ("#cc7a1b", "s"),
    "base": (GREY, "D"),
    "hmm": ("#9a6fd0", "^"),
}
SPARE_STYLES = (("#cf6a8f", "v"), ("#6f8f2f", "P"), ("#4f9fb8", "X"), ("#b0703f", "<"))
SPLIT_ROWS = {
    "A": "A  seen facts,\nnew wording",
    "B": "B  new direction\nor composition",
    "C": "C  never taught\n(control)",
    "D": "D  does not\nexist",
}
LABEL_PX, DOT_PX, LEGEND_PX, AXIS_PX = 128, 15, 19, 30
LABEL_CHARACTERS = 17

Cell = Mapping[str, Any]  # accuracy, low, high, n
Rows = Sequence[tuple[str, Mapping[str, Cell]]]  # row title, and the cell of each answerer
Points = Sequence[tuple[float, float]]


def splits_figure(scores: Mapping[str, Any]) -> Markup:
    """Accuracy with intervals per split and answerer; empty without answers."""
    rows = [
        (title, {name: each[split] for name, each in scores["answerers"].items() if each[split]["n"]})
        for split, title in SPLIT_ROWS.items()
    ]
    return _dots("splits", "Accuracy per split and answerer, with 95% intervals", rows)


def facets_figure(scores: Mapping[str, Any]) -> Markup:
    """Accuracy with intervals per facet on split A, our best facet first; empty without facets."""
    ours = our_answerer(scores["answerers"])
    shown = [name for name in scores["answerers"] if name in (ours, "naive", "base")]
    cells: dict[str, dict[str, Cell]] = {}
    for name in shown:
        for facet, cell in scores["answerers"][name]["facets"].items():
            cells.setdefault(facet, {})[name] = cell
    best_first = sorted(cells, key=lambda facet: (-_accuracy(cells[facet], ours), facet))
    rows = [(f"{_cut(facet)}\n{_questions(cells[facet])}", cells[facet]) for facet in best_first]
    return _dots("facets", "Accuracy on taught facts (split A) per facet, with 95% intervals", rows)


def loss_figure(curve: Sequence[Mapping[str, Any]]) -> Markup:
    """Training and validation loss over examples; empty without a log."""
    lines = {
        title: [(row["examples"], row[key]) for row in curve if _finite(row.get(key))]
        for key, title in (("loss", "training"), ("validation_loss", "validation"))
    }
    lines = {title: points for title, points in lines.items() if points}
    if not lines:
        return Markup("")
    return _for_screens("loss", "Loss over training examples", lambda width: _loss_plot(width, lines))


def _dots(name: str, description: str, rows: Rows) -> Markup:
    filled = [(title, cells) for title, cells in rows if cells]
    if not filled:
        return Markup("")
    return _for_screens(name, description, lambda width: _dot_plot(width, filled))


def _dot_plot(width_px: int, rows: Rows) -> Figure:
    """One row per title, one dot with its interval per answerer."""
    answerers = list(dict.fromkeys(name for _, cells in rows for name in cells))
    row_px = max(len(answerers), 2) * DOT_PX + 16
    figure, axes = _canvas(width_px, row_px * len(rows), LABEL_PX, answerers)
    for position, name in enumerate(answerers):
        offset = ((len(answerers) - 1) / 2 - position) * DOT_PX / row_px
        heights = [len(rows) - 1 - row + offset for row, (_, cells) in enumerate(rows) if name in cells]
        _draw_dots(axes, name, position, [cells[name] for _, cells in rows if name in cells], heights)
    _label_rows(axes, [title for title, _ in rows])
    axes.set_xlim(0, 1)
    axes.xaxis.set_major_formatter(PercentFormatter(xmax=1))
    _legend(figure, axes, width_px)
    return figure


def _draw_dots(axes: Axes, name: str, position: int, cells: Sequence[Cell], heights: Sequence[float]) -> None:
    colour, marker = _style(name, position)
    axes.errorbar(
        [cell["accuracy"] for cell in cells],
        heights,
        xerr=[
            [cell["accuracy"] - cell["low"] for cell in cells],
            [cell["high"] - cell["accuracy"] for cell in cells],
        ],
        fmt=marker,
        color=colour,
        markerfacecolor="none" if "+" in name else colour,
        markersize=6,
        elinewidth=1.6,
        clip_on=False,
        label=printable(label(name)),
    )


def _label_rows(axes: Axes, titles: Sequence[str]) -> None:
    rows = range(len(titles))
    axes.set_yticks([len(titles) - 1 - row for row in rows], [printable(title) for title in titles])
    axes.set_ylim(-0.5, len(titles) - 0.5)
    axes.tick_params(axis="y", length=0, pad=LABEL_PX - 2)
    for text in axes.get_yticklabels():
        text.set_horizontalalignment("left")
    for row in rows[1:]:
        axes.axhline(row - 0.5, color=GREY, alpha=0.25, linewidth=0.8)


def _loss_plot(width_px: int, lines: Mapping[str, Points]) -> Figure:
    figure, axes = _canvas(width_px, 220, 40, list(lines))
    for title, style in (("training", ("#2f81d6", "")), ("validation", ("#cc7a1b", "o"))):
        if title in lines:
            examples, losses = zip(*lines[title], strict=True)
            colour, marker = style if len(examples) > 1 else (style[0], "o")
            axes.plot(examples, losses, color=colour, marker=marker, markersize=5, linewidth=1.6, label=title)
    axes.set_ylim(bottom=0)
    axes.xaxis.set_major_formatter(StrMethodFormatter("{x:,.0f}"))
    axes.locator_params(axis="x", nbins=5)
    axes.grid(axis="y", color=GREY, alpha=0.25, linewidth=0.8)
    _legend(figure, axes, width_px)
    return figure


def _canvas(width_px: int, plot_px: int, left_px: int, legend: Sequence[str]) -> tuple[Figure, Axes]:
    """An empty transparent figure, one point a pixel, with room for the legend above the axes."""
    top_px = LEGEND_PX * math.ceil(len(legend) / _columns(width_px)) + 12
    height_px = top_px + plot_px + AXIS_PX
    figure = Figure(figsize=(width_px / 72, height_px / 72), dpi=72)
    right_px = 22
    axes = figure.add_axes(
        (
            left_px / width_px,
            AXIS_PX / height_px,
            (width_px - left_px - right_px) / width_px,
            plot_px / height_px,
        ),
        facecolor="none",
    )
    axes.grid(axis="x", color=GREY, alpha=0.25, linewidth=0.8)
    axes.spines[:].set_visible(False)
    axes.spines["bottom"].set_visible(True)
    axes.spines["bottom"].set_color(GREY)
    axes.tick_params(colors=GREY)
    return figure, axes


def _legend(figure: Figure, axes: Axes, width_px: int) -> None:
    figure.legend(
        *axes.get_legend_handles_labels(),
        loc="upper left",
        bbox_to_anchor=(0, 1),
        ncols=_columns(width_px),
        frameon=False,
        borderaxespad=0,
        borderpad=0,
        handletextpad=0.4,
        columnspacing=1.6,
        labelcolor=GREY,
    )


def _columns(width_px: int) -> int:
    return 3 if width_px >= WIDE_PX else 1


def _style(name: str, position: int) -> tuple[str, str]:
    return STYLES.get(name.split("+")[0]) or SPARE_STYLES[position % len(SPARE_STYLES)]


def _cut(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= LABEL_CHARACTERS else line[: LABEL_CHARACTERS - 1] + "…"


def _accuracy(cells: Mapping[str, Cell], answerer: str | None) -> float:
    return cells[answerer]["accuracy"] if answerer is not None and answerer in cells else 0.0


def _questions(cells: Mapping[str, Cell]) -> str:
    return f"n = {max(cell['n'] for cell in cells.values()):,}"


def _finite(value: Any) -> bool:
    return isinstance(value, (int, float)) and math.isfinite(value)


def _for_screens(name: str, description: str, draw: Callable[[int], Figure]) -> Markup:
    """The drawing at both widths, each in a box that the page's style shows on screens it fits."""
    boxes = []
    with matplotlib.rc_context(
        {"svg.fonttype": "none", "svg.hashsalt": "forklift", "text.parse_math": False, "font.size": 12.5}
    ):
        for screen, width_px in (("wide", WIDE_PX), ("narrow", NARROW_PX)):
            svg = _inline_svg(draw(width_px), f"{name}-{screen}", description)
            boxes.append(f'<div class="{screen}">{svg}</div>')
    return Markup("\n".join(boxes))


def _inline_svg(figure: Figure, name: str, description: str) -> str:
    """The figure as an element for HTML: no metadata, no page-wide style, ids that no other figure has."""
    buffer = io.StringIO()
    with warnings.catch_warnings():
        # Text stays text: the reader's fonts draw it, so what matplotlib's font lacks does not matter.
        warnings.filterwarnings("ignore", message="Glyph .* missing")
        figure.savefig(buffer, format="svg", transparent=True, metadata={"Date": None})
    root = ET.fromstring(buffer.getvalue())
    for element in root.iter():
        element.tag = element.tag.rpartition("}")[2]
        element.attrib = dict(_scoped(element.attrib.items(), name))
    _drop(root, ("metadata", "style"))
    for size in ("width", "height"):
        del root.attrib[size]
    root.attrib.update({"role": "img", "aria-label": description})
    return ET.tostring(root, encoding="unicode")


def _scoped(attributes: Iterable[tuple[str, str]], name: str) -> Iterable[tuple[str, str]]:
    """Attributes without namespaces, with `name` before every id and every reference to one."""
    for key, value in attributes:
        key = key.rpartition("}")[2]
        if key == "id":
            yield key, f"{name}-{value}"
        elif key == "href":
            yield key, value.replace("#", f"#{name}-", 1)
        else:
            yield key, value.replace("url(#", f"url(#{name}-")


def _drop(element: ET.Element, tags: Sequence[str]) -> None:
    for child in list(element):
        if child.tag in tags:
            element.remove(child)
        else:
            _drop(child, tags)
