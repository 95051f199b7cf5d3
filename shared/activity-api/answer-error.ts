import { ActivityApiError, type ActivityApiErrorKind } from './activity-api-error.ts';
import { parseErrorBody } from './error-body.ts';
import { retryAfterMs } from './retry-after.ts';

/** An answer that is no success, read to its end. */
export interface FailedAnswer {
  readonly status: number;
  readonly body: string;
  readonly retryAfter?: string | undefined;
  /** The server's own time, milliseconds since the epoch. */
  readonly date: number;
}

const kindByCode: Readonly<Record<string, ActivityApiErrorKind>> = {
  AF429: 'throttled',
  '429': 'throttled',
  AF20022: 'no-subscription',
  AF20023: 'subscription-disabled',
  AF20030: 'window-refused',
  AF20055: 'window-refused',
  AF20031: 'page-token-refused',
  AF20050: 'content-unknown',
  AF20051: 'content-expired',
  AF10001: 'permission-missing',
};

const sentenceEnd: Record<ActivityApiErrorKind, string> = {
  unreachable: 'got no usable answer; try again later',
  throttled: 'was throttled; wait before the next try',
  'server-failed': 'failed at Microsoft; try again later',
  unauthorized: 'was refused for its token; check that the tenant is in the cloud that we have for it',
  'permission-missing': "lacks a permission; the tenant's administrator has to consent again",
  'audit-off': "found the unified audit log switched off; the tenant's administrator has to switch it on",
  'no-subscription': 'found no subscription; start it',
  'subscription-disabled': 'found the subscription disabled; start it again',
  'window-refused': 'was refused for its window; plan the window anew and check the clock',
  'page-token-refused': 'was refused for its page token; list the hour again from its first page',
  'content-expired': 'found the content expired; it is lost',
  'content-unknown': 'found no such content; it is lost',
  'address-refused': 'was refused for its address',
  rejected: 'was rejected; look at the answer',
};

/** The text of an exception that leaked into the answer: the unified audit log is off (or not yet on). */
const auditOff = /Tenant [0-9a-f-]{36} does not exist/i;

/**
 * What a failed answer means. The code in the body decides, then the status: throttling may arrive as 403, and a
 * missing permission as 401.
 *
 * @param subject beginning of a sentence, e.g. `Listing Audit.Exchange of tenant …`
 */
export function answerError(subject: string, answer: FailedAnswer): ActivityApiError {
  const parsed = parseErrorBody(answer.body);
  const kind = kindOf(answer, parsed?.code, parsed?.message);
  const code = parsed?.code === undefined ? undefined : tidy(parsed.code, 100);
  const said = kind === 'rejected' && parsed?.message !== undefined ? `, "${tidy(parsed.message, 200)}"` : '';
  // Behind a bracket comes what only machines read.
  const shown = code?.replace(/\s*\[.*/, '');
  const where = `HTTP ${answer.status}${shown === undefined ? '' : `, ${shown}`}${said}`;
  return new ActivityApiError(`${subject} ${sentenceEnd[kind]} (${where}).`, {
    kind,
    status: answer.status,
    code,
    retryAfterMs:
      kind === 'throttled' || kind === 'server-failed'
        ? retryAfterMs(answer.retryAfter, parsed?.message, answer.date)
        : undefined,
  });
}

/** A page: whatever its status says, it is a proxy or a front door that speaks, and not the API. */
const page = /^\s*</;

function kindOf({ status, body }: FailedAnswer, code = '', message = ''): ActivityApiErrorKind {
  const upper = code.trim().toUpperCase();
  const known = kindByCode[upper] ?? (/^AF5\d{4}$/.test(upper) ? 'server-failed' : undefined);
  if (known !== undefined) return known;
  if (auditOff.test(`${code}: ${message}`)) return 'audit-off';
  if (status === 429) return 'throttled';
  // With a status of success and no code, ASP.NET speaks of itself and not of what was asked.
  if (page.test(body) || status === 408 || status >= 500 || (status < 300 && code === '')) return 'server-failed';
  return status === 401 ? 'unauthorized' : 'rejected';
}

/** One line without a stack trace, without anything that looks like a token, without half a character. */
const tidy = (text: string, length: number): string =>
  (text.split(/\r?\n/, 1)[0] ?? '')
    .replace(/\beyJ[\w.-]+/g, '…')
    .replace(/\p{Cc}/gu, ' ')
    .slice(0, length)
    .toWellFormed();
