/** What there is on the site, by group: a list beside every page, a panel on a phone, and the gallery below the first task. */

import type { ModelFile, TaskInfo } from "../shared/site";
import { distinctShards, sizeOf } from "../shared/store/manifest";
import { neededFiles } from "../shared/store/presence";
import { site } from "./app_runtime";
import { h, icon, ICONS } from "./dom";
import { localized, fileSize, t } from "./i18n";
import { memoryOf } from "./memory";

/** In this order; what has no tasks is not shown. */
const GROUPS = ["pictures", "texts", "tables", "developers", "own"] as const;

/** Pages that are no tasks, by their addresses. */
const PAGES = ["#/storage", "#/parity", "#/about"];

export function hasPage(hash: string): boolean {
  return PAGES.includes(hash) && (hash !== "#/parity" || site.urls.parity !== null);
}

/** Fills the list of tasks; `task` and `hash` say where the visitor is. */
export function fillMenu(nav: HTMLElement, task: TaskInfo | undefined, hash: string): void {
  nav.setAttribute("aria-label", t("nav.tasks"));
  nav.replaceChildren(
    ...groups().map(([group, tasks]) =>
      section("p", group, "menu-group", h("ul", {}, ...tasks.map((entry) => h("li", {}, link(`#/${entry.id}`, localized(entry.title), entry === task)))))),
    h("ul", { class: "menu-pages" }, ...PAGES.filter(hasPage).map((page) => h("li", {}, link(page, t(`nav.${page.slice(2)}`), page === hash)))),
  );
  nav.querySelector("[aria-current]")?.scrollIntoView({ block: "nearest" });
}

/** On a phone the list is behind this button. */
export function menuButton(): HTMLElement {
  return h("button", { type: "button", class: "control menu-button", popovertarget: "tasks" }, icon(...ICONS.menu), t("nav.tasks"));
}

/** A card for every task but the one that is shown above them. */
export function gallery(shown: TaskInfo): HTMLElement | null {
  if (site.tasks.length < 2) return null;
  return h("section", { class: "gallery" }, h("h2", {}, t("gallery.title")),
    ...groups(shown).map(([group, tasks]) => section("h3", group, "gallery-group", h("ul", { class: "cards" }, ...tasks.map(card)))));
}

function card(task: TaskInfo): HTMLElement {
  const bytes = sizeOf(distinctShards(firstFiles(task)));
  const memory = memoryOf(task.model);
  return h("li", { class: "card" },
    h("a", { href: `#/${task.id}` }, localized(task.title)),
    h("p", {}, localized(task.description)),
    h("p", { class: "note" }, task.kind !== null && task.model === null ? t("gallery.own") : bytes === 0 ? t("gallery.nothing") : t("gallery.download", { size: fileSize(bytes) }),
      memory && ` · ${memory}`));
}

/** What opening the task fetches of its models. */
function firstFiles(task: TaskInfo): ModelFile[] {
  return [...(task.model === null ? [] : neededFiles(site, task.model, null)), ...task.uses.slice(0, 1).flatMap((model) => neededFiles(site, model, ""))];
}

function section(tag: "p" | "h3", group: string, name: string, list: HTMLElement): HTMLElement {
  return h("div", { class: name }, h(tag, { class: "group-title" }, t(`group.${group}`)), list);
}

function groups(without?: TaskInfo): [string, TaskInfo[]][] {
  return GROUPS.map((group): [string, TaskInfo[]] => [group, site.tasks.filter((task) => task.group === group && task !== without)]).filter(([, tasks]) => tasks.length > 0);
}

function link(href: string, text: string, current: boolean): HTMLElement {
  return h("a", { href, "aria-current": current ? "page" : undefined }, text);
}
