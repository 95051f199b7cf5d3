import type { Answer } from './answer.ts';
import type { ApiRequest } from './api-request.ts';
import { ApiRefusal, brokenAnswer } from './api-refusal.ts';
import type { Content } from './body.ts';
import { bodyAnswer } from './body-switches.ts';
import { looksLikeContentId } from './content-id.ts';
import { expiryOf } from './listed-contents.ts';
import { requireSubscription } from './require-subscription.ts';
import type { Simulation } from './simulation.ts';

const unknown = (contentId: string) =>
  new ApiRefusal(404, 'AF20050', `The specified content (${contentId}) does not exist.`);

const invalid = (contentId: string) => new ApiRefusal(400, 'AF20052', `Blob key ${contentId} in the url is invalid`);

const expired = (contentId: string) =>
  new ApiRefusal(
    400,
    'AF20051',
    `Content requested with the key ${contentId} has already expired. Content older than 7 days cannot be retrieved.`,
  );

const hour = 3_600_000;

/** Whether a content is the first one of its hour. */
function isHead({ contents }: Simulation, content: Content): boolean {
  const before = contents.before(content);
  return before === undefined || Math.floor(before.created / hour) < Math.floor(content.created / hour);
}

/** What the switch `content-status` makes of a fetch; `undefined` if it is answered. @throws ApiRefusal */
function failureOf(simulation: Simulation, content: Content): Answer | undefined {
  const { switches } = simulation;
  const failing = switches.get('content-status', content);
  if (failing === null || (failing.only === 'head' && !isHead(simulation, content))) return undefined;
  if (!switches.draw('content-status', content.id, failing.times)) return undefined;
  const { status, code, html } = failing;
  if (html) return brokenAnswer(status, 'html');
  if (code !== undefined) throw new ApiRefusal(status, code, `The content ${content.id} was refused.`);
  if (status === 400) throw invalid(content.id);
  if (status === 404) throw unknown(content.id);
  return brokenAnswer(status, status === 500 ? 'message' : status === 408 ? 'empty' : 'html');
}

/** One content. @throws ApiRefusal AF20050 unknown, AF20051 expired, AF20052 malformed or another tenant's */
export async function fetchAnswer(simulation: Simulation, request: ApiRequest, contentId: string): Promise<Answer> {
  const { contents, now } = simulation;
  const content = contents.find(request.tenantId, contentId);
  if (content === undefined) {
    throw looksLikeContentId(contentId) && contents.ownerOf(contentId) === undefined
      ? unknown(contentId)
      : invalid(contentId);
  }
  requireSubscription(simulation, request, content.contentType);
  if (now() >= expiryOf(simulation, content)) throw expired(contentId);
  return failureOf(simulation, content) ?? (await bodyAnswer(simulation, content));
}
