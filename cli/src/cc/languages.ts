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
  /** Functions that must be in the program although nothing refers to them firmly. */
  readonly wanted?: readonly string[];
}

/**
 * libgfortran.a refers to the thread functions weakly, which takes nothing out of libc.a, and calls all of them as soon as one is
 * there: a parallel program would jump to address 0 when it ends. (`nm libgfortran.a` shows them as `w`.)
 */
const FORTRAN_THREADS = [
  ...["create", "getspecific", "join", "key_create", "key_delete", "self", "setspecific"],
  ...["mutex_destroy", "mutex_init", "mutex_lock", "mutex_trylock", "mutex_unlock"],
  ...["cond_broadcast", "cond_destroy", "cond_init", "cond_wait"],
].map((name) => `pthread_${name}`);

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
    wanted: FORTRAN_THREADS,
  },
];

export function languageOf(command: Language["command"]): Language {
  const language = LANGUAGES.find((each) => each.command === command);
  if (language === undefined) {
    throw new Error(`there is no compiler for hermit ${command}`);
  }
  return language;
}
