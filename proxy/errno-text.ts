/** Errors of the host in words, for the ones that a user may meet when a machine is set up; others keep their number. */

import {
  EACCES,
  EBUSY,
  EFAULT,
  EINVAL,
  EIO,
  EMFILE,
  ENFILE,
  ENODEV,
  ENOENT,
  ENOMEM,
  ENOSPC,
  ENOSYS,
  ENOTTY,
  ENXIO,
  EPERM,
} from "../abi/errno.ts";

/** A clause for the end of a sentence. */
export function errnoText(errno: i32): string {
  switch (errno) {
    case EPERM:
      return "not permitted";
    case ENOENT:
      return "it does not exist";
    case EIO:
      return "the device reports an error";
    case ENXIO:
    case ENODEV:
      return "there is no such device behind it";
    case EACCES:
      return "permission denied";
    case EBUSY:
      return "it is in use";
    case EFAULT:
      return "a bad address";
    case ENOMEM:
      return "the host has no memory left for it";
    case EINVAL:
      return "the host's kernel does not know this request";
    case ENFILE:
    case EMFILE:
      return "too many files are open";
    case ENOSPC:
      return "no space is left";
    case ENOTTY:
      return "it is not what it should be";
    case ENOSYS:
      return "the host's kernel does not have this call";
    default:
      return "an error without a name here";
  }
}
