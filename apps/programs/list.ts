/**
 * Reads programs.txt, the one list of the original's programs, and says how each is built with `hermit cc`, `c++`, `fc` and `go`.
 */

import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const LIST = fileURLToPath(new URL("programs.txt", import.meta.url));
const FOLDER = "apps/programs";
const FOLDERS = ["tests", "benchmarks", "openmpbench", "checks"] as const;
const LANGUAGES = ["C", "CXX", "Fortran", "Go"] as const;

export type ProgramLanguage = (typeof LANGUAGES)[number];

export interface ListedProgram {
  readonly folder: (typeof FOLDERS)[number];
  readonly name: string;
  readonly language: ProgramLanguage;
  /** Relative to the repository. */
  readonly sources: readonly string[];
  readonly options: readonly string[];
  /** Where the build puts it, relative to the repository. */
  readonly output: string;
}

export const LISTED_PROGRAMS: readonly ListedProgram[] = readFileSync(LIST, "utf8")
  .split("\n")
  .filter((line) => line !== "" && !line.startsWith("#"))
  .map(parseLine);

function parseLine(line: string): ListedProgram {
  const [folder, name, language, sources, options, ...rest] = line.split(/ +/);
  const isComplete = name !== undefined && sources !== undefined && options !== undefined && rest.length === 0;
  if (!isComplete || !isOneOf(FOLDERS, folder) || !isOneOf(LANGUAGES, language)) {
    throw new Error(`programs.txt: this line does not have the five columns of its heading: ${line}`);
  }
  return {
    folder,
    name,
    language,
    sources: sources.split(",").map((source) => `${FOLDER}/${folder}/${source}`),
    options: options === "-" ? [] : options.split(","),
    output: `build/${FOLDER}/${folder}/${name}`,
  };
}

function isOneOf<T extends string>(known: readonly T[], word: string | undefined): word is T {
  return (known as readonly (string | undefined)[]).includes(word);
}

const C_FLAGS = ["-O3", "-g", "-Wall", "-Wextra"];

/** The arguments of bin/hermit that build a program to `output`. */
export function hermitArguments(program: ListedProgram, output: string): string[] {
  const { sources, options } = program;
  switch (program.language) {
    case "C":
      return ["cc", "-std=gnu11", ...C_FLAGS, ...sources, "-o", output, ...options];
    case "CXX":
      return ["c++", "-std=c++17", ...C_FLAGS, ...sources, "-o", output, ...options];
    case "Fortran":
      return ["fc", ...C_FLAGS, ...sources, "-o", output, ...options];
    case "Go":
      return ["go", "build", "-o", output, ...options, ...sources];
  }
}
