/** What the user reads: the help text and a sentence for each wrong option. */

import { SYS_write } from "../abi/linux-syscalls.ts";
import { linuxCall } from "../compiler/std/linux-syscall.ts";
import { complain, STATUS_FAILED } from "./complain.ts";
import { OptionError, type RunOptions } from "./options.ts";

const STDOUT = 1n;

const HELP = `Usage: hermit run [options] PROGRAM [ARGS...]
       proxy [options] PROGRAM [ARGS...]

Runs a program for x86-64 Linux, linked statically, in a virtual machine of its own.
Its output, its exit status and its arguments are those of any other program.

Options:
  --isle uhyve|qemu   where to run; by default the best that works here
  --cpus N            number of processors (default 1)
  --memory SIZE       memory, with a suffix K, M, G or T (default 2G)
  --mount HOST:GUEST[:ro|rw]
                      show this folder or file to the program, at an absolute path of its own; read-only by default
  --no-default-mounts do not show the working directory
  --time              say at the end how long it took, to start and to run, and what it used
  --verbose           say what is done, and show the kernel's log
  --help              show this text
  --                  what follows is the program, even if it looks like an option

Environment (options win):
  HERMIT_ISLE         uhyve or qemu
  HERMIT_CPUS         as --cpus
  HERMIT_MEM          as --memory
  HERMIT_VERBOSE=1    as --verbose
  HERMIT_TIME=1       as --time
  HERMIT_STRACE=1     show the program's system calls on stderr
  HERMIT_CORE=FILE    write a core file for gdb if the program crashes
  HERMIT_KVM=0        do without KVM: the isle qemu, which emulates the processor then
  HERMIT_KVM=1        the isle qemu uses KVM even where a guest of QEMU fares badly with it
  HERMIT_QEMU         the QEMU to start (default qemu-system-x86_64)
  HERMIT_DEBUG=1      let gdb connect to port 1234 (isle qemu)

Example:
  hermit run --memory 512M ./hello
`;

export function showHelp(): i32 {
  void linuxCall(SYS_write, STDOUT, u64(virtAddr(HELP.data)), u64(HELP.length));
  return 0;
}

/** Says what is wrong with an option or variable; the exit status. */
export function complainOption(options: RunOptions, error: OptionError): i32 {
  const text = options.subject;
  switch (error) {
    case OptionError.UnknownOption:
      return complain("unknown option ", text, "; see `hermit run --help`");
    case OptionError.MissingValue:
      return complain("the option ", text, " needs a value; see `hermit run --help`");
    case OptionError.MissingProgram:
      return complain("no program to run was given; usage: hermit run [options] PROGRAM [ARGS...]", "", "");
    case OptionError.BadIsle:
      return complain(`${options.source}: there is no isle "`, text, '"; use uhyve or qemu');
    case OptionError.BadCpus:
      return complain(`${options.source}: "`, text, '" is not a number of processors; use a number such as 2');
    case OptionError.NoCpus:
      return complain(`${options.source}: a machine without a processor runs nothing; use 1 or more`, "", "");
    case OptionError.BadMemory:
      return complain(
        `${options.source}: "`,
        text,
        '" is not a size of memory; use a number with K, M, G or T, such as 512M',
      );
    case OptionError.MemoryTooSmall:
      return complain(
        `${options.source}: "`,
        text,
        '" is too little memory; use at least 8M (a suffix K, M, G or T is allowed)',
      );
    case OptionError.UhyveWithoutKvm:
      return complain(
        "HERMIT_KVM=0 forbids KVM, which uhyve is built on; use --isle qemu or leave HERMIT_KVM alone",
        "",
        "",
      );
    case OptionError.TooManyMounts:
      return complain("more than 64 mounts are too many; mount a folder above some of them", "", "");
    case OptionError.None:
      return STATUS_FAILED;
  }
}
