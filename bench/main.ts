/** `npm run bench -- NAME`: runs one benchmark. */

import { benchStart } from "./start.ts";
import { benchTypeScript } from "./typescript.ts";

const BENCHMARKS: Readonly<Record<string, () => Promise<void>>> = {
  start: benchStart,
  typescript: benchTypeScript,
};

const name = process.argv[2] ?? "";
const benchmark = BENCHMARKS[name];
if (benchmark === undefined) {
  console.error(`bench: name a benchmark: ${Object.keys(BENCHMARKS).join(", ")}`);
  process.exitCode = 1;
} else {
  await benchmark();
}
