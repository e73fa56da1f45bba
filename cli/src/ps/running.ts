/**
 * Finds the guests that run on this host, from /proc alone: a proxy has a memory file called "hermit-status" among its descriptors, which
 * says what it runs (proxy/run-status.ts in the sources of the proxy has the format). So no list exists that could go stale.
 *
 * Processes of other users show nothing to anybody but root; they are passed over.
 */

import { closeSync, openSync, readdirSync, readFileSync, readlinkSync, readSync } from "node:fs";

export interface Guest {
  readonly pid: number;
  readonly program: string;
  readonly isle: string;
  readonly cpus: number;
  /** What the guest may have, and what the host has given: undefined if that cannot be read. */
  readonly memoryBytes: number;
  readonly residentBytes: number | undefined;
  /** Threads of the program; undefined if the guest's memory cannot be read. */
  readonly threads: number | undefined;
  /** Exits to the monitor; undefined where the monitor is not ours. */
  readonly exits: number | undefined;
  readonly uptimeMs: number;
}

const STATUS_LINK = /^\/memfd:hermit-status( \(deleted\))?$/;
const TEXT_BYTES = 7680;
const COUNTERS = 64;
/** GuestStatus: a magic number, then the count of threads. */
const MAGIC = 0x5354_5454_4953_4548n;
const LARGE_PAGE_BYTES = 0x20_0000n;
/** A mapping that became one with its neighbours may begin this many large pages before the guest's memory. */
const MOST_TRIES = 64n;

/** Every guest that this user may see, the oldest first. */
export function runningGuests(): Guest[] {
  const guests = readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map((name) => guestOf(Number(name)))
    .filter((guest) => guest !== undefined);
  return guests.sort((a, b) => b.uptimeMs - a.uptimeMs);
}

function guestOf(pid: number): Guest | undefined {
  const path = statusFile(pid);
  const bytes = path === undefined ? undefined : attempt(() => readFileSync(path));
  if (bytes === undefined || bytes.length < TEXT_BYTES + COUNTERS * 8 || bytes[0] === 0) {
    return undefined;
  }
  const fields = parseFields(bytes.toString("utf8", 0, bytes.indexOf(0)));
  const machine = Number(fields.get("machine"));
  const resident = residentBytes(machine);
  const memoryBytes = Number(fields.get("memory"));
  const isle = fields.get("isle") ?? "";
  return {
    pid,
    program: fields.get("program") ?? "",
    isle,
    cpus: Number(fields.get("cpus")),
    memoryBytes,
    residentBytes: resident,
    threads: threadsOf(machine, BigInt(fields.get("ram") ?? 0), BigInt(fields.get("status") ?? 0), BigInt(memoryBytes)),
    exits: isle === "uhyve" ? sumOfCounters(bytes) : undefined,
    uptimeMs: Math.max(0, Number(bootTimeNs() - BigInt(fields.get("started") ?? 0)) / 1e6),
  };
}

function statusFile(pid: number): string | undefined {
  const folder = `/proc/${pid}/fd`;
  const descriptors = attempt(() => readdirSync(folder)) ?? [];
  const found = descriptors.find((fd) => STATUS_LINK.test(attempt(() => readlinkSync(`${folder}/${fd}`)) ?? ""));
  return found === undefined ? undefined : `${folder}/${found}`;
}

/** "NAME VALUE" a line; the program's path is last and may contain newlines. */
export function parseFields(text: string): Map<string, string> {
  const at = text.indexOf("\nprogram ");
  const head = at < 0 ? text : text.slice(0, at);
  const fields = new Map(head.split("\n").map((line) => line.split(" ", 2) as [string, string]));
  return at < 0 ? fields : fields.set("program", text.slice(at + "\nprogram ".length));
}

function sumOfCounters(bytes: Buffer): number {
  let sum = 0n;
  for (let index = 0; index < COUNTERS; index += 1) {
    sum += bytes.readBigUInt64LE(TEXT_BYTES + index * 8);
  }
  return Number(sum);
}

function residentBytes(pid: number): number | undefined {
  const match = /^VmRSS:\s+(\d+) kB$/m.exec(attempt(() => readFileSync(`/proc/${pid}/status`, "utf8")) ?? "");
  return match === null ? undefined : Number(match[1]) * 1024;
}

/** CLOCK_BOOTTIME, which /proc/uptime shows in hundredths of a second. */
function bootTimeNs(): bigint {
  return BigInt(Math.round(Number(readFileSync("/proc/uptime", "utf8").split(" ")[0]) * 1e9));
}

/** Reads the guest's own count in the memory of the process that holds it. */
function threadsOf(pid: number, ram: bigint, address: bigint, memoryBytes: bigint): number | undefined {
  return attempt(() => {
    const memory = openSync(`/proc/${pid}/mem`, "r");
    try {
      const starts = ram === 0n ? memoryStarts(pid, memoryBytes) : [ram];
      return starts.map((start) => countAt(memory, start + address)).find((count) => count !== undefined);
    } finally {
      closeSync(memory);
    }
  });
}

function countAt(memory: number, address: bigint): number | undefined {
  const bytes = Buffer.alloc(16);
  const count = attempt(() => readSync(memory, bytes, 0, bytes.length, address));
  return count === bytes.length && bytes.readBigUInt64LE(0) === MAGIC ? bytes.readUInt32LE(8) : undefined;
}

/** Where a guest's memory of this size may begin in a process: at large pages of writable mappings that have room for it. */
function memoryStarts(pid: number, memoryBytes: bigint): bigint[] {
  const starts: bigint[] = [];
  for (const line of readFileSync(`/proc/${pid}/maps`, "utf8").split("\n")) {
    const match = /^([0-9a-f]+)-([0-9a-f]+) rw/.exec(line);
    if (match === null) {
      continue;
    }
    const low = BigInt(`0x${match[1]}`);
    const room = BigInt(`0x${match[2]}`) - low - memoryBytes;
    for (let skip = -low & (LARGE_PAGE_BYTES - 1n); skip <= room; skip += LARGE_PAGE_BYTES) {
      if (skip >= MOST_TRIES * LARGE_PAGE_BYTES) {
        break;
      }
      starts.push(low + skip);
    }
  }
  return starts;
}

/** Processes end while they are looked at, and some are not ours to look at. */
function attempt<T>(action: () => T): T | undefined {
  try {
    return action();
  } catch {
    return undefined;
  }
}
