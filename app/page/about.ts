/** What Wardian is, how to check its promise, and the licences of everything that it ships. */

import { site } from "./app_runtime";
import { h } from "./dom";
import { t } from "./i18n";

export function aboutView(): HTMLElement {
  return h("article", { class: "task about" },
    h("header", {}, h("h1", {}, t("about.title")), h("p", { class: "lead" }, t("about.intro")), h("p", {}, t("about.how"))),
    h("h2", {}, t("about.shipped")),
    h("div", { class: "table-frame" }, h("table", {},
      h("thead", {}, h("tr", {}, ...["name", "version", "license", "source"].map((key) => h("th", { scope: "col" }, t(`about.${key}`))))),
      h("tbody", {}, ...site.notice.map((entry) =>
        h("tr", {}, h("th", { scope: "row" }, entry.name), h("td", {}, entry.version), h("td", {}, entry.license), h("td", {}, entry.source)))))),
    h("p", {}, h("a", { href: "NOTICE.txt" }, "NOTICE.txt")));
}
