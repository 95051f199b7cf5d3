import { certificateExpiry } from '../entra/certificate-expiry.ts';
import { readDestinationHealth } from '../pipeline/destination-health.ts';
import type { Pipeline } from '../pipeline/pipeline.ts';
import type { Settings } from '../settings.ts';
import { feedsBehind } from './feeds-behind.ts';

/** One cause puts thousands of feeds behind; the log names the worst, and says how many there are. */
const mostNamed = 100;

const dayMs = 24 * 3_600_000;

const expiryTold = 30;

/**
 * Says in the log how everything stands, once a cycle: what alerts and the workbook look at, and that the timer runs.
 * @throws StorageError
 */
export async function reportState(relay: Pipeline & { readonly settings: Pick<Settings, 'entra'> }): Promise<void> {
  const { clock, log, destinations, settings } = relay;
  const tenants = (await relay.tenants.all()).map(({ value }) => value);
  for (const [state, some] of Map.groupBy(tenants, (tenant) => tenant.state)) {
    log.info('tenants-counted', { state, tenants: some.length });
  }
  const behind = await feedsBehind(relay, tenants);
  for (const { tenantId, contentType, lagMs } of behind.slice(0, mostNamed)) {
    log.warn('feed-behind', { tenantId, contentType, lagSeconds: Math.round(lagMs / 1000) });
  }
  const health = await readDestinationHealth(relay);
  for (const { name } of destinations) {
    const mark = health.downMark(name);
    if (mark === undefined) continue;
    const downSeconds = Math.round((clock.now() - mark.since) / 1000);
    log.warn('destination-down', { destination: name, downSeconds, error: mark.reason });
  }
  const expiry = certificateExpiry(settings.entra.credential);
  const days = expiry === undefined ? Infinity : Math.floor((expiry - clock.now()) / dayMs);
  if (days <= expiryTold) log.warn('certificate-expires', { days });
  log.info('cycle-finished', { tenants: tenants.length, feedsBehind: behind.length });
}
