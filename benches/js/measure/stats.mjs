// What is made of the figures of several rounds: the middle of them, and how far half of them lie apart.

const sorted = (numbers) => [...numbers].sort((a, b) => a - b);

/** The number below which a share of all lie; between two of them, what lies between. */
export function quantile(numbers, share) {
  const all = sorted(numbers);
  const at = share * (all.length - 1);
  const below = Math.floor(at);
  const above = Math.min(below + 1, all.length - 1);
  return all[below] + (all[above] - all[below]) * (at - below);
}

export const median = (numbers) => quantile(numbers, 0.5);

/** The median and the quartiles: half of all rounds lie between the two. */
export const spread = (numbers) => ({ median: median(numbers), low: quantile(numbers, 0.25), high: quantile(numbers, 0.75) });

/** The mean of ratios: of twice as fast and half as fast it is 1. */
export const geometricMean = (ratios) => Math.exp(ratios.reduce((sum, ratio) => sum + Math.log(ratio), 0) / ratios.length);
