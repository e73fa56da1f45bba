/** Computing in JavaScript, compiled while it runs, as `node` programs do. One line a number, as bench/programs/report.h. */

const size = Number(process.argv[2]);

function report(name, startNs) {
  console.log(`${name}\tms\t${(Number(process.hrtime.bigint() - startNs) / 1e6).toFixed(3)}`);
}

function mandelbrot(width) {
  let inside = 0;
  for (let y = 0; y < width; y++) {
    for (let x = 0; x < width; x++) {
      let re = 0;
      let im = 0;
      let steps = 0;
      while (steps < 100 && re * re + im * im < 4) {
        [re, im] = [re * re - im * im + (3 * x) / width - 2, 2 * re * im + (3 * y) / width - 1.5];
        steps++;
      }
      inside += steps === 100 ? 1 : 0;
    }
  }
  return inside;
}

function sortTexts(count) {
  const texts = Array.from({ length: count }, (_, i) => `text ${(i * 7919) % count}`);
  texts.sort();
  return JSON.stringify(texts).length;
}

let start = process.hrtime.bigint();
if (mandelbrot(size) <= 0) process.exit(1);
report("JavaScript, Mandelbrot set", start);
start = process.hrtime.bigint();
if (sortTexts(size * 200) <= 0) process.exit(1);
report("JavaScript, texts sorted", start);
