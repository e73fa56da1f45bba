/**
 * The compilers behind `hermit cc`, `hermit c++` and `hermit fc`: the distribution's own, of which each takes gcc's options.
 */

export interface Language {
  /** The command of `hermit`. */
  readonly command: "cc" | "c++" | "fc";
  readonly name: string;
  readonly compiler: string;
  /** The environment variable that names another one. */
  readonly variable: string;
  readonly others: string;
  /** The Debian packages that make static linking work. */
  readonly packages: string;
  readonly example: string;
}

export const LANGUAGES: readonly Language[] = [
  {
    command: "cc",
    name: "C",
    compiler: "gcc",
    variable: "HERMIT_CC",
    others: "musl-gcc, clang",
    packages: "gcc libc6-dev",
    example: "hermit cc -O2 hello.c -o hello",
  },
  {
    command: "c++",
    name: "C++",
    compiler: "g++",
    variable: "HERMIT_CXX",
    others: "clang++",
    packages: "g++",
    example: "hermit c++ -O2 hello.cpp -o hello",
  },
  {
    command: "fc",
    name: "Fortran",
    compiler: "gfortran",
    variable: "HERMIT_FC",
    others: "gfortran-12",
    packages: "gfortran",
    example: "hermit fc -O2 -fopenmp solve.f90 -o solve",
  },
];

export function languageOf(command: Language["command"]): Language {
  const language = LANGUAGES.find((each) => each.command === command);
  if (language === undefined) {
    throw new Error(`there is no compiler for hermit ${command}`);
  }
  return language;
}
