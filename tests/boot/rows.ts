/**
 * One round of "nothing lost": a guest writes rows into a database in an export, something ends it at a random moment, and a Linux process
 * looks for every row whose COMMIT was answered. Used by durability.test.ts and, for hundreds of rounds, by tools/stress-files.ts.
 */

import { spawn, spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

export const JOURNALS = ["delete", "wal"] as const;
/** Who is ended by SIGKILL: the proxy alone (then QEMU ends by itself), QEMU alone, or the process group. */
export const VICTIMS = ["proxy", "qemu", "group"] as const;
export type Victim = (typeof VICTIMS)[number];

const MANY_ROWS = "1000000";
const ENDING_MS = 20_000;
const POLL_MS = 5;

export interface Round {
  readonly proxy: string;
  readonly rows: string;
  readonly folder: string;
  readonly journal: string;
  readonly victim: Victim;
  /** So many rows are printed first, then so many milliseconds pass. */
  readonly rowsFirst: number;
  readonly delayMs: number;
  readonly env: Readonly<Record<string, string>>;
}

/** The greatest number printed, and what the check on Linux said about it; an error if anything is lost. */
export async function runRound(round: Round): Promise<{ readonly committed: number; readonly found: number }> {
  const committed = await writeUntilKilled(round);
  const check = spawnSync(round.rows, ["check", join(round.folder, "rows.db")], { encoding: "utf8", timeout: 60_000 });
  const match = /^ok (\d+)\n$/.exec(check.stdout);
  const where = `${round.journal}, ${round.victim} killed ${round.delayMs} ms after ${round.rowsFirst} rows`;
  if (match === null) {
    throw new Error(`${where}: ${check.stdout}${check.stderr}`);
  }
  const found = Number(match[1]);
  if (found < committed) {
    throw new Error(`${where}: row ${committed} was committed, but ${found} rows are there`);
  }
  return { committed, found };
}

function writeUntilKilled(round: Round): Promise<number> {
  const args = ["--mount", `${round.folder}:/data:rw`, round.rows, "write", "/data/rows.db", round.journal, MANY_ROWS];
  const env = { PATH: process.env.PATH ?? "", ...round.env };
  const child = spawn(round.proxy, args, { cwd: round.folder, env, detached: true, stdio: ["ignore", "pipe", "pipe"] });
  const pid = child.pid ?? 0;
  let stdout = "";
  let stderr = "";
  let isArmed = false;
  return new Promise((resolve, reject) => {
    const stuck = setTimeout(() => {
      process.kill(-pid, "SIGKILL");
      reject(new Error(`nothing was printed in time: ${stderr}`));
    }, ENDING_MS * 3);
    child.stdout.on("data", (chunk: Buffer) => {
      stdout += chunk.toString("latin1");
      if (!isArmed && stdout.split("\n").length > round.rowsFirst) {
        isArmed = true;
        setTimeout(() => killVictim(round.victim, pid), round.delayMs);
      }
    });
    child.stderr.on("data", (chunk: Buffer) => {
      stderr += chunk.toString("latin1");
    });
    child.on("close", async () => {
      clearTimeout(stuck);
      await waitForEnd(pid);
      const lines = stdout.split("\n").slice(0, -1);
      const last = Number(lines.at(-1) ?? "0");
      return isArmed ? resolve(last) : reject(new Error(`the writer ended by itself after row ${last}: ${stderr}`));
    });
  });
}

function killVictim(victim: Victim, pid: number): void {
  const target = victim === "group" ? -pid : victim === "qemu" ? (qemuOf(pid) ?? pid) : pid;
  try {
    process.kill(target, "SIGKILL");
  } catch {
    // It is gone already.
  }
}

function membersOf(group: number): readonly { readonly pid: number; readonly name: string }[] {
  return readdirSync("/proc")
    .filter((entry) => /^\d+$/.test(entry))
    .flatMap((entry) => {
      const stat = existsSync(`/proc/${entry}/stat`) ? readQuietly(`/proc/${entry}/stat`) : "";
      const [, name = "", state = "", , processGroup = ""] = /^\d+ \((.*)\) (\S) (\d+) (\d+)/.exec(stat) ?? [];
      return state !== "Z" && Number(processGroup) === group ? [{ pid: Number(entry), name }] : [];
    });
}

function qemuOf(group: number): number | undefined {
  return membersOf(group).find(({ name }) => name.startsWith("qemu"))?.pid;
}

/** Nobody writes to the database any more; what outlived its proxy is ended. */
async function waitForEnd(group: number): Promise<void> {
  const deadline = Date.now() + ENDING_MS;
  while (membersOf(group).length > 0) {
    if (Date.now() > deadline) {
      process.kill(-group, "SIGKILL");
      throw new Error("QEMU outlived its proxy");
    }
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}

function readQuietly(path: string): string {
  try {
    return readFileSync(path, "latin1");
  } catch {
    return "";
  }
}
