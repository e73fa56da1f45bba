/* What OpenMP's tasks cost: one repetition is one task for every thread, unless the construct says otherwise. */
#include "common.h"

#include <omp.h>

#define DELAY_TIME_US 0.1
/* A binary tree of 2^(depth+1) - 1 tasks. */
#define TREE_DEPTH 6
#define TREE_NODES ((1L << (TREE_DEPTH + 1)) - 1)
#define TREE_LEAVES (1L << TREE_DEPTH)

static void reference(long repetitions)
{
	for (long i = 0; i < repetitions; i++)
		delay(delay_length);
}

static void parallel_tasks(long repetitions)
{
#pragma omp parallel
	for (long i = 0; i < repetitions; i++) {
#pragma omp task
		delay(delay_length);
	}
}

static void master_tasks(long repetitions)
{
#pragma omp parallel
#pragma omp master
	for (long i = 0; i < repetitions * thread_count; i++) {
#pragma omp task
		delay(delay_length);
	}
}

static void master_tasks_busy_others(long repetitions)
{
#pragma omp parallel
	if (omp_get_thread_num() == 0) {
		for (long i = 0; i < repetitions * thread_count; i++) {
#pragma omp task
			delay(delay_length);
		}
	} else {
		for (long i = 0; i < repetitions; i++)
			delay(delay_length);
	}
}

/* The condition is false, so the task is executed at once; only the construct itself costs. */
static void conditional_tasks(long repetitions)
{
	volatile int deferred = 0;

#pragma omp parallel
	for (long i = 0; i < repetitions; i++) {
#pragma omp task if (deferred)
		delay(delay_length);
	}
}

static void task_wait(long repetitions)
{
#pragma omp parallel
	for (long i = 0; i < repetitions; i++) {
#pragma omp task
		delay(delay_length);
#pragma omp taskwait
	}
}

static void task_barrier(long repetitions)
{
#pragma omp parallel
	for (long i = 0; i < repetitions; i++) {
#pragma omp task
		delay(delay_length);
#pragma omp barrier
	}
}

static void nested_tasks(long repetitions)
{
#pragma omp parallel
	for (long i = 0; i < repetitions; i++) {
#pragma omp task
		{
#pragma omp task
			delay(delay_length);
#pragma omp taskwait
		}
	}
}

static void nested_master_tasks(long repetitions)
{
#pragma omp parallel
#pragma omp master
	for (long i = 0; i < repetitions; i++) {
#pragma omp task
		for (int thread = 0; thread < thread_count; thread++) {
#pragma omp task
			delay(delay_length);
		}
	}
}

/* Recursion bounded by `depth`. `work_inside`: every task works, not only the leaves. */
static void grow(int depth, int work_inside)
{
	if (depth == 0 || work_inside)
		delay(delay_length);
	if (depth == 0)
		return;
#pragma omp task
	grow(depth - 1, work_inside);
#pragma omp task
	grow(depth - 1, work_inside);
#pragma omp taskwait
}

static void grow_trees(long repetitions, long works_per_tree, int work_inside)
{
	long trees = (repetitions * thread_count + works_per_tree - 1) / works_per_tree;

#pragma omp parallel
#pragma omp single
	for (long tree = 0; tree < trees; tree++)
		grow(TREE_DEPTH, work_inside);
}

static void branch_tree(long repetitions)
{
	grow_trees(repetitions, TREE_NODES, 1);
}

static void leaf_tree(long repetitions)
{
	grow_trees(repetitions, TREE_LEAVES, 0);
}

int main(int argc, char **argv)
{
	bench_start(argc, argv, (struct defaults){"taskbench", DELAY_TIME_US});
	bench_reference("reference time 1", reference);
	bench_measure("PARALLEL TASK", parallel_tasks);
	bench_measure("MASTER TASK", master_tasks);
	bench_measure("MASTER TASK BUSY SLAVES", master_tasks_busy_others);
	bench_measure("CONDITIONAL TASK", conditional_tasks);
	bench_measure("TASK WAIT", task_wait);
	bench_measure("TASK BARRIER", task_barrier);
	bench_measure("NESTED TASK", nested_tasks);
	bench_measure("NESTED MASTER TASK", nested_master_tasks);
	bench_measure("BRANCH TASK TREE", branch_tree);
	bench_measure("LEAF TASK TREE", leaf_tree);
	return 0;
}
