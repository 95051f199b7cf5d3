import { createWorker } from './worker.ts';

/** A worker of its own: forwards one content and tells its peak resident memory in MB. */
const [api, endpoint, content] = process.argv.slice(2);
let peak = 0;
// Sampled, since what the system counts as the peak begins with that of the parent process.
const sampling = setInterval(() => {
  peak = Math.max(peak, process.memoryUsage.rss());
}, 10);
await createWorker({ api: Number(api), endpoint: Number(endpoint) }).forward([content ?? '']);
clearInterval(sampling);
process.send?.(Math.max(peak, process.memoryUsage.rss()) / 1e6, () => process.exit());
