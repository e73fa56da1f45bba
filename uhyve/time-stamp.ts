/** The host's time-stamp counter, which guests share where KVM lets them. */

export function readTimeStamp(): u64 {
  // SAFETY: RDTSC writes edx:eax only.
  const low = asm<u64>`rdtsc
    shl $32, %rdx
    or %rdx, %rax ${output("rax")} ${clobber("rdx", "cc")}`;
  return low;
}
