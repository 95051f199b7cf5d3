import type { Answer } from './answer.ts';
import { jsonAnswer } from './answer.ts';
import type { ApiRequest } from './api-request.ts';
import { contentTypeOf } from './api-request.ts';
import { ApiRefusal } from './api-refusal.ts';
import { requireAuditLog } from './audit-off.ts';
import type { PlacedContent } from './contents.ts';
import { foreignAddress } from './foreign-address.ts';
import { readWindow } from './listing-window.ts';
import { readPageToken, writePageToken } from './page-token.ts';
import type { PageStart } from './page-token.ts';
import { requireSubscription } from './require-subscription.ts';
import type { Simulation } from './simulation.ts';
import type { Subscription } from './subscriptions.ts';

/** When a content is listed, the switch `late-listed` included; milliseconds since the epoch. */
function listableFrom(simulation: Simulation, content: PlacedContent): number {
  const late = simulation.switches.get('late-listed', content);
  if (late === null || content.place % late.every !== 0) return content.listable;
  return Math.max(content.listable, content.offered + late.seconds * 1000);
}

const missedBy = (subscription: Subscription, content: PlacedContent): boolean =>
  subscription.missed.some(([from, to]) => content.listable >= from && content.listable < to);

/** One page of a listing. The address of the next one goes into a header, without PublisherIdentifier. */
export function listAnswer(simulation: Simulation, request: ApiRequest): Answer {
  const { switches, contents, key, addresses } = simulation;
  const { tenantId, query } = request;
  const contentType = contentTypeOf(query);
  const scope = { tenantId, contentType };
  const subscription = requireSubscription(simulation, request, contentType);
  requireAuditLog(simulation, 'GetAvailableContent', request, contentType);
  const now = simulation.now();
  const window = readWindow(query, now);
  const listing = `${tenantId} ${contentType} ${window.startTime} ${window.endTime}`;

  let start: PageStart = { cursor: { created: window.from, place: -1 }, afterEmpty: false };
  const token = query.get('nextpage');
  if (token !== undefined) {
    const read = readPageToken(key, listing, token);
    const stale = switches.draw('stale-page-token', tenantId, switches.get('stale-page-token', scope));
    if (read === undefined || stale) throw new ApiRefusal(400, 'AF20031', `Invalid nextPage Input: ${token}.`);
    start = read;
  }

  const page: PlacedContent[] = [];
  let next: PageStart | undefined;
  const size = switches.get('page-size', scope);
  if (switches.get('empty-page-with-next', scope) && !start.afterEmpty) {
    next = { ...start, afterEmpty: true };
  } else {
    for (const content of contents.after(tenantId, contentType, start.cursor)) {
      if (content.created >= window.to) break;
      if (listableFrom(simulation, content) > now || missedBy(subscription, content)) continue;
      const last = page.at(-1);
      if (page.length === size && last !== undefined) {
        next = { cursor: last, afterEmpty: false };
        break;
      }
      page.push(content);
    }
  }

  const base = `${addresses.managementUrl}/api/v1.0/${tenantId}/activity/feed`;
  const foreignContent = switches.get('foreign-content-uri', scope);
  const items = page.map(({ id, created, expires }) => ({
    contentType,
    contentId: id,
    contentUri: foreignAddress(`${base}/audit/${id}`, foreignContent, tenantId),
    contentCreated: new Date(created).toISOString(),
    contentExpiration: new Date(expires).toISOString(),
  }));
  if (next === undefined) return jsonAnswer(200, items);
  const parameters = new URLSearchParams({
    contentType,
    startTime: window.startTime,
    endTime: window.endTime,
    nextPage: writePageToken(key, listing, next),
  });
  const nextUri = `${base}/subscriptions/content?${parameters.toString()}`;
  return jsonAnswer(200, items, {
    NextPageUri: foreignAddress(nextUri, switches.get('foreign-next-page-uri', scope), tenantId),
  });
}
