/**
 * The ports of uhyve. A guest built on virtqueues must know one: the doorbell.
 *
 * Port I/O from ring 3 is allowed by the task-state segment's bitmap and is the cheapest synchronous exit on every host that was
 * measured. The addresses keep clear of the original's hypercalls (0x400..0x800), whose packed structs it replaces.
 */

/** 16-bit write: the queue index. The monitor serves the queue before the guest goes on. */
export const UHYVE_PORT_NOTIFY = 0xe00;
/** 32-bit write: end this vCPU for good; the low 8 bits are a status. Last resort when the queues cannot be used. */
export const UHYVE_PORT_ABORT = 0xe04;
/**
 * 32-bit write, any value: the guest needs memory beyond BootInfo.readyEnd. When the guest goes on, all of its RAM is there. Making a
 * large memory known to KVM takes longer than a small program runs, so the monitor begins with a part.
 */
export const UHYVE_PORT_MEMORY = 0xe08;

/** 32-bit write: the index of a processor (1 to BootInfo.cpuCount - 1) that shall run from its CpuStart on. Once for each. */
export const UHYVE_PORT_START_CPU = 0xe0c;

/**
 * 32-bit write: the physical address of a DiscardRange, a multiple of 8, whose memory the guest gives back. Touched again it is zero. A
 * range that is not RAM in whole pages ends the guest.
 */
export const UHYVE_PORT_DISCARD = 0xe10;

@struct(16)
export class DiscardRange {
  start!: PhysAddr;
  bytes!: u64;
}

/**
 * 32-bit write: requests are in the image's NinepQueue (ninep.ts). All of them are answered when the guest goes on, but for those that somebody
 * else has taken: another processor's doorbell, or the attendant. The low 16 bits are the used ring's index as far as the guest has looked: if
 * nothing is to be taken and nothing more has been answered, the monitor waits until it has.
 */
export const UHYVE_PORT_NINEP = 0xe14;
/**
 * In that word: exits are dear here, a thread of the monitor should watch the queue (the attendant). While it does, the used ring's flags say
 * VIRTQ_USED_F_NO_NOTIFY. It may stop at any time: who has waited for longer than a doorbell costs, rings.
 */
export const UHYVE_NINEP_ATTEND = 0x1_0000;
