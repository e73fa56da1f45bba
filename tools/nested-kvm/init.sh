#!/bin/sh
# The first process of the Linux that plays the host: loads KVM, runs one job after the other, tells the outcome of each over the
# second serial port, and powers off. host.ts makes the jobs and reads the outcomes.
#
#     /jobs/N/run      what to do, a shell script whose last line should be an exec    /jobs/N/seconds   its time limit
#     /jobs/N/stdin    its input, which it gets through a pipe; its stdout is a pipe too, its stderr a file
#
#     job N STATUS MILLISECONDS STDOUT-BYTES STDERR-BYTES, newline, both outputs
/bin/busybox --install -s /bin
export PATH=/bin
mount -t proc none /proc
mount -t sysfs none /sys
mount -t devtmpfs none /dev
mkdir -p /dev/shm /tmp/work
mount -t tmpfs none /dev/shm
for module in /modules/*; do insmod "$module" || echo "init: $module cannot be loaded" >&2; done
ip link set lo up 2>/dev/null
stty -F /dev/ttyS1 raw -echo 2>/dev/null
echo ready >/dev/ttyS1

milliseconds() { sed 's/^\([0-9]*\)\.\([0-9]*\) .*/\1\20/' /proc/uptime; }

cd /tmp/work
for job in /jobs/*; do
  began=$(milliseconds)
  {
    cat "$job/stdin" | timeout -s KILL "$(cat "$job/seconds")" sh "$job/run" 2>/tmp/stderr
    echo $? >/tmp/status
  } | cat >/tmp/stdout
  took=$(($(milliseconds) - began))
  {
    echo "job ${job##*/} $(cat /tmp/status) $took $(stat -c %s /tmp/stdout) $(stat -c %s /tmp/stderr)"
    cat /tmp/stdout /tmp/stderr
  } >/dev/ttyS1
done
poweroff -f
