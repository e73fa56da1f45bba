/**
 * The clock page as kernel and vDSO see it. A file of its own, because the vDSO is a program of its own: what it imports becomes
 * part of it, and it has no kernel.
 */

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
