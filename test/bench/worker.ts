import { createActivityApi } from '../../shared/activity-api/create-activity-api.ts';
import { hourOf } from '../../shared/activity-api/hours.ts';
import { systemClock } from '../../shared/clock.ts';
import { createHttpsDestination } from '../../shared/delivery/destinations/https.ts';
import { customCloud } from '../../shared/entra/custom-cloud.ts';
import { forEachLimited } from '../../shared/for-each-limited.ts';
import { parseBatch } from '../../shared/pipeline/batch-message.ts';
import { listHour } from '../../shared/pipeline/list-hour.ts';
import { forwardBatch } from '../../shared/pipeline/forward-batch.ts';
import { systemRandom } from '../../shared/random.ts';
import { createMemoryQueue } from '../support/memory-queue.ts';
import { activeTenant, createTestPipeline, tenantId } from '../support/test-pipeline.ts';
import type { ServersReady } from './servers.ts';

/** As many messages at once as host.json lets one worker have. */
const messagesAtOnce = 12;

/** The most contents that are fetched at once. */
export const contentsAtOnce = messagesAtOnce * 20;

const feed = { tenantId, contentType: 'Audit.General' } as const;
const secret = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;

export interface Worker {
  /** Lists contents into a fresh ledger and forwards all messages. Seconds are of the forwarding alone. */
  forward(contentNames: readonly string[]): Promise<{ seconds: number; records: number }>;
}

/**
 * The pipeline of the app with its tables and queue in memory: what is measured is the way of the bytes. Client and
 * destination are made once, as in the app, so that connections are kept.
 */
export function createWorker(servers: Pick<ServersReady, 'api' | 'endpoint'>): Worker {
  const origin = `http://127.0.0.1:${servers.api}`;
  const clouds = { custom: customCloud({ authorityHost: 'https://127.0.0.1', managementUrl: origin }) };
  const tokens = {
    token: () => Promise.resolve({ value: 'token', roles: ['ActivityFeed.Read'], expires: Infinity }),
    forget: () => undefined,
  };
  const api = createActivityApi({ clouds, tokens, publisherId: tenantId, clock: systemClock });
  const destination = createHttpsDestination(
    {
      name: 'soc',
      type: 'https',
      url: `http://127.0.0.1:${servers.endpoint}/`,
      secrets: [secret],
      compression: 'none',
    },
    { clock: systemClock },
  );

  function pipelineWith(contentNames: readonly string[]) {
    const created = systemClock.now() - 60_000;
    const listing = contentNames.map((id) => ({
      id,
      uri: `${origin}/api/v1.0/${tenantId}/activity/feed/audit/${id}`,
      created,
      expires: created + 86_400_000,
    }));
    return {
      ...createTestPipeline(),
      clock: systemClock,
      random: systemRandom,
      queue: createMemoryQueue({ ...systemClock, now: () => Infinity }),
      api: {
        ...api,
        async *listContents() {
          yield await Promise.resolve(listing);
        },
      },
      destinations: [destination],
    };
  }

  return {
    async forward(contentNames) {
      const pipeline = pipelineWith(contentNames);
      const tenant = activeTenant({ cloud: 'custom' });
      await pipeline.tenants.insert(tenant);
      const hour = hourOf(systemClock.now() - 60_000);
      await listHour(pipeline, tenant, feed, hour, AbortSignal.timeout(60_000));
      const messages = pipeline.queue.messages.map(({ text }) => parseBatch(JSON.parse(text)));
      const begun = performance.now();
      await forEachLimited(messages, messagesAtOnce, async (message) => {
        if (!('batch' in message)) throw new Error(`No batch of this version: ${JSON.stringify(message)}`);
        await forwardBatch(pipeline, message.batch, { messageId: systemRandom.token(8), dequeueCount: 1 });
      });
      const seconds = (performance.now() - begun) / 1000;
      const rows = await pipeline.ledger.hour(feed, hour);
      return { seconds, records: rows.contents.reduce((sum, { value }) => sum + value.records.delivered, 0) };
    },
  };
}
