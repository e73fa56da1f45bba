/**
 * Where the parts of this installation lie: in the repository, or below the prefix that `make install` filled (/opt/hermit).
 *
 * The bundle (build/cli/main.mjs, or PREFIX/tools/cli/main.mjs) and the sources (cli/src) are all two folders below the root, so one
 * expression serves them.
 */

import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";

export const ROOT = fileURLToPath(new URL("../..", import.meta.url)).replace(/\/$/, "");
export const BTSC = `${ROOT}/compiler/src/cli.ts`;
export const TSX = `${ROOT}/node_modules/tsx/dist/loader.mjs`;

interface Places {
  readonly package: string;
  readonly proxy: string;
  /** What `#include <hermit/syscall.h>` is looked up in. */
  readonly include: string;
  /** The folder of libhermit.a. */
  readonly libraries: string;
  /** Marks what Go's linker writes (the script says how). */
  readonly goTool: string;
}

const REPOSITORY: Places = {
  package: `${ROOT}/package.json`,
  proxy: `${ROOT}/build/bin/proxy`,
  include: `${ROOT}/apps/libhermit/include`,
  libraries: `${ROOT}/build/lib`,
  goTool: `${ROOT}/cli/go-tool.sh`,
};

const INSTALLED: Places = {
  package: `${ROOT}/tools/cli/package.json`,
  proxy: `${ROOT}/bin/proxy`,
  include: `${ROOT}/x86_64-hermit/include`,
  libraries: `${ROOT}/x86_64-hermit/lib`,
  goTool: `${ROOT}/tools/cli/go-tool.sh`,
};

export const IS_REPOSITORY = existsSync(BTSC);
const PLACES = IS_REPOSITORY ? REPOSITORY : INSTALLED;
export const PACKAGE = PLACES.package;
export const PROXY = PLACES.proxy;
export const INCLUDE = PLACES.include;
export const LIBRARIES = PLACES.libraries;
export const GO_TOOL = PLACES.goTool;
