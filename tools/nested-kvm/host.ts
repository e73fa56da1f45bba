/**
 * A machine with KVM inside QEMU's TCG: uhyve on a KVM with hardware semantics, on any machine.
 *
 * QEMU emulates a processor with AMD's SVM and nested paging in software; Debian's kernel finds it and offers /dev/kvm, and our
 * monitor runs there as it would on hardware: ring 0 and ring 3 are real, so is the APIC, so are two-dimensional page tables. It is
 * slow (some seconds to boot, about a tenth of the host's speed in the guest), so one boot runs many jobs. The memory of
 * the machine is its initial RAM file system: programs and jobs go in with it, outcomes come out of a serial port (init.sh).
 *
 * A job that stops the whole machine is found by its silence: it is given up and the machine is started again for those behind it.
 */

import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { cpioArchive } from "./cpio.ts";
import { type HostLinux, hostLinux } from "./packages.ts";

export interface Job {
  /** A shell script; the repository's files that are named in `files` lie at the same paths below /. */
  readonly script: string;
  readonly stdin?: string | Uint8Array;
  readonly timeoutSeconds?: number;
}

export interface Outcome {
  /** As a shell shows it; 137 when its time was over. */
  readonly status: number;
  readonly elapsedMs: number;
  readonly stdout: Buffer;
  readonly stderr: Buffer;
}

export interface NestedOptions {
  /** Path below / of the nested host -> path on this one. */
  readonly files: ReadonlyMap<string, string>;
  /** Of the nested host; 1 if not given. With two, one of some hundred jobs stopped the whole machine (QEMU 7.2), why is not known. */
  readonly cpuCount?: number;
  readonly memoryMib?: number;
  /** Called for each job that ends, in their order; `null`: the machine stopped in it, and `console` has its last words. */
  readonly onOutcome: (index: number, outcome: Outcome | null, console: string) => void;
}

const HERE = dirname(fileURLToPath(import.meta.url));
const DEFAULT_SECONDS = 60;
/** Booting, and everything around a job, on a busy machine. */
const SILENCE_SECONDS = 60;
const LAST_WORDS = 2000;

/** Runs the jobs one after the other. */
export async function runNested(jobs: readonly Job[], options: NestedOptions): Promise<void> {
  const linux = hostLinux();
  for (let next = 0; next < jobs.length; ) {
    next = await runMachine(linux, jobs, next, options);
  }
}

/** Boots once and runs jobs from `first` on; the index of the first job that was not begun. */
async function runMachine(
  linux: HostLinux,
  jobs: readonly Job[],
  first: number,
  options: NestedOptions,
): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), "hermit-nested-kvm-"));
  try {
    const archive = join(folder, "initrd");
    writeFileSync(archive, cpioArchive(contents(linux, jobs, first, options)));
    const consoleLog = join(folder, "console");
    const qemu = startQemu(linux, archive, consoleLog, options);
    const next = await collect(qemu, jobs, first, options.onOutcome);
    if (next < jobs.length) {
      options.onOutcome(next, null, readFileSync(consoleLog, "latin1").slice(-LAST_WORDS));
    }
    return next + 1;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function contents(
  linux: HostLinux,
  jobs: readonly Job[],
  first: number,
  options: NestedOptions,
): Map<string, Uint8Array> {
  const files = new Map<string, Uint8Array>([
    ["init", readFileSync(join(HERE, "init.sh"))],
    ["bin/busybox", readFileSync(linux.busybox)],
    ["bin/sh", readFileSync(linux.busybox)],
  ]);
  for (const folder of ["proc", "sys", "dev", "tmp"]) {
    files.set(`${folder}/.folder`, new Uint8Array());
  }
  for (const [index, module] of linux.modules.entries()) {
    files.set(`modules/${index}.ko`, readFileSync(module));
  }
  for (const [path, source] of options.files) {
    files.set(path, readFileSync(source));
  }
  for (const [index, job] of jobs.entries()) {
    if (index < first) continue;
    const folder = `jobs/${String(index).padStart(6, "0")}`;
    files.set(`${folder}/run`, Buffer.from(`${job.script}\n`));
    files.set(`${folder}/stdin`, Buffer.from(job.stdin ?? ""));
    files.set(`${folder}/seconds`, Buffer.from(String(job.timeoutSeconds ?? DEFAULT_SECONDS)));
  }
  return files;
}

function startQemu(linux: HostLinux, archive: string, consoleLog: string, options: NestedOptions): ChildProcess {
  const args = [
    ...["-nodefaults", "-no-user-config", "-no-reboot", "-display", "none"],
    ...["-machine", "q35", "-accel", "tcg,thread=multi", "-cpu", "max"],
    ...["-smp", String(options.cpuCount ?? 1), "-m", `${options.memoryMib ?? 2048}M`],
    ...["-kernel", linux.kernel, "-initrd", archive],
    ...["-append", "console=ttyS0 quiet panic=-1 mitigations=off"],
    ...["-serial", `file:${consoleLog}`, "-serial", "stdio"],
  ];
  const qemu = spawn("qemu-system-x86_64", args, { stdio: ["ignore", "pipe", "inherit"] });
  return qemu;
}

/** Reads outcomes until the machine is off or silent for too long; the index of the first job without one. */
function collect(
  qemu: ChildProcess,
  jobs: readonly Job[],
  first: number,
  onOutcome: NestedOptions["onOutcome"],
): Promise<number> {
  return new Promise((resolve, reject) => {
    let next = first;
    let received: Buffer = Buffer.alloc(0);
    let timer = setTimeout(giveUp, 0);
    function giveUp(): void {
      qemu.kill("SIGKILL");
    }
    function watch(): void {
      clearTimeout(timer);
      const seconds = (jobs[next]?.timeoutSeconds ?? DEFAULT_SECONDS) + SILENCE_SECONDS;
      timer = setTimeout(giveUp, seconds * 1000);
    }
    watch();
    qemu.stdout?.on("data", (chunk: Buffer) => {
      received = Buffer.concat([received, chunk]);
      for (let taken = takeOutcome(received); taken !== null; taken = takeOutcome(received)) {
        received = taken.rest;
        if (taken.outcome !== null) {
          onOutcome(taken.index, taken.outcome, "");
          next = taken.index + 1;
        }
      }
      watch();
    });
    qemu.on("error", reject);
    qemu.on("close", () => {
      clearTimeout(timer);
      resolve(next);
    });
  });
}

interface Taken {
  readonly index: number;
  /** `null`: a line that is not an outcome. */
  readonly outcome: Outcome | null;
  readonly rest: Buffer;
}

/** The first complete outcome of what was received, if there is one. */
function takeOutcome(received: Buffer): Taken | null {
  const end = received.indexOf("\n");
  if (end < 0) return null;
  const line = received.subarray(0, end).toString("latin1");
  const fields = /^job (\d+) (\d+) (\d+) (\d+) (\d+)\r?$/.exec(line)?.slice(1).map(Number);
  if (fields === undefined) return { index: 0, outcome: null, rest: received.subarray(end + 1) };
  const [index, status, elapsedMs, stdoutBytes, stderrBytes] = fields as [number, number, number, number, number];
  const start = end + 1;
  const rest = received.subarray(start + stdoutBytes + stderrBytes);
  if (received.length < start + stdoutBytes + stderrBytes) return null;
  const stdout = received.subarray(start, start + stdoutBytes);
  const stderr = received.subarray(start + stdoutBytes, start + stdoutBytes + stderrBytes);
  return { index, outcome: { status, elapsedMs, stdout, stderr }, rest };
}

/** A word for a shell. */
export function shellWord(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
