/**
 * Every suite of `npm test`, in the order in which they run: quick ones that explain later failures come first.
 *
 * `files` names a folder: all `*.test.ts` below it run under node:test through tsx. `command` is any program whose last line
 * of output is `N passed, N failed`. A suite that runs no test, crashes or exceeds its time counts as failed.
 */

export interface Suite {
  readonly name: string;
  /** What would go unnoticed without it. */
  readonly why: string;
  readonly files?: string;
  readonly command?: readonly string[];
  readonly timeoutMinutes?: number;
  /** How many of its files run at the same time; otherwise one, where the machine has two processors. */
  readonly filesAtOnce?: number;
}

export const SUITES: readonly Suite[] = [
  {
    name: "repository",
    why: "types, lint, format and import directions hold; the tools do what they say",
    files: "tools/tests",
    filesAtOnce: 2,
  },
  {
    name: "compiler",
    why: "btsc accepts, refuses and translates what the manual says",
    files: "compiler/tests",
    timeoutMinutes: 30,
    filesAtOnce: 2,
  },
  {
    name: "bare",
    why: "the pure parts of kernel, drivers, monitor and loader, on this host with run-time checks under sanitizers",
    command: [process.execPath, "--import", "tsx", "tools/bare-test.ts"],
  },
  {
    name: "fuzz",
    why: "nothing that a guest, a device or a file can contain gets past the parsers (short run; npm run fuzz is the long one)",
    command: [process.execPath, "--import", "tsx", "fuzz/main.ts", "--short"],
    timeoutMinutes: 10,
  },
  { name: "cli", why: "hermit's commands, their help and their errors", files: "cli/tests" },
  {
    name: "toolchain",
    why: "cmake, make and make install make what the original's README says, and applications of one's own build with it",
    files: "tests/toolchain",
    timeoutMinutes: 15,
  },
  {
    name: "linux-compare",
    why: "the test programs do on Linux what their manifest says, so that a difference in the guest means something",
    files: "tests/linux-compare",
  },
  {
    name: "boot",
    why: "every test program on every isle, bad programs, settings and hosts, and clean ends",
    files: "tests/boot",
    timeoutMinutes: 30,
  },
  {
    name: "differential",
    why: "one program per behaviour of Linux's calls: the guest answers as Linux does",
    files: "tests/differential",
    timeoutMinutes: 30,
  },
];
