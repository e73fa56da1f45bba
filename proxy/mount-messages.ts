/** A sentence for every mount that cannot be, and the list of those that are. */

import { ModuleMountKind } from "../abi/boot-info.ts";
import { messageAdd, messageSend } from "../uhyve/message.ts";
import { complain } from "./complain.ts";
import { errnoText } from "./errno-text.ts";
import { MAX_MOUNT_LIST, MountError, type MountList } from "./mounts.ts";

/** The exit status. */
export function complainMount(list: MountList, error: MountError): i32 {
  const subject = list.subject;
  switch (error) {
    case MountError.Malformed:
      return complain('--mount: "', subject, '" is not HOST:GUEST[:ro|rw]; write for instance --mount ./data:/data:rw');
    case MountError.Unreachable:
      return complain(
        "--mount: the host's part of \"",
        subject,
        `" cannot be reached: ${errnoText(list.errno)} (error ${list.errno})`,
      );
    case MountError.WrongType:
      return complain('--mount: "', subject, '" is neither a folder nor a regular file');
    case MountError.GuestPathRelative:
      return complain("--mount: the guest's path in \"", subject, '" does not begin with a slash; write HOST:/PATH');
    case MountError.GuestPathDots:
      return complain("--mount: the guest's path in \"", subject, '" has ".." in it; write where it leads');
    case MountError.GuestPathReserved:
      return complain(
        '--mount: "',
        subject,
        '": nothing can be mounted on /, nor in /proc, /sys and /dev; use another path of the guest',
      );
    case MountError.Twice:
      return complain(
        '--mount: "',
        subject,
        '": something is mounted at that path of the guest already; use another one',
      );
    case MountError.TooMany:
      return complain(
        "",
        "",
        `more than ${u32(MAX_MOUNT_LIST)} mounts are too many; mount a folder above some of them`,
      );
    default:
      return complain('--mount: "', subject, '": a path is longer than 4095 bytes, or a name in it than 255');
  }
}

/** --verbose: one line each. */
export function sayMounts(list: MountList): void {
  for (let i: u32 = 0; i < list.count; i += 1) {
    const mount = list.mounts[i];
    if (mount.kind === ModuleMountKind.Program) continue;
    messageAdd("hermit: ");
    messageAdd(mount.guest);
    if (mount.kind === ModuleMountKind.Link) {
      messageAdd(" is a link to ");
      messageAdd(mount.host);
    } else if (mount.kind === ModuleMountKind.File) {
      messageAdd(" is a copy of the host's file");
    } else {
      messageAdd(" shows ");
      messageAdd(mount.host);
      messageAdd(mount.isReadOnly ? ", read-only" : ", for reading and writing");
    }
    messageAdd(" (");
    messageAdd(mount.reason);
    messageAdd(")\n");
    messageSend();
  }
  if (list.working.length === 0) {
    messageAdd("hermit: no working directory is exported; the program starts in /\n");
    messageSend();
  }
}
