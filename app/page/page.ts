/** The app: starts the workers (first import), then draws the shell and the task that the address names. */

import { runtime, taskOf } from "./app_runtime";
import { aboutView } from "./about";
import { h, icon, ICONS } from "./dom";
import { loadTexts, localized, t } from "./i18n";
import { fillMenu, gallery, hasPage, menuButton } from "./menu";
import { parityView } from "./parity_view";
import { seal } from "./seal";
import { readSetting, type Settings, writeSetting } from "./settings";
import { storageView } from "./storage_view";
import { paintWithoutStyle } from "./stylesheet";
import { TaskView } from "./task_view";

seal();
paintWithoutStyle();
/** What is no task. */
const OTHERS: Record<string, () => HTMLElement> = { "#/storage": storageView, "#/parity": parityView, "#/about": aboutView };
const views = new Map<string, TaskView>();
/** In another language than the page now has: the next view of the task takes over what they show and do. */
const before = new Map<string, TaskView>();
let shown: TaskView | undefined;

applyTheme();
const texts = loadTexts();
if (document.readyState === "loading") {
  document.addEventListener("DOMContentLoaded", () => void start());
} else {
  void start();
}

async function start(): Promise<void> {
  await texts;
  draw();
  addEventListener("hashchange", route);
  addEventListener("keydown", (event) => {
    // The first Escape closes what lies above the task.
    if (event.key === "Escape" && !document.querySelector(":popover-open")) shown?.cancel();
  });
  // For measurements and tests: the times at which the workers were ready.
  runtime.on("stage", ({ stage }) => performance.mark(`wardian:${stage}`));
}

function draw(): void {
  document.getElementById("skip")!.textContent = t("app.skip");
  document.getElementById("tagline")!.textContent = t("app.tagline");
  document.getElementById("privacy")!.textContent = t("app.private");
  document.getElementById("controls")!.replaceChildren(menuButton(), themeButton(), languageButton());
  route();
}

function route(): void {
  const other = hasPage(location.hash) ? OTHERS[location.hash] : undefined;
  const task = other ? undefined : taskOf(location.hash);
  const nav = document.getElementById("tasks")!;
  fillMenu(nav, task, location.hash);
  // A browser without popovers shows the list where it stands.
  if (nav.matches(":popover-open")) nav.hidePopover();
  const main = document.getElementById("main")!;
  shown = undefined;
  if (task) {
    shown = views.get(task.id) ?? new TaskView(task, before.get(task.id));
    views.set(task.id, shown);
    before.delete(task.id);
  }
  const content = shown?.element ?? (other ? other() : h("p", { class: "lead" }, t("task.unknown"), " ", h("a", { href: "#/" }, t("task.all"))));
  main.replaceChildren(...[content, task && atHome() && gallery(task)].filter((part) => part instanceof HTMLElement));
  document.title = task ? `${localized(task.title)} · Wardian` : "Wardian";
}

/** The first task, to begin with at once, and all others below it. */
function atHome(): boolean {
  return /^#?\/?$/.test(location.hash);
}

function themeButton(): HTMLElement {
  const order: Settings["theme"][] = ["system", "light", "dark"];
  const now = readSetting("theme");
  const label = t(`nav.theme.${now}`);
  return h("button", { type: "button", class: "control", "aria-label": label, title: label, onclick: () => {
    writeSetting("theme", order[(order.indexOf(now) + 1) % order.length]!);
    applyTheme();
    draw();
  } }, icon(...ICONS.theme));
}

function languageButton(): HTMLElement {
  return h("button", { type: "button", class: "control", lang: readSetting("language") === "en" ? "zh" : "en", onclick: async () => {
    writeSetting("language", readSetting("language") === "en" ? "zh" : "en");
    await loadTexts();
    // The models stay loaded in the workers, and what runs goes on.
    for (const [id, view] of views) before.set(id, view);
    views.clear();
    draw();
  } }, t("nav.language"));
}

function applyTheme(): void {
  document.documentElement.dataset["theme"] = readSetting("theme");
}
