/**
 * Every test program of this folder: how it is built, how it is run, and what must come out, on Linux and in the guest.
 *
 * The build makes each variant of each program from this list (build/apps/tests/NAME-VARIANT); tests/linux-compare runs every
 * case on Linux, which tests the programs themselves; tests/boot runs it on every isle and compares with Linux. What is written
 * once under `linux` holds in the guest too, unless `guest` says otherwise, and then `whyDifferent` says why.
 */

import { MISBEHAVING } from "./manifest-misbehaving.ts";
import { WELL_BEHAVED } from "./manifest-well-behaved.ts";

/** C library and kind of executable: static at a fixed address, or static-PIE. */
export type Variant = "glibc" | "musl" | "glibc-pie" | "musl-pie";

export type Isle = "uhyve" | "qemu";
export const ISLES: readonly Isle[] = ["uhyve", "qemu"];

/** Exactly these bytes, or text that matches. */
export type Output = string | RegExp | Uint8Array;

export interface Outcome {
  /** What a shell would show: 128 + n for an end by signal n. Several where more than one is right. */
  readonly status: number | readonly number[];
  readonly stdout?: Output;
  /** Nothing, if it is not given. */
  readonly stderr?: Output;
}

/** What a run left to look at; tests/boot/run.ts makes it. */
export interface Seen {
  readonly stdout: Buffer;
  readonly stderr: Buffer;
  readonly startedAtMs: number;
  readonly elapsedMs: number;
}

export interface TestCase {
  readonly title: string;
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly stdin?: string | Uint8Array;
  readonly linux: Outcome;
  /** What differs in the guest; the rest is as on Linux. */
  readonly guest?: Partial<Outcome>;
  readonly whyDifferent?: string;
  /** What the two outputs may differ in is removed before they are compared; `false`: not compared at all. */
  readonly compare?: false | ((stdout: string) => string);
  /** Arguments that only a run on Linux gets, for instance a limit that protects the host. */
  readonly linuxArgs?: readonly string[];
  /** HERMIT_MEM, where the default of 2 GiB is not what the case needs. */
  readonly memory?: string;
  readonly variants?: readonly Variant[];
  readonly timeoutSeconds?: number;
  /** Throws when something is wrong that `Outcome` cannot say. */
  readonly verify?: (seen: Seen) => void;
}

export interface TestProgram {
  readonly name: string;
  /** In this folder; `NAME.c` alone if not given. */
  readonly sources?: readonly string[];
  readonly flags?: readonly string[];
  readonly variants: readonly Variant[];
  readonly cases: readonly TestCase[];
}

export const PROGRAMS: readonly TestProgram[] = [...WELL_BEHAVED, ...MISBEHAVING];

/** Where the build puts a variant, relative to the repository. */
export function programPath(program: TestProgram, variant: Variant): string {
  return `build/apps/tests/${program.name}-${variant}`;
}

export function sourcesOf(program: TestProgram): readonly string[] {
  return program.sources ?? [`${program.name}.c`];
}

export function variantsOf(program: TestProgram, testCase: TestCase): readonly Variant[] {
  return testCase.variants ?? program.variants;
}

/** What a case must show in the guest. */
export function guestOutcome(testCase: TestCase): Outcome {
  return { ...testCase.linux, ...testCase.guest };
}
