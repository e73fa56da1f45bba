/**
 * Runs one program to its end and sees everything: status, output, time, and whatever it left behind.
 *
 * Each run is a session of its own with a mark in its environment (HERMIT_TEST_RUN=<unique>), which every descendant inherits,
 * also one that daemonises itself. So a run that exceeds its time can be ended with all its children, and after every run
 * /proc says whether one is still there. TMPDIR and the working directory are empty folders made for the run.
 *
 * Nothing here waits for a fixed time: what must become true is polled, with a limit.
 */

import { type ChildProcess, spawn } from "node:child_process";
import { chownSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { constants, tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import type { Seen } from "../../apps/tests/manifest.ts";

export const ROOT = join(dirname(fileURLToPath(import.meta.url)), "../..");
/** Another program in the proxy's place serves to test the harness itself. */
export const PROXY = process.env.HERMIT_TEST_PROXY ?? join(ROOT, "build/bin/proxy");

const DEFAULT_TIMEOUT_SECONDS = 60;
const LEFT_BEHIND_TIMEOUT_MS = 3000;
const POLL_MS = 20;
/** More than any test prints; a run that prints more is cut off and reported by its time limit. */
const MAX_OUTPUT_BYTES = 64 * 1024 * 1024;
/** Names of files that a proxy, a monitor or QEMU might leave in a shared folder; other suites' scratch folders (hermit-cli-...) are not theirs. */
const SUSPICIOUS_NAMES = /^(?!hermit-[a-z]+-).*(hermit|uhyve|hpid|qemu)/i;
const SHARED_FOLDERS = [tmpdir(), "/dev/shm"];

export interface RunOptions {
  readonly env?: Readonly<Record<string, string>>;
  /** Everything that shall be on stdin, then end of file. `open`: a pipe that nothing is written to. */
  readonly stdin?: string | Uint8Array | "open";
  /** With `stdin: "open"`: written at once, without an end of file behind it. */
  readonly firstInput?: string;
  readonly timeoutSeconds?: number;
  /** Called once, as soon as this text has been printed on stdout. */
  readonly onOutput?: { readonly text: string; readonly act: (child: ChildProcess, mark: string) => void };
  /** Run as another user, whose the working directory is, too. */
  readonly uid?: number;
}

export interface Run extends Seen {
  /** As a shell shows it: 128 + n for an end by signal n. */
  readonly status: number;
  readonly timedOut: boolean;
  /** One sentence for each process or file that outlived the run. */
  readonly leftBehind: readonly string[];
}

let runCount = 0;

/** Runs `command` and waits for its end and for the end of its output. */
export async function run(command: string, args: readonly string[], options: RunOptions = {}): Promise<Run> {
  runCount += 1;
  const mark = `${process.pid}-${runCount}`;
  const folder = mkdtempSync(join(tmpdir(), "boot-test-"));
  const before = suspiciousFiles();
  const startedAtMs = Date.now();
  try {
    if (options.uid !== undefined) chownSync(folder, options.uid, options.uid);
    const child = spawn(command, args, {
      cwd: folder,
      env: { PATH: process.env.PATH ?? "", TMPDIR: folder, ...options.env, HERMIT_TEST_RUN: mark },
      stdio: ["pipe", "pipe", "pipe"],
      detached: true,
      ...(options.uid === undefined ? {} : { uid: options.uid, gid: options.uid }),
    });
    const end = await collect(child, mark, options);
    const elapsedMs = Date.now() - startedAtMs;
    return { ...end, startedAtMs, elapsedMs, leftBehind: await findLeftBehind(mark, folder, before) };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

type End = Pick<Run, "status" | "timedOut" | "stdout" | "stderr">;

function collect(child: ChildProcess, mark: string, options: RunOptions): Promise<End> {
  const stdout = collectStream(child, "stdout", options, mark);
  const stderr = collectStream(child, "stderr", {}, mark);
  feedStdin(child, options);
  return new Promise((resolve, reject) => {
    let timedOut = false;
    const timer = setTimeout(
      () => {
        timedOut = true;
        endRun(child, mark);
      },
      (options.timeoutSeconds ?? DEFAULT_TIMEOUT_SECONDS) * 1000,
    );
    child.on("error", (error) => {
      clearTimeout(timer);
      reject(new Error(`${child.spawnfile} could not be started`, { cause: error }));
    });
    child.on("close", (code, signal) => {
      clearTimeout(timer);
      const status = signal === null ? (code ?? 0) : 128 + constants.signals[signal];
      resolve({ status, timedOut, stdout: Buffer.concat(stdout), stderr: Buffer.concat(stderr) });
    });
  });
}

function collectStream(child: ChildProcess, name: "stdout" | "stderr", options: RunOptions, mark: string): Buffer[] {
  const chunks: Buffer[] = [];
  const stream = child[name];
  let bytes = 0;
  let waiting = options.onOutput;
  stream?.on("data", (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes <= MAX_OUTPUT_BYTES) {
      chunks.push(chunk);
    }
    if (waiting && Buffer.concat(chunks).includes(waiting.text)) {
      const { act } = waiting;
      waiting = undefined;
      act(child, mark);
    }
  });
  return chunks;
}

function feedStdin(child: ChildProcess, { stdin, firstInput }: RunOptions): void {
  // A program may end without reading all of it.
  child.stdin?.on("error", () => {});
  if (stdin !== "open") {
    child.stdin?.end(stdin ?? "");
  } else if (firstInput !== undefined) {
    child.stdin?.write(firstInput);
  }
}

/** Ends what the run started: its process group, and by the mark also those that left the group. */
function endRun(child: ChildProcess, mark: string): void {
  killQuietly(-(child.pid ?? 0));
  for (const { pid } of processesOf(mark)) {
    killQuietly(pid);
  }
}

function killQuietly(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // It ended by itself in the meantime.
  }
}

export interface MarkedProcess {
  readonly pid: number;
  readonly command: string;
}

/** The living processes of a run. A zombie has ended; whoever adopted it will collect it. */
export function processesOf(mark: string): MarkedProcess[] {
  const wanted = `HERMIT_TEST_RUN=${mark}`;
  const found: MarkedProcess[] = [];
  for (const entry of readdirSync("/proc")) {
    const pid = Number(entry);
    if (Number.isInteger(pid) && readQuietly(`/proc/${pid}/environ`).split("\0").includes(wanted)) {
      found.push({ pid, command: readQuietly(`/proc/${pid}/cmdline`).split("\0").slice(0, 3).join(" ") });
    }
  }
  return found;
}

function readQuietly(path: string): string {
  try {
    return readFileSync(path, "latin1");
  } catch {
    return "";
  }
}

function suspiciousFiles(): Set<string> {
  return new Set(
    SHARED_FOLDERS.flatMap((folder) =>
      existsSync(folder)
        ? readdirSync(folder)
            .filter((name) => SUSPICIOUS_NAMES.test(name))
            .map((name) => join(folder, name))
        : [],
    ),
  );
}

async function findLeftBehind(mark: string, folder: string, before: ReadonlySet<string>): Promise<string[]> {
  const deadline = Date.now() + LEFT_BEHIND_TIMEOUT_MS;
  for (;;) {
    const processes = processesOf(mark);
    const files = [
      ...readdirSync(folder).map((name) => `$TMPDIR/${name}`),
      ...[...suspiciousFiles()].filter((path) => !before.has(path)),
    ];
    const found = [
      ...processes.map(({ pid, command }) => `process ${pid} still runs: ${command}`),
      ...files.map((path) => `file ${path} is still there`),
    ];
    if (found.length === 0 || Date.now() > deadline) {
      for (const { pid } of processes) {
        killQuietly(pid);
      }
      return found;
    }
    await delay(POLL_MS);
  }
}
