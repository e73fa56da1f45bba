/** `npm run bench -- NAME`: runs one benchmark, or `all` of them; without a name it lists them. */

import { benchBasic } from "./basic.ts";
import { benchCompute } from "./compute.ts";
import { benchFiles } from "./files.ts";
import { benchHourglass } from "./hourglass.ts";
import { benchMalloc } from "./malloc.ts";
import { benchOpenmp } from "./openmp.ts";
import { benchRuntimes } from "./runtimes.ts";
import { benchStart } from "./start.ts";
import { benchThreads } from "./threads.ts";
import { benchTypeScript } from "./typescript.ts";

interface Entry {
  readonly what: string;
  readonly run: () => Promise<void>;
}

const BENCHMARKS: Readonly<Record<string, Entry>> = {
  start: { what: "from starting proxy to the end of hello, sizes, memory", run: benchStart },
  basic: { what: "system calls, malloc, first touches of pages, in cycles", run: benchBasic },
  threads: { what: "hand-overs between threads, thread creation", run: benchThreads },
  compute: { what: "stream, jacobi, sha256, matrix product", run: benchCompute },
  hourglass: { what: "gaps in a thread that never gives way", run: benchHourglass },
  malloc: { what: "malloc and free in eight threads", run: benchMalloc },
  files: { what: "files of an export: sequential, random, many small ones", run: benchFiles },
  runtimes: { what: "start of Python and Node.js, and computing in them", run: benchRuntimes },
  openmp: { what: "overheads of OpenMP's constructs", run: benchOpenmp },
  typescript: { what: "TypeScript on many cores beside C with OpenMP, on Linux", run: benchTypeScript },
};

const name = process.argv[2] ?? "";
const chosen = name === "all" ? Object.keys(BENCHMARKS) : [name];
if (name === "") {
  console.log("usage: npm run bench -- NAME");
  const rows = Object.entries(BENCHMARKS).map(([each, { what }]) => `  ${each.padEnd(10)}  ${what}`);
  console.log([...rows, "  all         all of them, one after the other"].join("\n"));
} else if (chosen.some((each) => !Object.hasOwn(BENCHMARKS, each))) {
  console.error(`bench: there is no benchmark "${name}"; there are ${[...Object.keys(BENCHMARKS), "all"].join(", ")}`);
  process.exitCode = 1;
} else {
  for (const each of chosen) {
    if (name === "all") console.log(`== ${each}`);
    await runOne(each);
  }
}

/** One that fails says so; the others run all the same. */
async function runOne(chosenName: string): Promise<void> {
  try {
    await BENCHMARKS[chosenName]?.run();
  } catch (error) {
    console.error(`bench: ${chosenName}: ${error instanceof Error ? error.message : String(error)}`);
    process.exitCode = 1;
  }
}
