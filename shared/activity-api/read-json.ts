import { ActivityApiError } from './activity-api-error.ts';
import { answerError } from './answer-error.ts';
import { parseErrorBody } from './error-body.ts';
import { BodyTooLarge, readText } from './read-body.ts';
import type { Answer } from './transport.ts';
import { unreachableError } from './unreachable-error.ts';

/** Some 30,000 contents in one page; pages seen in practice hold a few hundred. */
const bodyLimit = 16 * 1024 * 1024;

/**
 * Reads an answer of status success as JSON; one without a body is `undefined`.
 *
 * @param subject beginning of a sentence, e.g. `Listing Audit.Exchange of tenant …`
 * @throws ActivityApiError also for an error that came with a status of success
 */
export async function readJson(
  subject: string,
  answer: Answer,
  idleTimeoutMs: number,
  signal: AbortSignal,
): Promise<unknown> {
  const { status } = answer;
  let text: string;
  try {
    text = await readText(answer.body, idleTimeoutMs, bodyLimit);
  } catch (fault) {
    signal.throwIfAborted();
    if (fault instanceof BodyTooLarge) throw wrongShape(subject, status, 'is over 16 MB');
    throw unreachableError(subject, fault);
  }
  if (text.trim() === '') return undefined;
  if (text.trimStart().startsWith('{') && parseErrorBody(text) !== undefined)
    throw answerError(subject, { status, body: text, date: 0 });
  if (text.trimStart().startsWith('<')) throw pageInstead(subject, status);
  try {
    return JSON.parse(text);
  } catch {
    // Without the cause: its message quotes the body.
    throw wrongShape(subject, status, 'is not JSON');
  }
}

/** A page came where the API's answer should be: what stands before the API is at work, and nothing is wrong with what was asked. */
export const pageInstead = (subject: string, status: number): ActivityApiError =>
  new ActivityApiError(`${subject} got a page instead of an answer (HTTP ${status}); try again later.`, {
    kind: 'server-failed',
    status,
  });

/** @param wrong end of a sentence that begins with "an answer that" */
export const wrongShape = (subject: string, status: number, wrong: string): ActivityApiError =>
  new ActivityApiError(`${subject} got an answer that ${wrong}; look at what answers there.`, {
    kind: 'rejected',
    status,
  });
