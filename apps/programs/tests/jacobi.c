/*
 * Solves a dense system of linear equations with the Jacobi method, in one thread.
 *
 * The matrix is random (glibc's rand() from seed 42, so the run is the same everywhere) and as little diagonally dominant as the
 * method allows, which makes it converge slowly: that is the work. Every component of the solution is 1.
 * The argument bounds the mean square of the last change (default 1e-7).
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define SIZE 128
#define LARGEST_ENTRY 1337
#define DOMINANCE 2.0
#define LARGEST_GUESS 10.0
#define ITERATIONS_BETWEEN_CHECKS 5000
#define DEFAULT_BOUND 1e-7
#define ACCEPTED_ERROR 0.01

static double matrix[SIZE][SIZE];
static double right_side[SIZE];
static double buffers[2][SIZE];

static double random_up_to(double largest)
{
	return (double)rand() / (double)RAND_MAX * largest;
}

/* Row sums stand on the right side, so that all ones solve it. */
static void generate_matrix(void)
{
	for (int row = 0; row < SIZE; row++) {
		double sum = 0;

		for (int column = 0; column < SIZE; column++) {
			if (column == row)
				continue;
			matrix[row][column] = random_up_to(LARGEST_ENTRY);
			sum += matrix[row][column];
		}
		matrix[row][row] = sum + DOMINANCE;
		right_side[row] = sum + (sum + DOMINANCE);
	}
}

static void iterate(const double *restrict before, double *restrict after)
{
	for (int row = 0; row < SIZE; row++) {
		double sum = 0;

		for (int column = 0; column < row; column++)
			sum += matrix[row][column] * before[column];
		for (int column = row + 1; column < SIZE; column++)
			sum += matrix[row][column] * before[column];
		after[row] = (right_side[row] - sum) / matrix[row][row];
	}
}

static double mean_square_change(const double *before, const double *after)
{
	double sum = 0;

	for (int row = 0; row < SIZE; row++)
		sum += (before[row] - after[row]) * (before[row] - after[row]);
	return sum / SIZE;
}

static double seconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

int main(int argc, char **argv)
{
	double bound = argc > 1 ? atof(argv[1]) : DEFAULT_BOUND;
	double *before = buffers[0], *after = buffers[1];
	double start, end, largest_error = 0;
	unsigned int iterations = 0;

	srand(42);
	generate_matrix();
	for (int row = 0; row < SIZE; row++)
		after[row] = random_up_to(LARGEST_GUESS);
	printf("generate_empty_matrix() done...\n");
	printf("start calculation...\n");
	start = seconds();
	do {
		double *last = before;

		before = after;
		after = last;
		iterate(before, after);
		iterations++;
	} while (iterations % ITERATIONS_BETWEEN_CHECKS != 0 || mean_square_change(before, after) >= bound);
	end = seconds();
	printf("Check the result...\n");
	for (int row = 0; row < SIZE; row++)
		largest_error = fmax(largest_error, fabs(after[row] - 1));
	printf("maximal error is %f\n", largest_error);
	printf("\nmatrix size: %d x %d\n", SIZE, SIZE);
	printf("number of iterations: %u\n", iterations);
	printf("calculation time: %f s\n", end - start);
	return argc > 1 || largest_error <= ACCEPTED_ERROR ? 0 : 1;
}
