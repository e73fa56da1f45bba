/** The vocabulary of the table of allowed calls (allowed-calls.ts). */

/** Who may make a call; bits. */
export enum Caller {
  /** The first thread, which runs the first vCPU and takes the signals. */
  First = 1,
  /** The threads of other vCPUs. */
  Vcpu = 2,
  /** The thread that waits for the outside. */
  Io = 4,
  /** The proxy of a guest in QEMU, once that runs. */
  Qemu = 8,
  /** The thread that watches the queue for files (ninep/attendant.ts). */
  Attendant = 16,
  /** The thread that reads the program's code while the guest runs (proxy/program-load.ts). */
  Reader = 32,
}

/** Every thread of a monitor but the reader, which can do next to nothing. */
export const MONITOR = 23;
/** The monitor's that run guests. */
export const GUESTS = 3;
/** The monitor's that serve files. */
export const SERVERS = 19;
export const EVERYBODY = 31;

/** What an argument must be. Only the low 32 bits are looked at: these arguments are ints to the kernel. */
export enum Test {
  /** Any arguments. */
  Any = 0,
  Equal = 1,
  /** All of these bits are set. */
  Has = 2,
  /** None of these bits is set. */
  Lacks = 3,
  /** The server's descriptor of /proc/self/fd, whose number is known at run time. */
  ProcFd = 4,
}

/** When a row counts. */
export enum When {
  Always = 0,
  /** There are exports. */
  Exports = 1,
  /** A core file was asked for. */
  Core = 2,
}

/** A call that is allowed; several rows for one call allow it if one of them does. */
export class AllowedCall {
  call!: u32;
  callers!: u32;
  when!: When;
  /** Index of the argument that is tested. */
  argument!: u32;
  test!: Test;
  value!: u32;
  reason!: string;
}
