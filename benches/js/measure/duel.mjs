// Two contestants in turn, A B then B A, so that what the machine does besides falls on both; what counts is the median of the rounds'
// ratios. Who is measured and the reference run in one process and share nothing but that.

import { median, spread } from "./stats.mjs";

/** The first rounds are the compiler's. */
const WARM_UP = 2;

/** Processor time of this process in milliseconds, its helping threads included: others use the machine too. */
export function processor() {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1_000;
}

/**
 * Runs two loops of `calls` calls each. Gives their nanoseconds for each call, and the second's time over the first's: above 1 the first is
 * faster. What is slow gets fewer rounds, at least one: it stops when `patience` milliseconds are over. Where `expected` is given, each loop has to
 * return it.
 */
export async function duel(first, second, { calls, rounds, expected, patience = 20_000, clock = processor }) {
  const loops = [first, second];
  const times = [[], []];
  const ratios = [];
  const begun = performance.now();
  for (let round = -WARM_UP; round < rounds; round += 1) {
    const took = [0, 0];
    for (const place of round % 2 === 0 ? [0, 1] : [1, 0]) {
      const began = clock();
      let answer = loops[place]();
      // Who answers at once must not pay for a promise.
      if (answer instanceof Promise) answer = await answer;
      took[place] = ((clock() - began) * 1e6) / calls;
      // Read, so that no part of the loop is for nothing.
      if (answer !== (expected ?? answer)) throw new Error(`got ${answer} in place of ${expected}: not the values that were stored`);
    }
    const late = performance.now() - begun > patience;
    if (round < 0 && !late) continue;
    ratios.push(took[1] / took[0]);
    took.forEach((time, place) => times[place].push(time));
    if (late) break;
  }
  return { ratio: spread(ratios), ns: median(times[0]), reference: median(times[1]), rounds: ratios.length };
}
