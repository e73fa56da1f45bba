/** `npm run bench -- files`: files of an export beside the same files on Linux, from the host's page cache. */

import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { type Aim, compare, programPath } from "./compare.ts";
import { FOLDER } from "./measure.ts";
import type { Size, Workload } from "./workload.ts";

/** The working directory of the runs, which the guest sees as an export. */
const DATA = join(FOLDER, "files-data");
const TIMEOUT_SECONDS = 300;
/** What the host's page cache should give through an export. */
const LEAST_MB_PER_SECOND = 2000;

const PARTS: Readonly<Record<string, Readonly<Record<Size, number>>>> = {
  sequential: { full: 1024, small: 32 },
  random: { full: 256, small: 16 },
  small: { full: 10_000, small: 300 },
};

export async function benchFiles(): Promise<void> {
  mkdirSync(DATA, { recursive: true });
  await compare({
    name: "files",
    title: "Files of the working directory (an export of the host): MB/s, and microseconds of one operation",
    notes: ["Everything is in the host's page cache: the disk is not measured."],
    build: { files: ["bench/programs/files.c"] },
    workloads: Object.entries(PARTS).map(([part, sizes]) => workloadOf(part, sizes)),
    aimOf,
  });
}

function workloadOf(part: string, sizes: Readonly<Record<Size, number>>): Workload {
  return {
    name: part,
    command: (size) => [programPath("files"), part, String(sizes[size])],
    cwd: DATA,
    processors: 1,
    timeoutSeconds: TIMEOUT_SECONDS,
  };
}

function aimOf(row: string): Aim | undefined {
  return row.endsWith("1 MiB blocks") ? { atLeast: LEAST_MB_PER_SECOND } : undefined;
}
