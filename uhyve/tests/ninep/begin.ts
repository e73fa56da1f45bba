/** Begin and end of a test of the file server: a fresh folder, exported to a fresh guest, and nothing left of either. */

import { SYS_close } from "../../../abi/linux-syscalls.ts";
import { linuxCall } from "../../../compiler/std/linux-syscall.ts";
import { expect } from "../../../compiler/std/testing.ts";
import { sessionReset } from "../../ninep/session.ts";
import { countDescriptors, folderMake, folderRemove, hostPath } from "./folder.ts";
import { guestStart, server, setCuts, setRoom } from "./guest.ts";

/** Descriptors of the process when a test began; the first one opens /proc for good. */
let descriptors: u32 = 0;

export function begin(isReadOnly: bool): void {
  if (server.hasHost) descriptors = countDescriptors();
  setRoom(0x10_1000n);
  setCuts(1n);
  folderMake();
  guestStart(stringOf(hostPath("work"), 0n), isReadOnly);
}

export function end(): void {
  sessionReset(server.session);
  expect(server.session.fids.count === 0, "no fid is left");
  void linuxCall(SYS_close, u64.wrap(server.session.exports[0].fd));
  server.session.exportCount = 0;
  server.session.messageBytes.store(0);
  folderRemove();
  expect(descriptors === 0 || descriptors === countDescriptors(), "no descriptor is left");
  descriptors = 0;
}
