import type { Answer } from './answer.ts';
import { jsonAnswer } from './answer.ts';
import type { ApiRequest } from './api-request.ts';
import { contentTypeOf } from './api-request.ts';
import { ApiRefusal } from './api-refusal.ts';
import { requireAuditLog } from './audit-off.ts';
import type { PlacedContent } from './contents.ts';
import { foreignAddress } from './foreign-address.ts';
import { expiryOf, listedContents } from './listed-contents.ts';
import { readWindow } from './listing-window.ts';
import type { ListingWindow } from './listing-window.ts';
import { readPageToken, writePageToken } from './page-token.ts';
import type { PageStart } from './page-token.ts';
import { requireSubscription } from './require-subscription.ts';
import type { Simulation } from './simulation.ts';
import type { Subscription } from './subscriptions.ts';

interface Page {
  readonly contents: readonly PlacedContent[];
  readonly next: PageStart | undefined;
}

/** The page that begins there, and where the next one does. */
function pageFrom(simulation: Simulation, subscription: Subscription, window: ListingWindow, start: PageStart): Page {
  const { switches } = simulation;
  if (switches.get('empty-page-with-next', subscription) && !start.afterEmpty) {
    return { contents: [], next: { ...start, afterEmpty: true } };
  }
  const { created, place } = start.cursor;
  const isRepeating = switches.get('repeated-on-next-page', subscription) && place >= 0;
  const size = switches.get('page-size', subscription) + (isRepeating ? 1 : 0);
  const cursor = isRepeating ? { created, place: place - 1 } : start.cursor;
  const contents: PlacedContent[] = [];
  for (const content of listedContents(simulation, subscription, window, cursor)) {
    const last = contents.at(-1);
    if (contents.length === size && last !== undefined) {
      return { contents, next: { cursor: { created: last.created, place: last.place }, afterEmpty: false } };
    }
    contents.push(content);
  }
  const endless = switches.get('endless-pages', subscription);
  if (endless === null) return { contents, next: undefined };
  const beyond = endless === 'new' && created >= window.to ? place + 1 : 0;
  return { contents, next: { cursor: { created: window.to, place: beyond }, afterEmpty: true } };
}

/** One page of a listing. The address of the next one goes into a header. */
export function listAnswer(simulation: Simulation, request: ApiRequest): Answer {
  const { switches, key, addresses } = simulation;
  const { tenantId, query, publisherId } = request;
  const contentType = contentTypeOf(query);
  const scope = { tenantId, contentType };
  const subscription = requireSubscription(simulation, request, contentType);
  requireAuditLog(simulation, 'GetAvailableContent', request, contentType);
  const window = readWindow(query, simulation.now());
  const listing = `${tenantId} ${contentType} ${window.startTime} ${window.endTime}`;

  let start: PageStart = { cursor: { created: window.from, place: -1 }, afterEmpty: false };
  const token = query.get('nextpage');
  if (token !== undefined) {
    const read = readPageToken(key, listing, token);
    const stale = switches.draw('stale-page-token', tenantId, switches.get('stale-page-token', scope));
    if (read === undefined || stale) throw new ApiRefusal(400, 'AF20031', `Invalid nextPage Input: ${token}.`);
    start = read;
  }
  const { contents, next } = pageFrom(simulation, subscription, window, start);

  const base = `${addresses.managementUrl}/api/v1.0/${tenantId}/activity/feed`;
  const foreignContent = switches.get('foreign-content-uri', scope);
  const items = contents.map((content) => ({
    contentType,
    contentId: content.id,
    contentUri: foreignAddress(`${base}/audit/${content.id}`, foreignContent, tenantId),
    contentCreated: new Date(content.created).toISOString(),
    contentExpiration: new Date(expiryOf(simulation, content)).toISOString(),
  }));
  if (switches.get('unsorted-listing', scope)) items.reverse();
  if (next === undefined) return jsonAnswer(200, items);
  const style = switches.get('next-page-style', scope);
  const parameters = new URLSearchParams({
    contentType,
    startTime: window.startTime,
    endTime: window.endTime,
    [style.parameter]: writePageToken(key, listing, next),
    ...(style.publisher ? { PublisherIdentifier: publisherId } : {}),
  });
  const nextUri = `${base.replace('/v1.0/', `/${style.version}/`)}/subscriptions/content?${parameters.toString()}`;
  return jsonAnswer(200, items, {
    NextPageUri: foreignAddress(nextUri, switches.get('foreign-next-page-uri', scope), tenantId),
  });
}
