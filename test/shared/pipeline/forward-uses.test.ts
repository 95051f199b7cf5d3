import { expect, test } from 'vitest';

import { DestinationError } from '../../../shared/delivery/destination-error.ts';
import { createTestPipeline } from '../../support/test-pipeline.ts';
import { finish, forward, list, listedContent, record } from './forwarding.ts';

test('a batch tells of each destination how many requests it had, how many failed and how long they took', async () => {
  const pipeline = createTestPipeline({ destinations: ['soc', 'archive', 'idle'] });
  const { clock, destinations } = pipeline;
  const batch = await list(pipeline, [listedContent(pipeline, 'a', [record('1')])]);
  const [soc, archive, idle] = destinations;
  if (!soc || !archive || !idle) throw new Error('There are three destinations.');
  for (const slow of [soc, archive]) {
    const deliver = slow.deliver.bind(slow);
    slow.deliver = async (delivery, signal) => {
      await clock.sleep(300, signal);
      return deliver(delivery, signal);
    };
  }
  archive.failures.push(new DestinationError('Destination archive is busy; wait.', { kind: 'unavailable' }));
  idle.down = new DestinationError('Destination idle is gone; mend it.', { kind: 'misconfigured' });
  await finish(clock, forward(pipeline, batch));

  const { tenantId, contentType, hour } = batch;
  const asked = pipeline.events.filter(({ event }) => event === 'destination-asked').map(({ fields }) => fields);
  expect(asked).toEqual([
    { tenantId, contentType, hour, destination: 'idle', requests: 1, failed: 1, milliseconds: 0 },
    { tenantId, contentType, hour, destination: 'soc', requests: 1, failed: 0, milliseconds: 300 },
    { tenantId, contentType, hour, destination: 'archive', requests: 2, failed: 1, milliseconds: 600 },
  ]);
});
