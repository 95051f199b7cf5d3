import type { Answer } from './answer.ts';
import type { ApiRequest } from './api-request.ts';
import { ApiRefusal, brokenAnswer } from './api-refusal.ts';
import { bodyAnswer } from './body-switches.ts';
import { looksLikeContentId } from './content-id.ts';
import { requireSubscription } from './require-subscription.ts';
import type { Simulation } from './simulation.ts';

const unknown = (contentId: string) =>
  new ApiRefusal(404, 'AF20050', `The specified content (${contentId}) does not exist.`);

/** One content. @throws ApiRefusal AF20050 unknown, AF20051 expired, AF20052 malformed or another tenant's */
export function fetchAnswer(simulation: Simulation, request: ApiRequest, contentId: string): Answer {
  const { contents, switches, now } = simulation;
  const content = contents.find(request.tenantId, contentId);
  if (content === undefined) {
    if (looksLikeContentId(contentId) && contents.ownerOf(contentId) === undefined) throw unknown(contentId);
    throw new ApiRefusal(400, 'AF20052', `Blob key ${contentId} in the url is invalid`);
  }
  requireSubscription(simulation, request, content.contentType);
  if (now() >= content.expires) {
    throw new ApiRefusal(
      400,
      'AF20051',
      `Content requested with the key ${contentId} has already expired. Content older than 7 days cannot be retrieved.`,
    );
  }
  const failing = switches.get('content-status', content);
  if (failing !== null && switches.draw('content-status', contentId, failing.times)) {
    if (failing.status === 404 && !failing.html) throw unknown(contentId);
    return brokenAnswer(failing.status, failing.html);
  }
  return bodyAnswer(simulation, content);
}
