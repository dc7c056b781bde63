// Made-up streams of requests, the same in every run: few keys often, most keys seldom. The native benches (benches/src/workload.rs) draw
// their ranks in the same way, so that hit ratios can be compared.

const SKEW = 0.99;

/** Numbers in 0..1 that depend on the seed alone (sfc32). */
export function random(seed = 20_261_121) {
  let [a, b, c, d] = [seed, 0x9e3779b9, 0x243f6a88, 1];
  const next = () => {
    const sum = (a + b + d) | 0;
    d = (d + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = ((c << 21) | (c >>> 11)) + sum;
    return sum >>> 0;
  };
  for (let time = 0; time < 16; time += 1) next();
  return () => next() / 2 ** 32;
}

/** 1 + 1/2^skew + … + 1/count^skew: summed as far as the terms differ much, then the area below the curve. */
function zeta(count) {
  let sum = 0;
  const summed = Math.min(count, 100_000);
  for (let rank = 1; rank <= summed; rank += 1) sum += rank ** -SKEW;
  const area = (to) => (to + 0.5) ** (1 - SKEW) / (1 - SKEW);
  return sum + area(count) - area(summed);
}

/** Ranks below `count`, drawn as YCSB does (Gray et al., SIGMOD'94); 0 is asked for most often. */
export function zipf(count, chance) {
  const whole = zeta(count);
  const second = 1 + 0.5 ** SKEW;
  const eta = (1 - (2 / count) ** (1 - SKEW)) / (1 - second / whole);
  return () => {
    const unit = chance();
    if (unit * whole < 1) return 0;
    if (unit * whole < second) return 1;
    return Math.min(Math.floor(count * (eta * unit - eta + 1) ** (1 / (1 - SKEW))), count - 1);
  };
}

/** The numbers below `count` in random order: what is asked for often must not lie together in anybody's memory. */
export function shuffled(count, chance) {
  const numbers = Uint32Array.from({ length: count }, (_, number) => number);
  for (let last = count - 1; last > 0; last -= 1) {
    const other = Math.floor(chance() * (last + 1));
    [numbers[last], numbers[other]] = [numbers[other], numbers[last]];
  }
  return numbers;
}

/** That many requests for the numbers below `count`. */
export function requests(count, many, chance = random()) {
  const places = shuffled(count, chance);
  const rank = zipf(count, chance);
  return Uint32Array.from({ length: many }, () => places[rank()]);
}
