/** Asks the browser not to clear what is kept when space runs out: once, after the first model is complete. */

const ASKED = "wardian.persist-asked";

/** Before there is anything to lose, a browser that asks its visitor would ask for nothing. */
export async function askToPersist(): Promise<void> {
  if (wasAsked() || (await isPersisted())) return;
  remember();
  await persist();
}

export async function isPersisted(): Promise<boolean> {
  try {
    return await navigator.storage.persisted();
  } catch {
    return false;
  }
}

/** False where the browser or the visitor refuses, and where there is no storage. */
export async function persist(): Promise<boolean> {
  try {
    return await navigator.storage.persist();
  } catch {
    return false;
  }
}

function wasAsked(): boolean {
  try {
    return localStorage.getItem(ASKED) !== null;
  } catch {
    return true;
  }
}

function remember(): void {
  try {
    localStorage.setItem(ASKED, "yes");
  } catch {
    // Storage is refused: there is nothing to persist either.
  }
}
