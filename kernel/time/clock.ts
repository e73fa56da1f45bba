/** Clocks. (API; see below.) */

/** Nanoseconds since the kernel's start, never going back. */
export function monotonicNs(): u64 {
  panic("monotonicNs");
}

/** Nanoseconds since 1970 (UTC). */
export function realtimeNs(): u64 {
  panic("realtimeNs");
}

/**
 * What the vDSO needs, in a page of its own that the application may read: ns = (tsc - tscBase) * multiplier >> shift, plus the
 * clock's base. `sequence` is odd while it is being changed.
 */
@struct(48)
export class VdsoClock {
  sequence!: u32;
  shift!: u32;
  multiplier!: u64;
  tscBase!: u64;
  monotonicBaseNs!: u64;
  realtimeBaseNs!: u64;
  reserved!: u64;
}

/** Physical page that holds the VdsoClock, for mapping read-only into the application. */
export function vdsoClockPage(): PhysAddr {
  panic("vdsoClockPage");
}

export function tscFrequencyKhz(): u64 {
  panic("tscFrequencyKhz");
}
