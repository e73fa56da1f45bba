/**
 * Where the parts of this installation lie. The bundle (build/cli/main.mjs) and the sources (cli/src) are both two folders below
 * the root, so one expression serves both.
 */

import { fileURLToPath } from "node:url";

export const ROOT = fileURLToPath(new URL("../..", import.meta.url)).replace(/\/$/, "");
export const PACKAGE = `${ROOT}/package.json`;
export const PROXY = `${ROOT}/build/bin/proxy`;
export const BTSC = `${ROOT}/compiler/src/cli.ts`;
export const TSX = `${ROOT}/node_modules/tsx/dist/loader.mjs`;
