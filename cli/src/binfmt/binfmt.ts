/** `hermit binfmt`: lets the kernel start HermitCore programs (`hermit cc`) through the proxy, as if they were native. */

import { spawnSync } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { PROXY } from "../paths.ts";
import { errorCode, UserError } from "../user-error.ts";
import { ENTRY_NAME, parseEntry, registrationLine } from "./registration.ts";

const FOLDER = "/proc/sys/fs/binfmt_misc";
const REGISTER = `${FOLDER}/register`;
const ENTRY = `${FOLDER}/${ENTRY_NAME}`;
const REMOVE = "-1";

export function installBinfmt(): void {
  requireRoot();
  if (!existsSync(PROXY)) {
    throw new UserError("the proxy is not built yet; run `npm run build` first");
  }
  const registration = registrationLine(PROXY);
  if ("problem" in registration) {
    throw new UserError(`${PROXY} cannot be registered: ${registration.problem}; move the repository`);
  }
  mountFolder();
  if (existsSync(ENTRY)) {
    writeKernelFile(ENTRY, REMOVE);
  }
  writeKernelFile(REGISTER, registration.line);
  console.log(`HermitCore programs now start through ${PROXY}`);
}

export function removeBinfmt(): void {
  if (!existsSync(ENTRY)) {
    console.log("nothing is registered");
    return;
  }
  requireRoot();
  writeKernelFile(ENTRY, REMOVE);
  console.log("HermitCore programs are no longer started through the proxy");
}

/** Answers the exit status: 0 if programs start through the proxy of this installation. */
export function showBinfmt(): number {
  if (!existsSync(ENTRY)) {
    console.log("not registered; `hermit binfmt install` registers the proxy");
    return 1;
  }
  const { enabled, interpreter } = parseEntry(readFileSync(ENTRY, "utf8"));
  console.log(`${enabled ? "registered" : "registered but disabled"}: ${interpreter}`);
  if (interpreter !== PROXY) {
    console.log(`this is another installation; \`hermit binfmt install\` registers ${PROXY}`);
  }
  return enabled && interpreter === PROXY ? 0 : 1;
}

function mountFolder(): void {
  if (existsSync(REGISTER)) {
    return;
  }
  const mount = spawnSync("mount", ["-t", "binfmt_misc", "binfmt_misc", FOLDER], { encoding: "utf8" });
  if (mount.status !== 0) {
    const why = (mount.error?.message ?? mount.stderr).trim();
    throw new UserError(
      `binfmt_misc could not be mounted at ${FOLDER} (${why}); run \`modprobe binfmt_misc\` and try again`,
    );
  }
}

function writeKernelFile(path: string, text: string): void {
  try {
    writeFileSync(path, text);
  } catch (error) {
    throw new UserError(`the kernel refused the change of ${path} (${errorCode(error)}); \`dmesg\` may say why`, {
      cause: error,
    });
  }
}

function requireRoot(): void {
  if (process.geteuid?.() !== 0) {
    throw new UserError("only root may change binfmt_misc; run this again with sudo");
  }
}
