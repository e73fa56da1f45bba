/**
 * The orbits of the Sun and the four large planets, step by step (symplectic Euler), and how well energy is kept.
 *
 *     hermit build examples/n-body.ts -o build/examples/n-body && hermit run build/examples/n-body 100000
 */

const SOLAR_MASS = 4 * Math.PI * Math.PI;
const DAYS_PER_YEAR = 365.24;
const STEP_YEARS = 0.01;

class Body {
  constructor(
    readonly name: string,
    public x: number,
    public y: number,
    public z: number,
    public vx: number,
    public vy: number,
    public vz: number,
    readonly mass: number,
  ) {}
}

/** Positions in astronomical units, velocities in units a day, masses in suns. */
function planet(name: string, place: number[], velocity: number[], mass: number): Body {
  const v = velocity.map((part) => part * DAYS_PER_YEAR);
  return new Body(name, place[0], place[1], place[2], v[0], v[1], v[2], mass * SOLAR_MASS);
}

const bodies: Body[] = [
  new Body("Sun", 0, 0, 0, 0, 0, 0, SOLAR_MASS),
  planet(
    "Jupiter",
    [4.84143144246472, -1.16032004402742, -0.10362204447112],
    [0.00166007664274, 0.00769901118419, -0.0000690460016972],
    0.000954791938424,
  ),
  planet(
    "Saturn",
    [8.34336671824457, 4.1247985641243, -0.40352341711432],
    [-0.00276742510726, 0.00499852801234, 0.0000230417297574],
    0.000285885980666,
  ),
  planet(
    "Uranus",
    [12.8943695621391, -15.1111514016986, -0.22330757889266],
    [0.00296460137564, 0.00237847173959, -0.0000296589568541],
    0.0000436624404335,
  ),
  planet(
    "Neptune",
    [15.3796971148509, -25.9193146099879, 0.17925877295037],
    [0.0026806777249, 0.00162824170038, -0.000095159225452],
    0.0000515138902046,
  ),
];

/** The centre of mass stays where it is. */
function balance(): void {
  let px = 0;
  let py = 0;
  let pz = 0;
  for (const b of bodies) {
    px += b.vx * b.mass;
    py += b.vy * b.mass;
    pz += b.vz * b.mass;
  }
  const sun = bodies[0];
  sun.vx -= px / SOLAR_MASS;
  sun.vy -= py / SOLAR_MASS;
  sun.vz -= pz / SOLAR_MASS;
}

function distance(a: Body, b: Body): number {
  const dx = a.x - b.x;
  const dy = a.y - b.y;
  const dz = a.z - b.z;
  return Math.sqrt(dx * dx + dy * dy + dz * dz);
}

function energy(): number {
  let sum = 0;
  for (let i = 0; i < bodies.length; i++) {
    const a = bodies[i];
    sum += 0.5 * a.mass * (a.vx * a.vx + a.vy * a.vy + a.vz * a.vz);
    for (let j = i + 1; j < bodies.length; j++) sum -= (a.mass * bodies[j].mass) / distance(a, bodies[j]);
  }
  return sum;
}

function advance(dt: number): void {
  for (let i = 0; i < bodies.length; i++) {
    const a = bodies[i];
    for (let j = i + 1; j < bodies.length; j++) {
      const b = bodies[j];
      const far = distance(a, b);
      const pull = dt / (far * far * far);
      const dx = a.x - b.x;
      const dy = a.y - b.y;
      const dz = a.z - b.z;
      a.vx -= dx * b.mass * pull;
      a.vy -= dy * b.mass * pull;
      a.vz -= dz * b.mass * pull;
      b.vx += dx * a.mass * pull;
      b.vy += dy * a.mass * pull;
      b.vz += dz * a.mass * pull;
    }
  }
  for (const b of bodies) {
    b.x += dt * b.vx;
    b.y += dt * b.vy;
    b.z += dt * b.vz;
  }
}

const steps = process.argv.length > 2 ? parseInt(process.argv[2], 10) : 100000;
if (!(steps >= 0)) {
  console.error("n-body: the number of steps must be a natural number.");
  process.exit(1);
}
balance();
console.log(`energy before: ${energy().toFixed(9)}`);
for (let i = 0; i < steps; i++) advance(STEP_YEARS);
console.log(`energy after ${steps} steps: ${energy().toFixed(9)}`);
for (const b of bodies)
  console.log(
    `${b.name.padEnd(8)} ${b.x.toFixed(6).padStart(12)} ${b.y.toFixed(6).padStart(12)} ${b.z.toFixed(6).padStart(12)}`,
  );
