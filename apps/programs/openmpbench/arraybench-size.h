/* The constructs of arraybench for arrays of SIZE doubles; undefines SIZE, so that the next inclusion may define it again. */
#define JOINED(name, size) name##_##size
#define EXPANDED(name, size) JOINED(name, size)
#define SIZED(name) EXPANDED(name, SIZE)
#define TEXT_OF(size) #size
#define EXPANDED_TEXT(size) TEXT_OF(size)
#define NAMED(name) name " " EXPANDED_TEXT(SIZE)

static double SIZED(copied)[SIZE];
#pragma omp threadprivate(EXPANDED(copied, SIZE))

/* The array must not be optimised away. */
static void __attribute__((noinline)) SIZED(work)(double *array)
{
	array[0] += 1;
	array[SIZE - 1] += 1;
	delay(delay_length);
}

static void SIZED(reference)(long repetitions)
{
	double array[SIZE];

	array[0] = 0;
	array[SIZE - 1] = 0;
	for (long i = 0; i < repetitions; i++)
		SIZED(work)(array);
}

static void SIZED(private)(long repetitions)
{
	double array[SIZE];

	for (long i = 0; i < repetitions; i++) {
#pragma omp parallel private(array)
		{
			array[0] = 0;
			array[SIZE - 1] = 0;
			SIZED(work)(array);
		}
	}
}

static void SIZED(firstprivate)(long repetitions)
{
	double array[SIZE] = {0};

	for (long i = 0; i < repetitions; i++) {
#pragma omp parallel firstprivate(array)
		SIZED(work)(array);
	}
}

static void SIZED(copyprivate)(long repetitions)
{
#pragma omp parallel
	{
		double array[SIZE] = {0};

		for (long i = 0; i < repetitions; i++) {
#pragma omp single copyprivate(array)
			SIZED(work)(array);
		}
	}
}

static void SIZED(copyin)(long repetitions)
{
	for (long i = 0; i < repetitions; i++) {
#pragma omp parallel copyin(EXPANDED(copied, SIZE))
		SIZED(work)(SIZED(copied));
	}
}

static void SIZED(measure)(void)
{
	bench_reference(NAMED("reference time"), SIZED(reference));
	bench_measure(NAMED("PRIVATE"), SIZED(private));
	bench_measure(NAMED("FIRSTPRIVATE"), SIZED(firstprivate));
	bench_measure(NAMED("COPYPRIVATE"), SIZED(copyprivate));
	bench_measure(NAMED("COPYIN"), SIZED(copyin));
}

#undef JOINED
#undef EXPANDED
#undef SIZED
#undef TEXT_OF
#undef EXPANDED_TEXT
#undef NAMED
#undef SIZE
