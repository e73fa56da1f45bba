/** Time as Linux programs see it: include/uapi/linux/time.h, time_types.h and times.h. */

export const CLOCK_REALTIME = 0;
export const CLOCK_MONOTONIC = 1;
export const CLOCK_PROCESS_CPUTIME_ID = 2;
export const CLOCK_THREAD_CPUTIME_ID = 3;
export const CLOCK_MONOTONIC_RAW = 4;
export const CLOCK_REALTIME_COARSE = 5;
export const CLOCK_MONOTONIC_COARSE = 6;
export const CLOCK_BOOTTIME = 7;
export const CLOCK_REALTIME_ALARM = 8;
export const CLOCK_BOOTTIME_ALARM = 9;
export const CLOCK_TAI = 11;

export const TIMER_ABSTIME = 1;

export const NS_PER_SECOND = 1_000_000_000n;
export const NS_PER_MICROSECOND = 1_000n;
export const NS_PER_MILLISECOND = 1_000_000n;

@struct(16)
export class Timespec {
  tv_sec!: i64;
  tv_nsec!: i64;
}

@struct(16)
export class Timeval {
  tv_sec!: i64;
  tv_usec!: i64;
}

@struct(32)
export class Itimerval {
  interval!: Timeval;
  value!: Timeval;
}

@struct(32)
export class Itimerspec {
  interval!: Timespec;
  value!: Timespec;
}

export const ITIMER_REAL = 0;
export const ITIMER_VIRTUAL = 1;
export const ITIMER_PROF = 2;

@struct(8)
export class Timezone {
  tz_minuteswest!: i32;
  tz_dsttime!: i32;
}

@struct(32)
export class Tms {
  tms_utime!: i64;
  tms_stime!: i64;
  tms_cutime!: i64;
  tms_cstime!: i64;
}

/** struct timex and its constants: include/uapi/linux/timex.h */
export const ADJ_OFFSET_SINGLESHOT = 0x0001;
export const ADJ_OFFSET_READONLY = 0x2000;
export const ADJ_ADJTIME = 0x8000;
export const STA_UNSYNC = 0x40;
/** The clock is not synchronized. */
export const TIME_ERROR = 5;

@struct(208)
export class Timex {
  modes!: u32;
  reserved!: u32;
  offset!: i64;
  freq!: i64;
  maxerror!: i64;
  esterror!: i64;
  status!: i32;
  reserved2!: u32;
  constant!: i64;
  precision!: i64;
  tolerance!: i64;
  time!: Timeval;
  tick!: i64;
  ppsfreq!: i64;
  jitter!: i64;
  shift!: i32;
  reserved3!: u32;
  stabil!: i64;
  jitcnt!: i64;
  calcnt!: i64;
  errcnt!: i64;
  stbcnt!: i64;
  tai!: i32;
  reserved4!: FixedArray<u32, 11>;
}
