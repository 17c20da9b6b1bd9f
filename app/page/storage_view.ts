/** What is kept on this device, how large it is, and buttons to delete one model or all. */

import { errorFrom } from "../shared/errors";
import { contents, forget, forgetAll, forgetOthers, leftovers, type Marker, neededFiles, present } from "../shared/store/presence";
import { sweep } from "../shared/store/imports";
import { distinctShards, sizeOf } from "../shared/store/manifest";
import { base, site } from "./app_runtime";
import { conversationStore } from "./conversations/store";
import { h } from "./dom";
import { ErrorPanel } from "./error_panel";
import { acceptDrops, type Given, pickers } from "./given_files";
import { fileSize, megabytes, t } from "./i18n";
import { ModelImport } from "./model_import";
import { isPersisted, persist } from "./persist";
import { shellBytes } from "./updates";

/** Told to whoever shows what is kept. */
export const STORAGE_CHANGED = "wardian-storage-changed";

export function storageView(): HTMLElement {
  const heading = h("h1", { tabindex: -1 }, t("storage.title"));
  const body = h("div", { class: "storage" });
  const said = h("p", { class: "note", role: "status" });
  const change = async (work: () => Promise<void>, text: string) => {
    await work().catch(() => undefined);
    dispatchEvent(new Event(STORAGE_CHANGED));
    await draw(body, change);
    said.textContent = text;
    // The button that was pressed is gone.
    heading.focus();
  };
  void draw(body, change);
  return h("article", { class: "task" }, h("header", {}, heading, h("p", { class: "lead" }, t("storage.intro"))), body, said,
    adding((name) => void change(async () => undefined, t("storage.added", { name }))));
}

/** Takes in a model that no task was asked to use: for code, or for a task later. */
function adding(added: (name: string) => void): HTMLElement {
  const errors = new ErrorPanel();
  const importing = new ModelImport("", []);
  const take = async (given: Given | Promise<Given>) => {
    errors.hide();
    try {
      const { model, notKept } = await importing.run(await given);
      if (notKept) return errors.show({ kind: "StorageError", message: t(`own.memory.${notKept}`) });
      added(model.name);
    } catch (error) {
      const { wire } = errorFrom(error);
      if (wire.kind !== "CancelledError") errors.show(wire);
    }
  };
  const element = h("section", { class: "own-model" }, h("h2", {}, t("storage.add")), pickers((given) => void take(given)),
    h("p", { class: "note" }, t("own.help")), importing.element, errors.element);
  acceptDrops(element, (given) => void take(given));
  return element;
}

type Change = (work: () => Promise<void>, said: string) => Promise<void>;

async function draw(body: HTMLElement, change: Change): Promise<void> {
  await sweep(base);
  const found = await contents(base).catch(() => undefined);
  if (!found) return body.replaceChildren(h("p", {}, t("storage.none")));
  const kept = present(found);
  const rest = leftovers(found, kept);
  const remove = (name: string, work: () => Promise<void>) => h("button", {
    type: "button", class: "chip", "aria-label": t("storage.delete.label", { name }),
    onclick: () => void change(work, t("storage.deleted", { name })),
  }, t("storage.delete"));
  const rows = [
    row(t("storage.app"), site.version, await shellBytes()),
    ...kept.map((marker) => row(marker.own?.name ?? marker.model, variant(marker), sizeOf(marker.shards),
      remove(marker.own?.name ?? marker.model, () => forget(base, marker)))),
    await conversations(remove),
    rest > 0 && row(t("storage.rest"), "", rest, remove(t("storage.rest"), () => forgetOthers(base))),
  ].filter((each) => each !== false);
  const total = [...found.shards.values()].reduce((sum, bytes) => sum + bytes, 0);
  body.replaceChildren(
    h("div", { class: "table-frame" }, h("table", {},
      h("thead", {}, h("tr", {}, ...["name", "size"].map((key) => h("th", { scope: "col" }, t(`storage.${key}`))), h("td"))),
      h("tbody", {}, ...rows))),
    kept.length === 0 ? h("p", {}, t("storage.empty")) : "",
    h("div", { class: "tools" }, total > 0 && h("button", {
      type: "button", class: "secondary", onclick: () => void change(forgetAll, t("storage.deleted.all")),
    }, t("storage.delete.all", { size: megabytes(total) }))),
    await protection(),
  );
}

/** What was said in chats. */
async function conversations(remove: (name: string, work: () => Promise<void>) => HTMLElement): Promise<HTMLElement | false> {
  const store = conversationStore();
  await store.ready;
  const all = store.list();
  if (all.length === 0) return false;
  const name = t("chat.history");
  return row(name, all.length.toLocaleString(document.documentElement.lang), new Blob([JSON.stringify(all)]).size, remove(name, () => store.remove(all)));
}

function row(name: string, detail: string, bytes: number, button?: HTMLElement): HTMLElement {
  return h("tr", {},
    h("th", { scope: "row" }, name, detail !== "" && h("span", { class: "note" }, " ", detail)),
    h("td", { class: "number" }, fileSize(bytes)),
    h("td", {}, button));
}

/** The dtype, and whether the site has another version of the model now; of a visitor's own its id, for code. */
function variant({ model, dtype, shards, own }: Marker): string {
  if (own) return t("storage.own", { dtypes: Object.keys(own.dtypes).join(", "), id: model });
  const now = new Set(distinctShards(neededFiles(site, model, dtype)).map(({ sha256 }) => sha256));
  const current = now.size === shards.length && shards.every(({ sha256 }) => now.has(sha256));
  // Tasks that only count or cut tokens keep a model's small files alone.
  const weightless = dtype === "" && Object.keys(site.models[model]?.dtypes ?? {}).length > 0;
  return [weightless ? t("storage.no_weights") : dtype, current ? "" : t("storage.old")].join(" ").trim();
}

/** Whether the browser may clear it all when space runs out, and a button to ask that it does not. */
async function protection(): Promise<HTMLElement> {
  const text = h("p", {}, t(`storage.${(await isPersisted()) ? "persisted" : "temporary"}`));
  if (await isPersisted()) return text;
  const ask = h("button", { type: "button", class: "chip", onclick: async () => {
    const granted = await persist();
    text.replaceChildren(t(`storage.${granted ? "persisted" : "refused"}`));
  } }, t("storage.ask"));
  text.append(" ", ask);
  return text;
}

