/** How far each task computes here what it computes in CPython: what `build.py parity` recorded last. */

import type { TaskInfo } from "../shared/site";
import { base, site } from "./app_runtime";
import { h } from "./dom";
import { localized, t } from "./i18n";
import { type FirstNode, type ModelReport, type ParityFile, type ParityReport, type ParityRow, STAGES } from "./parity_report";

export function parityView(): HTMLElement {
  const body = h("div", {}, h("p", { class: "note" }, t("parity.loading")));
  void read().then(
    ({ reports }) => body.replaceChildren(...site.tasks.map((task) => section(task, reports[task.id]))),
    () => body.replaceChildren(h("p", { role: "status" }, t("parity.unread"))),
  );
  return h("article", { class: "task parity" },
    h("header", {}, h("h1", {}, t("parity.title")), h("p", { class: "lead" }, t("parity.intro"))), body);
}

async function read(): Promise<ParityFile> {
  const path = site.urls.parity;
  if (path === null) return { reports: {} };
  const response = await fetch(new URL(path, base), { integrity: site.integrity[path] ?? "" });
  if (!response.ok) throw new Error(`HTTP status ${response.status}`);
  return (await response.json()) as ParityFile;
}

function section(task: TaskInfo, report: ParityReport | undefined): HTMLElement {
  const heading = h("h2", {}, localized(task.title));
  const element = h("section", { id: `parity-${task.id}` }, heading);
  if (!report) {
    element.append(h("p", { class: "note" }, t("parity.none"), " ", h("code", {}, `python build.py parity ${task.id}`)));
    return element;
  }
  heading.append(" ", h("span", { class: "verdict", "data-agrees": String(report.agrees) }, t(`parity.${report.agrees ? "agrees" : "differs"}`)));
  element.append(
    h("ol", { class: "stages" }, ...STAGES.map((stage) => strip(t(`parity.stage.${stage}`), report.stages.filter((row) => row.stage === stage)))),
    models(report),
    ...differences(report),
    details(report),
    provenance(report),
  );
  return element;
}

/** A stage, or a model on a device, in one word: the same bits, or how far apart. */
function strip(label: string, rows: ParityRow[], note = ""): HTMLElement | false {
  if (rows.length === 0 && !note) return false;
  const differs = rows.some((row) => row.differs !== "");
  const same = rows.every((row) => row.identical);
  const worst = Math.max(0, ...rows.map((row) => row.relative));
  const said = note ? t("parity.not_compared") : differs ? t("parity.beyond") : same ? t("parity.same") : t("parity.within", { relative: short(worst) });
  const state = note ? "none" : differs ? "differs" : same ? "same" : "within";
  return h("li", { "data-state": state, title: note || undefined }, h("span", { class: "stage-name" }, label), h("span", { class: "stage-said" }, said));
}

function models(report: ParityReport): HTMLElement | string {
  if (report.models.length === 0) return "";
  const several = new Set(report.models.map(({ path }) => path)).size > 1;
  return h("div", {},
    h("p", { class: "note" }, t("parity.models")),
    h("ul", { class: "stages" }, ...report.models.map((model) =>
      strip([several && model.path, t(`parity.device.${model.device}`), adapter(model)].filter(Boolean).join(" · "), model.rows, model.note))));
}

function adapter({ device, adapter }: ModelReport): string {
  if (device !== "webgpu") return "";
  return /swiftshader/i.test(adapter) ? t("parity.software") : adapter;
}

/** What differs first, where anything does. */
function differences({ first, models }: ParityReport): HTMLElement[] {
  const lines = first ? [t("parity.first", { ...first, stage: t(`parity.stage.${first.stage}`), reason: [first.name, first.reason].filter(Boolean).join(": ") })] : [];
  for (const { device, node, note } of models) {
    if (node) lines.push(`${t(`parity.device.${device}`)}: ${named(node)}`);
    else if (note) lines.push(`${t(`parity.device.${device}`)}: ${note}`);
  }
  return lines.map((line) => h("p", { class: "difference" }, line));
}

function named(node: FirstNode): string {
  if (!node.node) return `${t("parity.no_node")} ${node.note}`;
  const alone = node.alone === null ? "" : t(`parity.alone.${node.alone}`);
  const level = t("parity.level", { level: node.optimization });
  const { node: name, operator, output, reason } = node;
  return [t("parity.node", { node: name, operator, output, reason, inputs: short(node.inputs) }), alone, level, node.note].filter(Boolean).join(" ");
}

const COLUMNS = ["where", "tensor", "dtype", "shape", "bits", "max_abs", "relative", "cosine", "finite"];

function details(report: ParityReport): HTMLElement {
  const rows = [
    ...report.stages.map((row) => line(t(`parity.stage.${row.stage}`), row)),
    ...report.models.flatMap((model) => model.rows.map((row) => line(t(`parity.device.${model.device}`), row))),
  ];
  return h("details", {}, h("summary", {}, t("parity.all")), h("div", { class: "table-frame" }, h("table", {},
    h("thead", {}, h("tr", {}, ...COLUMNS.map((key) => h("th", { scope: "col" }, t(`parity.column.${key}`))))),
    h("tbody", {}, ...rows))));
}

function line(where: string, row: ParityRow): HTMLElement {
  const finite = row.not_finite.some(Boolean) ? row.not_finite.join(" / ") : "";
  const cells = [row.dtype, `${row.tensors} × ${row.shape}`, t(row.identical ? "parity.yes" : "parity.no"), short(row.max_abs), short(row.relative), row.cosine.toFixed(7), finite];
  return h("tr", { class: row.differs ? "differs" : undefined, title: row.differs || undefined },
    h("td", {}, where), h("th", { scope: "row" }, row.name), ...cells.map((text) => h("td", { class: "number" }, text)));
}

function provenance({ cases, dtype, tolerance, native, page, made, current }: ParityReport): HTMLElement {
  const browser = /(?:Headless)?Chrome\/[\d.]+|Firefox\/[\d.]+/.exec(page.browser)?.[0] ?? page.browser;
  const day = new Date(made).toLocaleDateString(document.documentElement.lang, { dateStyle: "medium" });
  const facts = t("parity.facts", {
    cases, dtype: dtype ?? "–", tolerance: short(tolerance), python: native.python, ort: native.onnxruntime, page: page.python, browser, day,
  });
  return h("p", { class: "note" }, facts, current ? "" : h("strong", {}, " ", t("parity.older")));
}

/** A number in two digits. */
function short(value: number): string {
  if (value === 0) return "0";
  return value >= 0.001 && value < 1000 ? String(Number(value.toPrecision(2))) : value.toExponential(1).replace(".0e", "e");
}
