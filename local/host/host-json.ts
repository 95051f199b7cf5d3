import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { parseTimeSpan } from './time-span.ts';

const hostJson = z.object({
  functionTimeout: z.string().default('00:30:00'),
  extensions: z
    .object({
      http: z.object({ routePrefix: z.string().default('api') }).prefault({}),
      queues: z
        .object({
          batchSize: z.int().min(1).max(32).default(16),
          newBatchThreshold: z.int().min(0).optional(),
          maxDequeueCount: z.int().min(1).default(5),
          messageEncoding: z.enum(['none', 'base64']).default('base64'),
        })
        .prefault({}),
    })
    .prefault({}),
});

/** What the local host takes from host.json. How long messages stay invisible is the local host's own (`HostTiming`). */
export interface HostSettings {
  readonly functionTimeoutMs: number;
  readonly routePrefix: string;
  readonly queues: QueueSettings;
}

export interface QueueSettings {
  /** Messages received at once; invocations at the same time are at most this plus `newBatchThreshold`. */
  readonly batchSize: number;
  /** The next batch is received once no more than this many invocations run. */
  readonly newBatchThreshold: number;
  readonly maxDequeueCount: number;
  readonly messageEncoding: 'none' | 'base64';
}

/** Without end, as far as timers go: 24 days. */
const unboundedMs = 2 ** 31 - 1;

/** Reads the app's host.json. @throws Error that names the file and what is wrong with it */
export async function readHostJson(appDirectory: string): Promise<HostSettings> {
  const path = join(appDirectory, 'host.json');
  try {
    const { functionTimeout, extensions } = hostJson.parse(JSON.parse(await readFile(path, 'utf8')));
    const { batchSize, newBatchThreshold, maxDequeueCount, messageEncoding } = extensions.queues;
    return {
      functionTimeoutMs: functionTimeout === '-1' ? unboundedMs : parseTimeSpan(functionTimeout),
      routePrefix: extensions.http.routePrefix.replace(/^\/+|\/+$/g, ''),
      queues: {
        batchSize,
        newBatchThreshold: newBatchThreshold ?? Math.ceil(batchSize / 2),
        maxDequeueCount,
        messageEncoding,
      },
    };
  } catch (error) {
    throw new Error(`${path} cannot be used: ${error instanceof Error ? error.message : String(error)}`, {
      cause: error,
    });
  }
}
