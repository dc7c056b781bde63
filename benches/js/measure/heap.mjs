// What this process holds once all garbage is gone. Node has to be started with --expose-gc.

export async function settled() {
  for (let time = 0; time < 3; time += 1) {
    globalThis.gc();
    // What is freed in the background is given back a little later.
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  const { rss, heapUsed, external } = process.memoryUsage();
  return { rss, heap: heapUsed, external };
}
