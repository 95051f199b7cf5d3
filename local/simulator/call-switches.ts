import type { Answer } from './answer.ts';
import { redirectAnswer } from './answer.ts';
import { ApiRefusal, brokenAnswer } from './api-refusal.ts';
import type { ContentType } from './content-types.ts';
import type { HttpCall } from './http-call.ts';
import type { Operation } from './operations.ts';
import type { Simulation } from './simulation.ts';
import { strike } from './strike.ts';
import type { Switches } from './switches.ts';

interface Named {
  readonly tenantId: string;
  readonly contentType: ContentType | undefined;
}

/** What a call gets instead of an answer of the API, whoever makes it; `undefined` if the API answers. */
export function interrupted(
  { switches }: Simulation,
  call: HttpCall,
  named: Named,
  operation: Operation,
): Answer | undefined {
  if (strike(switches, 'hanging', named, operation)) return { status: 0, end: 'hang' };
  if (strike(switches, 'broken-connection', named, operation)) return { status: 0, end: 'drop' };
  const redirect = strike(switches, 'redirect', named, operation);
  if (redirect) return redirectAnswer(new URL(call.path, redirect.to).href);
  const broken = strike(switches, 'broken-answer', named, operation);
  return broken && brokenAnswer(broken.status, broken.body);
}

/** The refusal that the switches want for a call that would be answered. */
export function refusedBySwitch(switches: Switches, named: Named, operation: Operation): ApiRefusal | undefined {
  const failing = strike(switches, 'internal-error', named, operation);
  if (failing) return new ApiRefusal(500, failing.code, 'An internal error occurred. Retry the request.');
  const refusal = strike(switches, 'refusal', named, operation);
  return refusal && new ApiRefusal(refusal.status, refusal.code, refusal.message);
}
