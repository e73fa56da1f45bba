/**
 * Finds the differential programs: every `GROUP/NAME.c` of this folder, with what the comment lines at its top say about it.
 *
 *     // libc: musl | glibc | both      which C library it is linked with, statically (musl)
 *     // cpus: 1 2                      one run for each of these numbers of processors (1)
 *     // mem: 512M                      HERMIT_MEM
 *     // args: a b                      separated by spaces
 *     // stdin: text                    one line of input; nothing otherwise
 *     // differs: reason                the guest may differ, and this is why; what it must print stands in lines like the next
 *     // guest| a line of its output
 *     // user: ordinary                 run as nobody where root runs the tests, so that permissions count
 *     // needs-linux: 6.14              on an older kernel the program shows something else, and is left out
 *     // not-in-export: reason          does not run with its files in a folder of the host, which offers less than a file system can
 *     // not-in-qemu-export: reason     the same where QEMU is the server
 *     // guest-status: 1                the exit status in the guest, where that differs too
 *
 * No list is kept, so a program cannot be forgotten; a word that is not known is an error, so a typing mistake cannot hide a run.
 * `pending.txt` names the programs that the guest cannot run yet.
 */

import { existsSync, readdirSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";

export const DIFFERENTIAL_FOLDER = "apps/differential";
const PENDING = `${DIFFERENTIAL_FOLDER}/pending.txt`;

export type Libc = "musl" | "glibc";

/** What the guest shows instead of what Linux shows. */
export interface Difference {
  readonly reason: string;
  readonly stdout: string;
  readonly status: number | undefined;
}

export interface DifferentialProgram {
  /** `GROUP/NAME`. */
  readonly name: string;
  readonly source: string;
  readonly libcs: readonly Libc[];
  readonly cpuCounts: readonly number[];
  readonly args: readonly string[];
  readonly memory: string | undefined;
  readonly stdin: string | undefined;
  readonly difference: Difference | undefined;
  /** Permissions are checked: it must not run as root. */
  readonly isForOrdinaryUser: boolean;
  /** The first kernel that has what it shows. */
  readonly needsLinux: string | undefined;
  /** Why it is not run with its files in an export; programs about files are, otherwise. */
  readonly notInExport: string | undefined;
  readonly notInQemuExport: string | undefined;
}

const LIBCS: Readonly<Record<string, readonly Libc[]>> = { musl: ["musl"], glibc: ["glibc"], both: ["musl", "glibc"] };
const DIRECTIVE = /^\/\/ ([a-z-]+): (.*)$/;
const GUEST_LINE = /^\/\/ guest\| ?(.*)$/;
const KNOWN = new Set([
  "libc",
  "cpus",
  "mem",
  "args",
  "stdin",
  "differs",
  "guest-status",
  "user",
  "needs-linux",
  "not-in-export",
  "not-in-qemu-export",
]);

/** In the order of their names. `root` is the repository. */
export function listDifferentialPrograms(root: string): DifferentialProgram[] {
  const folder = join(root, DIFFERENTIAL_FOLDER);
  const groups = existsSync(folder) ? readdirSync(folder, { withFileTypes: true }) : [];
  return groups
    .filter((entry) => entry.isDirectory())
    .flatMap((group) =>
      readdirSync(join(folder, group.name))
        .filter((file) => file.endsWith(".c"))
        .map((file) => `${group.name}/${basename(file, ".c")}`),
    )
    .sort()
    .map((name) => parseProgram(name, readFileSync(join(folder, `${name}.c`), "utf8")));
}

/** Where the build puts the program, relative to the repository. */
export function differentialPath(program: DifferentialProgram, libc: Libc): string {
  return `build/${DIFFERENTIAL_FOLDER}/${program.name}-${libc}`;
}

export function parseProgram(name: string, text: string): DifferentialProgram {
  const said = new Map<string, string>();
  const guestLines: string[] = [];
  for (const line of text.slice(0, text.indexOf("#include")).split("\n")) {
    const directive = DIRECTIVE.exec(line);
    if (directive) {
      said.set(known(name, directive[1] ?? ""), directive[2] ?? "");
    }
    const guestLine = GUEST_LINE.exec(line);
    if (guestLine) {
      guestLines.push(`${guestLine[1]}\n`);
    }
  }
  return {
    name,
    source: `${DIFFERENTIAL_FOLDER}/${name}.c`,
    libcs: libcsOf(name, said.get("libc") ?? "musl"),
    cpuCounts: words(said.get("cpus") ?? "1").map(Number),
    args: words(said.get("args") ?? ""),
    memory: said.get("mem"),
    stdin: said.has("stdin") ? `${said.get("stdin")}\n` : undefined,
    difference: differenceOf(name, said, guestLines.join("")),
    isForOrdinaryUser: isOrdinary(name, said.get("user")),
    needsLinux: said.get("needs-linux"),
    notInExport: said.get("not-in-export"),
    notInQemuExport: said.get("not-in-qemu-export"),
  };
}

/** Programs that are not expected to work in the guest yet, with the reason for each. */
export function listPending(root: string): Map<string, string> {
  const path = join(root, PENDING);
  const lines = existsSync(path) ? readFileSync(path, "utf8").split("\n") : [];
  return new Map(
    lines
      .filter((line) => line !== "" && !line.startsWith("#"))
      .map((line) => {
        const [name = "", ...reason] = words(line);
        return [name, reason.join(" ")];
      }),
  );
}

function known(name: string, word: string): string {
  if (!KNOWN.has(word)) {
    throw new Error(`${name}.c: "// ${word}:" means nothing here; known are ${[...KNOWN].join(", ")}`);
  }
  return word;
}

function isOrdinary(name: string, word: string | undefined): boolean {
  if (word !== undefined && word !== "ordinary") {
    throw new Error(`${name}.c: "// user: ${word}" must be ordinary`);
  }
  return word !== undefined;
}

function libcsOf(name: string, word: string): readonly Libc[] {
  const libcs = LIBCS[word];
  if (libcs === undefined) {
    throw new Error(`${name}.c: "// libc: ${word}" must be musl, glibc or both`);
  }
  return libcs;
}

function differenceOf(name: string, said: ReadonlyMap<string, string>, stdout: string): Difference | undefined {
  const reason = said.get("differs");
  const status = said.get("guest-status");
  if (reason === undefined) {
    if (stdout !== "" || status !== undefined) {
      throw new Error(`${name}.c says what the guest prints but not why that differs ("// differs: reason")`);
    }
    return undefined;
  }
  return { reason, stdout, status: status === undefined ? undefined : Number(status) };
}

function words(text: string): string[] {
  return text.split(/\s+/).filter((word) => word !== "");
}
