/**
 * `npm run bench -- start`: from starting `proxy` to its exit with a static musl hello, beside a floor measured in the same run,
 * and what else a start costs: sizes, memory, instructions, and what a system call takes then. Prints tables, writes
 * build/bench/start.json. Nothing here passes or fails: numbers of a shared host are for comparison within one run.
 */

import { spawn, spawnSync } from "node:child_process";
import {
  chmodSync,
  closeSync,
  mkdirSync,
  openSync,
  readFileSync,
  readSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { cpus } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { EMPTY_KERNEL_ARGS, EMPTY_KERNEL_STATUS, emptyKernel } from "./empty-kernel.ts";
import { buildBare, FOLDER, output, ROOT, type Timed, type Times, table, timePrograms } from "./measure.ts";

const PROXY = join(ROOT, "build/bin/proxy");
const KERNEL = join(ROOT, "build/kernel/hermit.elf");
const HELLO = join(ROOT, "build/apps/tests/hello-musl");
/** Waits for input, so that the memory of a guest that runs can be looked at. */
const WAITING = join(ROOT, "build/apps/tests/echo-stdin-musl");
const QEMU = process.env.HERMIT_QEMU || "qemu-system-x86_64";
const RUNS = 30;
const ROUNDS = 3;
const GUEST_MEMORY_BYTES = 2 * 1024 ** 3;
const START_TIMEOUT_MS = 30_000;
const MEMORY_TIMEOUT_MS = 10_000;

export async function benchStart(): Promise<void> {
  mkdirSync(FOLDER, { recursive: true });
  buildHelpers();
  const times = measureStarts();
  const sizes = measureSizes();
  const memoryBytes = await measureGuestMemory();
  const instructions = countInstructions();
  const calls = measureCalls();
  const host = `${cpus().length} CPUs, ${cpus()[0]?.model ?? "unknown"}, ${output(["uname", "-r"]).trim()}`;
  const report = { host, times: Object.fromEntries(times), sizes, memoryBytes, instructions, calls };
  writeFileSync(join(FOLDER, "start.json"), `${JSON.stringify(report, undefined, 2)}\n`);
  console.log(
    `${host}\n\n${formatTimes(times)}\n\n${formatFacts(sizes, memoryBytes, instructions)}\n\n${formatCalls(calls)}`,
  );
}

function buildHelpers(): void {
  buildBare("launch", "floor");
  output(["musl-gcc", "-O2", "-static", "bench/programs/calls.c", "-o", join(FOLDER, "calls")]);
  writeFileSync(join(FOLDER, "empty-kernel"), emptyKernel());
}

function measureStarts(): Map<string, Times> {
  const programs = new Map<string, Timed>([["Linux: hello as a process", { command: [HELLO] }]]);
  programs.set("KVM: one exit (floor)", { command: [join(FOLDER, "floor")] });
  programs.set("uhyve: hello", { command: [PROXY, HELLO], env: { HERMIT_ISLE: "uhyve" } });
  const qemu = output(["sh", "-c", `command -v "${QEMU}" || true`]).trim();
  if (qemu !== "") {
    programs.set("QEMU, TCG: empty kernel (floor)", emptyOnQemu(qemu, "tcg"));
    programs.set("QEMU, TCG: hello", { command: [PROXY, HELLO], env: { HERMIT_ISLE: "qemu", HERMIT_KVM: "0" } });
    programs.set("QEMU, KVM: empty kernel (floor)", emptyOnQemu(qemu, "kvm"));
    programs.set("QEMU, KVM: hello", { command: [PROXY, HELLO], env: { HERMIT_ISLE: "qemu", HERMIT_KVM: "1" } });
  }
  const running = new Map([...programs].filter(([name, program]) => runsHere(name, program)));
  // Without KVM the proxy would quietly emulate the processor.
  if (!running.has("QEMU, KVM: empty kernel (floor)")) running.delete("QEMU, KVM: hello");
  return timePrograms(running, RUNS, ROUNDS);
}

function runsHere(name: string, { command, env = {}, status: wanted = 0 }: Timed): boolean {
  const [program = "", ...args] = command;
  const { status, signal } = spawnSync(program, args, { env: { ...process.env, ...env }, timeout: START_TIMEOUT_MS });
  if (status !== wanted) {
    console.error(`left out: ${name} ended with ${signal ?? status} here`);
  }
  return status === wanted;
}

function emptyOnQemu(qemu: string, accelerator: string): Timed {
  const machine = "microvm,x-option-roms=off,pit=off,pic=off,rtc=off,isa-serial=off,acpi=off,usb=off,graphics=off";
  const options = ["-nodefaults", "-no-user-config", "-display", "none", "-machine", machine, "-accel", accelerator];
  const kernel = ["-m", "64M", "-kernel", join(FOLDER, "empty-kernel"), ...EMPTY_KERNEL_ARGS];
  return { command: [qemu, ...options, ...kernel], status: EMPTY_KERNEL_STATUS };
}

interface Sizes {
  readonly kernelFile: number;
  readonly kernelInMemory: number;
  readonly proxy: number;
  readonly hello: number;
}

function measureSizes(): Sizes {
  const segments = output(["readelf", "-lW", KERNEL]).matchAll(/^ +LOAD +\S+ \S+ \S+ \S+ (0x[0-9a-f]+)/gm);
  const kernelInMemory = [...segments].reduce((sum, [, bytes]) => sum + Number(bytes), 0);
  const size = (path: string) => statSync(path).size;
  return { kernelFile: size(KERNEL), kernelInMemory, proxy: size(PROXY), hello: size(HELLO) };
}

/** Resident memory of the guest's RAM while a small program waits for input; undefined where uhyve does not run. */
async function measureGuestMemory(): Promise<number | undefined> {
  const child = spawn(PROXY, [WAITING], {
    env: { ...process.env, HERMIT_ISLE: "uhyve" },
    stdio: ["pipe", "pipe", "ignore"],
  });
  try {
    // Where uhyve does not run, the program is gone before it reads; then there is no answer.
    child.stdin.on("error", () => {});
    child.stdin.write("x\n");
    const answered = new Promise((resolve) => {
      child.stdout.once("data", resolve);
      child.stdout.once("end", () => resolve(undefined));
    });
    const first = await Promise.race([answered, delay(MEMORY_TIMEOUT_MS, undefined, { ref: false })]);
    return first === undefined ? undefined : residentGuestBytes(child.pid ?? 0);
  } finally {
    child.kill("SIGKILL");
  }
}

function residentGuestBytes(pid: number): number {
  let bytes = 0;
  let mapping = 0;
  for (const line of readFileSync(`/proc/${pid}/smaps`, "utf8").split("\n")) {
    const range = /^([0-9a-f]+)-([0-9a-f]+) /.exec(line);
    if (range) {
      mapping = Number.parseInt(range[2] ?? "", 16) - Number.parseInt(range[1] ?? "", 16);
    }
    const resident = /^Rss: +(\d+) kB/.exec(line);
    // RAM may be several mappings; all are larger than anything else that a monitor has, its own 10 MiB of zeroed data included.
    if (resident && mapping >= GUEST_MEMORY_BYTES / 64) {
      bytes += Number(resident[1]) * 1024;
    }
  }
  return bytes;
}

/**
 * Instructions from the first one of the firmware until the program's `_start`, counted by QEMU, which logs every one when it
 * translates them one by one.
 */
function countInstructions(): { total: number; kernel: number } | undefined {
  const start = /^ *Entry point address: +0x([0-9a-f]+)/m.exec(output(["readelf", "-h", HELLO]))?.[1];
  const log = join(FOLDER, "instructions.log");
  const wrapper = join(FOLDER, "qemu-counting");
  writeFileSync(wrapper, `#!/bin/sh\nexec "${QEMU}" "$@" -singlestep -d exec,nochain -D "${log}"\n`);
  chmodSync(wrapper, 0o755);
  const env = { HERMIT_ISLE: "qemu", HERMIT_KVM: "0", HERMIT_QEMU: wrapper };
  if (spawnSync(PROXY, [HELLO], { env: { ...process.env, ...env } }).status !== 0 || start === undefined) {
    return undefined;
  }
  const counts = countUntil(log, BigInt(`0x${start}`));
  rmSync(log);
  return counts;
}

/** Log lines look like `Trace 0: 0x7f.. [cs_base/pc/flags/cflags]`. */
function countUntil(path: string, stop: bigint): { total: number; kernel: number } | undefined {
  const kernelBase = 0x7f80_0000_0000n;
  const file = openSync(path, "r");
  try {
    const chunk = Buffer.alloc(1 << 20);
    const counts = { total: 0, kernel: 0 };
    let rest = "";
    for (let bytes = readSync(file, chunk); bytes > 0; bytes = readSync(file, chunk)) {
      const lines = (rest + chunk.toString("latin1", 0, bytes)).split("\n");
      rest = lines.pop() ?? "";
      for (const line of lines) {
        const match = /^Trace \d+: \S+ \[[0-9a-f]+\/([0-9a-f]+)\//.exec(line);
        if (!match) {
          continue;
        }
        const pc = BigInt(`0x${match[1]}`);
        if (pc === stop) {
          return counts;
        }
        counts.total += 1;
        counts.kernel += pc >= kernelBase ? 1 : 0;
      }
    }
    return undefined;
  } finally {
    closeSync(file);
  }
}

type Calls = Record<string, Record<string, number>>;

function measureCalls(): Calls {
  const program = join(FOLDER, "calls");
  const places: Record<string, [string[], Record<string, string>]> = {
    Linux: [[program], {}],
    uhyve: [[PROXY, program], { HERMIT_ISLE: "uhyve" }],
    "QEMU, TCG": [[PROXY, program], { HERMIT_ISLE: "qemu", HERMIT_KVM: "0" }],
  };
  const calls: Calls = {};
  for (const [place, [command, env]] of Object.entries(places)) {
    const [file = "", ...args] = command;
    const result = spawnSync(file, args, { env: { ...process.env, ...env }, encoding: "utf8" });
    if (result.status === 0) {
      const lines = result.stdout.trim().split("\n");
      calls[place] = Object.fromEntries(
        lines.map((line) => line.split(" ")).map(([name = "", n]) => [name, Number(n)]),
      );
    }
  }
  return calls;
}

function formatTimes(times: ReadonlyMap<string, Times>): string {
  let floor = Number.NaN;
  const rows = [...times].map(([name, { medianMs, minMs, maxMs }]) => {
    const isFloor = name.endsWith("(floor)");
    floor = isFloor ? medianMs : floor;
    const ratio = isFloor || Number.isNaN(floor) ? "" : (medianMs / floor).toFixed(2);
    return [name, medianMs.toFixed(2), minMs.toFixed(2), maxMs.toFixed(2), ratio];
  });
  return table([[`start to exit, ${RUNS} runs, ms`, "median", "min", "max", "x floor"], ...rows]);
}

function formatFacts(
  sizes: Sizes,
  memoryBytes: number | undefined,
  instructions: { total: number; kernel: number } | undefined,
): string {
  const kib = (bytes: number | undefined) => (bytes === undefined ? "not measured" : `${Math.ceil(bytes / 1024)} KiB`);
  return table([
    ["what", "size"],
    ["kernel, file with debug information", kib(sizes.kernelFile)],
    ["kernel, in memory", kib(sizes.kernelInMemory)],
    ["proxy, with the kernel inside", kib(sizes.proxy)],
    ["hello, file", kib(sizes.hello)],
    ["guest memory touched on uhyve while a small program waits", kib(memoryBytes)],
    [
      "instructions on QEMU until the program's _start, firmware included",
      String(instructions?.total ?? "not measured"),
    ],
    ["of these in the kernel's 64-bit part", String(instructions?.kernel ?? "not measured")],
  ]);
}

function formatCalls(calls: Calls): string {
  const names = [...new Set(Object.values(calls).flatMap((each) => Object.keys(each)))];
  const rows = Object.entries(calls).map(([place, each]) => [place, ...names.map((name) => String(each[name] ?? ""))]);
  return table([["cycles of one call, the fewest", ...names], ...rows]);
}
