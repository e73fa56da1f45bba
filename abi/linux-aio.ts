/**
 * Linux's native asynchronous input and output as libaio uses it (io_setup(2), include/uapi/linux/aio_abi.h): requests, events, and the ring of
 * events in the program's memory, whose address is the context's name.
 */

/** What stands in front of the events, and says to a program that it may read them itself. */
export const AIO_RING_MAGIC = 0xa10a_10a1;
export const AIO_RING_COMPAT_FEATURES = 1;
export const AIO_RING_INCOMPAT_FEATURES = 0;

@struct(32)
export class AioRing {
  id!: u32;
  /** Events that the ring holds; one place stays free. */
  nr!: u32;
  /** The next event to read; programs move it, too. */
  head!: u32;
  /** Where the next event is put. */
  tail!: u32;
  magic!: u32;
  compat_features!: u32;
  incompat_features!: u32;
  header_length!: u32;
}

@struct(32)
export class IoEvent {
  data!: u64;
  obj!: u64;
  res!: i64;
  res2!: i64;
}

@struct(64)
export class Iocb {
  aio_data!: u64;
  aio_key!: u32;
  aio_rw_flags!: u32;
  aio_lio_opcode!: u16;
  aio_reqprio!: i16;
  aio_fildes!: u32;
  aio_buf!: u64;
  aio_nbytes!: u64;
  aio_offset!: i64;
  aio_reserved2!: u64;
  aio_flags!: u32;
  aio_resfd!: u32;
}

export const IOCB_CMD_PREAD = 0;
export const IOCB_CMD_PWRITE = 1;
export const IOCB_CMD_FSYNC = 2;
export const IOCB_CMD_FDSYNC = 3;
export const IOCB_CMD_PREADV = 7;
export const IOCB_CMD_PWRITEV = 8;
export const IOCB_FLAG_RESFD = 1;
export const IOCB_FLAG_IOPRIO = 2;
