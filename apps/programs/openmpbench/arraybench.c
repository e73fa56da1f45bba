/*
 * What it costs to give every thread a copy of an array: PRIVATE, FIRSTPRIVATE, COPYPRIVATE and COPYIN, for arrays of 1 to
 * 59049 doubles. The size of a private array must be known to the compiler: each size is an inclusion of arraybench-size.h.
 */
#include "common.h"

#include <stdio.h>

#define DELAY_TIME_US 0.1

#define SIZE 1
#include "arraybench-size.h"
#define SIZE 9
#include "arraybench-size.h"
#define SIZE 81
#include "arraybench-size.h"
#define SIZE 729
#include "arraybench-size.h"
#define SIZE 6561
#include "arraybench-size.h"
#define SIZE 59049
#include "arraybench-size.h"

int main(int argc, char **argv)
{
	bench_start(argc, argv, (struct defaults){"arraybench", DELAY_TIME_US});
	measure_1();
	measure_9();
	measure_81();
	measure_729();
	measure_6561();
	measure_59049();
	return 0;
}
