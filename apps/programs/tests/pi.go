// Integrates 4/(1+x²) from 0 to 1, in as many goroutines as Go uses processors, and shows what the run-time library allocated.
// The argument is the number of steps, at least 100 (default 1,000,000).
package main

import (
	"fmt"
	"os"
	"runtime"
	"strconv"
	"time"
)

const (
	defaultSteps = 1000000
	fewestSteps  = 100
)

// The midpoint rule over the steps first, first+stride, ...
func integrate(first, stride, steps int, parts chan<- float64) {
	width := 1.0 / float64(steps)
	sum := 0.0
	for step := first; step < steps; step += stride {
		x := (float64(step) + 0.5) * width
		sum += 4.0 / (1.0 + x*x)
	}
	parts <- sum * width
}

func main() {
	steps := defaultSteps
	if len(os.Args) > 1 {
		wanted, err := strconv.Atoi(os.Args[1])
		if err != nil || wanted < fewestSteps {
			fmt.Fprintf(os.Stderr, "usage: pi [steps, at least %d]\n", fewestSteps)
			os.Exit(1)
		}
		steps = wanted
	}
	workers := runtime.GOMAXPROCS(0)
	parts := make(chan float64, workers)
	start := time.Now()
	for worker := 0; worker < workers; worker++ {
		go integrate(worker, workers, steps, parts)
	}
	pi := 0.0
	for worker := 0; worker < workers; worker++ {
		pi += <-parts
	}
	elapsed := time.Since(start)

	var memory runtime.MemStats
	runtime.ReadMemStats(&memory)
	fmt.Println("num_steps :", steps)
	fmt.Println("Pi :", pi)
	fmt.Println("Time :", elapsed)
	fmt.Println("Alloc :", memory.Alloc)
	fmt.Println("Total Alloc :", memory.TotalAlloc)
	fmt.Println("Sys :", memory.Sys)
	fmt.Println("Lookups :", memory.Lookups)
}
