#!/bin/sh
# Installs what building and running needs and is not there: the npm packages of package-lock.json and the Debian packages
# of the table below. When all is there it starts no other program, so that `npm start` may call it every time.
#
#     sh tools/setup.sh          what `npm start` needs: the first table
#     sh tools/setup.sh --all    what the full build and the tests need as well: both tables
#
# Debian packages are installed only when this runs as root or `sudo -n` is allowed; otherwise one line says which command
# to run, and the exit status is 1.
set -u
cd "$(dirname "$0")/.." || exit 1

# What must exist (a program in PATH, or a file when it contains a slash; `*` is allowed) | its package | the reason.
needs() {
  cat <<'TABLE'
gcc                                                 gcc                  compiles the C that btsc emits, and C applications
ld                                                  binutils             links the kernel image; objcopy, nm, addr2line
/usr/include/x86_64-linux-gnu/sys/types.h           libc6-dev            static glibc, for host programs and C applications
/usr/lib/x86_64-linux-gnu/libc.a                    libc6-dev            the same
musl-gcc                                            musl-tools           static musl, for small programs and the comparison of both libcs
qemu-system-x86_64                                  qemu-system-x86      the qemu isle
TABLE
}

# The same, for what only the full build (`npm run build`) and the tests need.
also_needs() {
  cat <<'TABLE'
gdb                                                 gdb                  the test that debugs the kernel by .ts line
clang-14                                            clang-14             fuzzing of the emitted C
/usr/lib/llvm-14/lib/clang/14*/lib/linux/libclang_rt.fuzzer-x86_64.a  libclang-rt-14-dev  libFuzzer, AddressSanitizer
/usr/lib/grub/i386-pc                               grub-pc-bin          the test that GRUB boots the kernel
grub-mkrescue                                       grub-common          the same
xorriso                                             xorriso              the same: writes the boot disk
mformat                                             mtools               the same
g++                                                 g++                  hermit c++, and C++ programs
gfortran                                            gfortran             hermit fc, and Fortran programs
go                                                  golang-go            hermit go, and Go programs
cmake                                               cmake                the test of the CMake files that application authors include
make                                                make                 the same
/usr/lib/x86_64-linux-gnu/libsqlite3.a              libsqlite3-dev       the test that ends a guest in the middle of transactions
/usr/bin/python3                                    python3              the test that runs programs of the distribution in the guest
/usr/bin/perl                                       perl                 the same
/usr/bin/lua5.4                                     lua5.4               the same
/usr/bin/sqlite3                                    sqlite3              the same
stress-ng                                           stress-ng            the test that runs its stressors in the guest
/bin/busybox                                        busybox-static       the test that runs its applets in the guest
/usr/lib/python3.11/test/test_struct.py             libpython3.11-testsuite  Python's own tests, which run in the guest
/usr/bin/ruby                                       ruby                 the test that runs programs in many languages in the guest
/usr/bin/php                                        php-cli              the same
/usr/bin/sbcl                                       sbcl                 the same
/usr/bin/javac                                      openjdk-17-jdk-headless  the same
/usr/bin/gawk                                       gawk                 the same
/usr/bin/tclsh8.6                                   tcl8.6               the same
/usr/bin/guile                                      guile-3.0            the same
/usr/bin/troff                                      groff-base           the same
/usr/lib/python3/dist-packages/numpy                python3-numpy        the same, with BLAS and LAPACK
TABLE
}

if [ "${1-}" = --all ]; then
  tables='needs also_needs'
else
  tables=needs
fi

say() { printf '%s\n' "$*" >&2; }

present() {
  case $1 in
    */*) for match in $1; do [ -e "$match" ] && return 0; done; return 1 ;;
    *) command -v "$1" >/dev/null 2>&1 ;;
  esac
}

missing_packages() {
  for table in $tables; do $table; done | while read -r probe package _; do
    present "$probe" || printf '%s\n' "$package"
  done | sort -u | tr '\n' ' '
}

install_debian() {
  packages=$1
  if [ "$(id -u)" -eq 0 ]; then
    as_root=
  elif command -v sudo >/dev/null 2>&1 && sudo -n true 2>/dev/null; then
    as_root='sudo -n'
  else
    say "setup: Debian packages are missing; run: sudo apt-get update && sudo apt-get install --no-install-recommends ${packages% }"
    return 1
  fi
  if ! command -v apt-get >/dev/null 2>&1; then
    say "setup: this is not a Debian system; install with its package manager what these Debian packages contain: ${packages% }"
    return 1
  fi
  say "setup: installing ${packages% }"
  log=$(mktemp) || return 1
  # shellcheck disable=SC2086  # $as_root and $packages are lists of words
  if $as_root apt-get update -q >"$log" 2>&1 &&
    DEBIAN_FRONTEND=noninteractive $as_root apt-get install -q -y --no-install-recommends $packages >>"$log" 2>&1; then
    rm -f "$log"
  else
    tail -n 5 "$log" >&2
    rm -f "$log"
    say "setup: apt-get could not install ${packages% }; mend what it says above and run this again"
    return 1
  fi
}

install_npm() {
  if ! command -v node >/dev/null 2>&1 || ! command -v npm >/dev/null 2>&1; then
    say "setup: Node.js 20 or newer with npm is needed; install it and run this again"
    return 1
  fi
  say "setup: installing npm packages"
  npm ci --silent --no-audit --no-fund >&2 || {
    say "setup: npm ci failed; run \`npm ci\` to see why"
    return 1
  }
}

# npm writes node_modules/.package-lock.json as its last step.
installed=node_modules/.package-lock.json
if [ ! -e "$installed" ] || [ package-lock.json -nt "$installed" ]; then
  install_npm || exit 1
fi
missing=$(missing_packages)
[ -z "$missing" ] || install_debian "$missing" || exit 1
