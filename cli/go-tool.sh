#!/bin/sh
# Go's `-toolexec` program of `hermit go`: runs the tool it is given, and marks what the linker wrote as a HermitCore program
# (EI_OSABI 0x42, byte 7 of the file). Go itself says which file that is, whatever the package, pattern or subcommand was.
# A shell script, because it is started for every file that Go compiles.
"$@" || exit

case ${1##*/} in link) ;; *) exit 0 ;; esac
while [ $# -gt 1 ]; do
  if [ "$1" = -o ]; then
    printf '\102' | dd of="$2" bs=1 seek=7 conv=notrunc 2>/dev/null || {
      echo "hermit: $2 cannot be marked as a HermitCore program" >&2
      exit 1
    }
    exit 0
  fi
  shift
done
