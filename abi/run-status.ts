/**
 * What a running proxy shows to `hermit ps`: a memory file with a known name among its descriptors, so nothing has to be cleaned up when
 * the proxy is killed, and a word of guest memory with the number of the program's threads.
 *
 *     memory file   0  lines "NAME VALUE", numbers in decimal, then NULs   7680  exits of each vCPU
 *
 *     isle uhyve|qemu     cpus N        memory BYTES      the machine
 *     started NS                                          CLOCK_BOOTTIME when the proxy began
 *     machine PID                                         the process whose memory holds the guest's
 *     ram ADDRESS                                         where in it guest physical 0 lies; 0: to be found
 *     status ADDRESS                                      guest physical address of the GuestStatus
 *     program PATH                                        last: a path may hold anything but a NUL
 */

/** As /proc/PID/fd shows it: `/memfd:hermit-status (deleted)`. */
export const RUN_STATUS_NAME = "hermit-status";

@struct(8192)
export class RunStatus {
  text!: Bytes<7680>;
  /** Each written by one thread. All 0 where the monitor is not ours. */
  exits!: FixedArray<u64, 64>;
}

export const GUEST_STATUS_MAGIC = 0x5354_5454_4953_4548n;

/** A static of the kernel, at ImageHeader.guestStatus. */
@struct(16)
export class GuestStatus {
  magic!: u64;
  /** Threads of the program that have not ended. */
  threads!: u32;
  reserved!: u32;
}
