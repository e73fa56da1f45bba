/** The checks of `hermit doctor`: each looks at one thing this host may offer and answers one row. */

import { spawnSync } from "node:child_process";
import { accessSync, closeSync, constants, existsSync, openSync } from "node:fs";
import { PROXY } from "../paths.ts";
import { errorCode } from "../user-error.ts";
import { type HostProbe, probeHost, type RingProbe } from "./probe.ts";

/** `missing` rows have a package that would mend them. */
export type State = "ok" | "slow" | "missing" | "unusable";

export interface Row {
  readonly name: string;
  readonly state: State;
  readonly detail: string;
  /** The Debian package to install. */
  readonly install?: string;
}

export interface Report {
  readonly rows: readonly Row[];
  /** What `hermit run` will use when nothing is asked for, and why. */
  readonly isle: string;
  readonly reason: string;
}

const QEMU_TIMEOUT_MS = 20_000;
/** A native loop iteration takes around a nanosecond; a host that emulates the ring needs a hundred and more. */
const EMULATED_FROM_NS = 50;

interface Tool {
  readonly name: string;
  readonly command: string;
  readonly package: string;
  readonly use: string;
  /** How it says its version, if not by `--version`. */
  readonly versionArgument?: string;
  /** What does for it where it is missing. */
  readonly instead?: string;
}

const COMPILERS: readonly Tool[] = [
  { name: "C compiler", command: "gcc", package: "gcc", use: "hermit cc and hermit build" },
  { name: "musl", command: "musl-gcc", package: "musl-tools", use: "small C programs" },
  { name: "C++ compiler", command: "g++", package: "g++", use: "hermit c++" },
  { name: "Fortran compiler", command: "gfortran", package: "gfortran", use: "hermit fc" },
  {
    name: "Go compiler",
    command: "go",
    package: "golang-go",
    use: "hermit go",
    versionArgument: "version",
    instead: "gccgo",
  },
  { name: "CMake", command: "cmake", package: "cmake", use: "programs that include HermitCore-Application.cmake" },
];

export function examineHost(): Report {
  const probe: HostProbe = existsSync(PROXY) ? probeHost(PROXY) : {};
  const qemu = examineQemu();
  const rows = [...examineKvm(probe), ...qemu.rows, ...COMPILERS.map(examineTool), examineTap()];
  return { rows, ...chooseIsle(probe, rows, qemu.works) };
}

function examineKvm(probe: HostProbe): Row[] {
  if (probe.kvm === undefined) {
    const device = examineDevice("/dev/kvm");
    const detail = `${device.detail}; build the proxy (\`npm run build\`) to have its speed measured`;
    return [{ name: "KVM", state: device.state, detail }];
  }
  const { status, apiVersion, errno } = probe.kvm;
  const details = {
    ok: `/dev/kvm opens, API version ${apiVersion}`,
    absent: "/dev/kvm does not exist: this host offers no virtualization, or the kvm module is not loaded",
    denied: "/dev/kvm may not be opened: add yourself to the group kvm",
    unusable: `/dev/kvm opens, but a virtual machine cannot be made or run (errno ${errno})`,
  };
  const row: Row = { name: "KVM", state: status === "ok" ? "ok" : "unusable", detail: details[status] };
  return [row, ...examineRing("guest ring 0", probe.ring0), ...examineRing("guest ring 3", probe.ring3)];
}

function examineRing(name: string, ring: RingProbe | undefined): Row[] {
  if (ring === undefined) {
    return [];
  }
  if (ring.status !== "ok" || ring.iterations <= 0) {
    return [{ name, state: "unusable", detail: "the measuring loop did not run" }];
  }
  const iterationNs = ring.elapsedNs / ring.iterations;
  const measured = `${formatNs(iterationNs)} for one turn of a loop, measured in ${(ring.elapsedNs / 1e6).toFixed(1)} ms`;
  return iterationNs < EMULATED_FROM_NS
    ? [{ name, state: "ok", detail: `runs natively: ${measured}` }]
    : [{ name, state: "slow", detail: `is emulated by the host: ${measured}` }];
}

function formatNs(ns: number): string {
  return ns < 10 ? `${ns.toFixed(2)} ns` : `${Math.round(ns)} ns`;
}

function examineQemu(): { rows: Row[]; works: boolean } {
  const command = process.env.HERMIT_QEMU || "qemu-system-x86_64";
  const version = firstLine(command, ["--version"]);
  if (version === undefined) {
    const install = "qemu-system-x86";
    return { rows: [{ name: "QEMU", state: "missing", detail: `${command} was not found`, install }], works: false };
  }
  const rows: Row[] = [{ name: "QEMU", state: "ok", detail: version }];
  const problem = tryQemuKvm(command);
  rows.push(
    problem === undefined
      ? { name: "QEMU with KVM", state: "ok", detail: "a microvm can be made" }
      : { name: "QEMU with KVM", state: "unusable", detail: `QEMU will emulate (TCG): ${problem}` },
  );
  return { rows, works: true };
}

/** Lets QEMU make a stopped microvm on KVM and quit; why it could not. */
function tryQemuKvm(command: string): string | undefined {
  const machine = ["-M", "microvm", "-accel", "kvm", "-nodefaults", "-no-user-config", "-display", "none", "-S"];
  const result = spawnSync(command, [...machine, "-monitor", "stdio"], {
    input: "quit\n",
    encoding: "utf8",
    timeout: QEMU_TIMEOUT_MS,
  });
  if (result.status === 0) {
    return undefined;
  }
  const complaint = (result.stderr ?? "").split("\n").find((line) => /fail|could not|permission|abort/i.test(line));
  return complaint?.trim() ?? `it ended with ${result.signal ?? result.status}`;
}

function examineTool({ name, command, package: install, use, versionArgument, instead }: Tool): Row {
  const version =
    firstLine(command, [versionArgument ?? "--version"]) ?? (instead && firstLine(instead, ["--version"]));
  return version === undefined
    ? { name, state: "missing", detail: `${command} was not found; it is needed for ${use}`, install }
    : { name, state: "ok", detail: version };
}

function examineTap(): Row {
  const { state, detail } = examineDevice("/dev/net/tun");
  return { name: "TAP", state, detail };
}

function examineDevice(path: string): { state: State; detail: string } {
  try {
    accessSync(path, constants.F_OK);
    closeSync(openSync(path, "r+"));
    return { state: "ok", detail: `${path} opens` };
  } catch (error) {
    const code = errorCode(error);
    const detail = code === "ENOENT" ? `${path} does not exist` : `${path} may not be opened (${code})`;
    return { state: "unusable", detail };
  }
}

function chooseIsle(probe: HostProbe, rows: readonly Row[], qemuWorks: boolean): { isle: string; reason: string } {
  if (probe.isle !== undefined) {
    return probe.isle;
  }
  if (rows.some((row) => row.name === "KVM" && row.state === "ok")) {
    return { isle: "uhyve", reason: "/dev/kvm opens" };
  }
  if (qemuWorks) {
    return { isle: "qemu", reason: "KVM is not usable here, QEMU is" };
  }
  return { isle: "none", reason: "neither KVM nor QEMU is usable here" };
}

function firstLine(command: string, args: readonly string[]): string | undefined {
  const result = spawnSync(command, args, { encoding: "utf8" });
  return result.status === 0 ? result.stdout.split("\n")[0] : undefined;
}
