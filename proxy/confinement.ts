/**
 * The last steps before a guest runs: its exports are offered, and the process gives up everything else (uhyve/confinement/).
 */

import { ModuleMountKind } from "../abi/boot-info.ts";
import {
  type Confinement,
  confineMonitor,
  confinementLandlockError,
  confineQemuProxy,
} from "../uhyve/confinement/confine.ts";
import { ninepServer, ninepServerAddExportFd } from "../uhyve/ninep/server.ts";
import { complain } from "./complain.ts";
import { coreFileFolder, coreFileIsWanted } from "./core-file.ts";
import { errnoText } from "./errno-text.ts";
import { exportName, type MountList } from "./mounts.ts";

/** Offers the exports of a run to its guest: 0, or the exit status after a sentence for the user. */
export function exportsOffer(mounts: MountList): i32 {
  for (let i: u32 = 0; i < mounts.count; i += 1) {
    const mount = mounts.mounts[i];
    if (mount.kind !== ModuleMountKind.Export) continue;
    const added = ninepServerAddExportFd(ninepServer, exportName(i), mount.fd, mount.isReadOnly);
    if (added < 0n) {
      return complain("", mount.host, ` cannot be shown to the guest: ${errnoText(i32(-added))} (error ${-added})`);
    }
  }
  return 0;
}

/** Confines a monitor: 0, or the exit status after a sentence for the user. */
export function monitorConfine(isVerbose: bool): i32 {
  return answer(confineMonitor(wish()), isVerbose);
}

/** Confines the proxy of a guest that runs in QEMU. */
export function qemuProxyConfine(isVerbose: bool): i32 {
  return answer(confineQemuProxy(wish()), isVerbose);
}

const confinement: Confinement = zeroed();

function wish(): Confinement {
  confinement.server = addressOf(ninepServer);
  confinement.hasCore = coreFileIsWanted();
  confinement.coreFolder = coreFileFolder();
  return confinement;
}

function answer(result: i64, isVerbose: bool): i32 {
  if (result < 0n) {
    return complain(
      "this process cannot be confined, and does not run a guest without that: ",
      errnoText(i32(-result)),
      ` (error ${-result}); the host needs seccomp filters (CONFIG_SECCOMP_FILTER)`,
    );
  }
  const landlock = confinementLandlockError();
  if (isVerbose && landlock < 0n) {
    void complain("this host has no Landlock", ` (error ${-landlock})`, ": files are kept to the exports without it");
  }
  return 0;
}
