import { forwardContents } from './worker.ts';

/** A worker of its own: forwards one content and tells its peak resident memory in MB. */
const [api, endpoint, content] = process.argv.slice(2);
await forwardContents({ api: Number(api), endpoint: Number(endpoint) }, [content ?? '']);
process.send?.(process.resourceUsage().maxRSS / 1000, () => process.exit());
