"""What a parity found: as JSON, for the terminal, and for the page of the site."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from wardian_build import markdown
from wardian_build.parity.bisect import FirstNode
from wardian_build.parity.compare import Difference, Row
from wardian_build.parity.recorded import FORMAT

__all__ = ["ModelReport", "Report", "as_table"]


@dataclass(frozen=True)
class ModelReport:
    """One ONNX file alone, with the native tensors, on one device of the page.

    `device` is where it was to run; `note` says why there are no rows, or what else to know. `node` is the
    first that differs, where outputs do.
    """

    path: str
    device: str
    adapter: str
    runs: int
    rows: Sequence[Row]
    node: FirstNode | None = None
    note: str = ""

    @property
    def agrees(self) -> bool:
        return not any(row.differs for row in self.rows)


@dataclass(frozen=True)
class Report:
    """The parity of a task. `key` names its sources, `device` is where the task ran in the page."""

    task: str
    made: str
    key: str
    dtype: str | None
    device: str
    tolerance: float
    cases: int
    stages: Sequence[Row]
    first: Difference | None
    models: Sequence[ModelReport] = ()
    native: Mapping[str, Any] = field(default_factory=dict)
    page: Mapping[str, Any] = field(default_factory=dict)

    @property
    def agrees(self) -> bool:
        """Whether nothing differs, and everything was compared on the device where the task ran."""
        compared = all(model.rows for model in self.models if model.device == self.device)
        return compared and self.first is None and all(model.agrees for model in self.models)

    def as_json(self) -> dict[str, Any]:
        """Plain data: the fields, the format, and whether the whole and each model agrees."""
        models = [{**asdict(model), "agrees": model.agrees} for model in self.models]
        return {"format": FORMAT, **asdict(self), "models": models, "agrees": self.agrees}


HEADER = ["", "tensor", "dtype", "shape", "same bits", "max abs", "relative", "cosine", "NaN, inf", "agrees"]


def as_table(report: Report) -> str:
    """The report for a terminal: two Markdown tables, then in words what differs first."""
    web = f"{report.page.get('device') or 'Python alone'} in {_browser(report.page)}"
    lines = [
        f"## {report.task}: CPython {report.native.get('python')} against {web}",
        f"{report.cases} cases, dtype {report.dtype or '–'}, tolerance {report.tolerance:g} relative",
        "",
        markdown.table(HEADER, [_cells(row, row.stage) for row in report.stages]),
    ]
    alone = [(_label(model), row) for model in report.models for row in model.rows]
    if alone:
        lines += ["", "The model alone, given the native tensors:", ""]
        lines += [markdown.table(HEADER, [_cells(row, label) for label, row in alone])]
    said = [sentence for model in report.models for sentence in _said(model)]
    lines += ["", _first(report), *said]
    return "\n".join(lines)


def _cells(row: Row, label: str) -> list[str]:
    finite = "" if row.not_finite == (0, 0) else f"{row.not_finite[0]}, {row.not_finite[1]}"
    return [
        label, row.name, row.dtype, f"{row.tensors} × {row.shape}", "yes" if row.identical else "no",
        f"{row.max_abs:.2g}", f"{row.relative:.2g}", f"{row.cosine:.7f}", finite, row.differs or "yes",
    ]  # fmt: skip


def _label(model: ModelReport) -> str:
    return f"{model.path} on {model.device}" + (f" ({model.adapter})" if model.adapter else "")


def _first(report: Report) -> str:
    if report.first is None:
        return "No stage differs beyond the tolerance."
    found = report.first
    number = f" {found.number}" if found.stage in ("preprocess", "run") else ""
    name = f", {found.name}" if found.name else ""
    return f"The first stage that differs: {found.stage}{number} of case {found.case}{name}: {found.reason}"


def _said(model: ModelReport) -> list[str]:
    label = _label(model)
    lines = [f"{label}: {model.note}"] if model.note else []
    node = model.node
    if node is None:
        return lines
    if not node.node:
        return [*lines, f"{label}: no node is named: {node.note}"]
    alone = {
        True: "; given the same inputs it differs, too",
        False: "; given the same inputs it agrees: the difference has added up before it",
        None: "",
    }[node.alone]
    lines.append(
        f"{label}: the first node that differs is {node.node} ({node.operator}), output {node.output}: "
        f"{node.reason}; its inputs differ by {node.inputs:.2g}{alone} "
        f"(optimisations {node.optimization}, {node.runs} runs)"
    )
    return [*lines, *([f"{node.node}: {node.note}"] if node.note else [])]


def _browser(facts: Mapping[str, Any]) -> str:
    """The browser's name out of its user agent.

    >>> _browser({"browser": "Mozilla/5.0 (X11; Linux x86_64) HeadlessChrome/156.0.0.0 Safari/537.36"})
    'HeadlessChrome/156.0.0.0'
    """
    names = ("HeadlessChrome/", "Chrome/", "Firefox/")
    return next((word for word in str(facts.get("browser")).split() if word.startswith(names)), "the page")
