import { z } from 'zod';
import { row, seconds } from './row.ts';

/** What goes wrong with subscriptions. */
export const subscriptionSwitches = {
  'start-throttle': row('Minutes between two starts of one subscription; 0 is off.', 'pitfall 2', seconds, 15),
  'start-already-enabled': row(
    'What a start of an enabled one gets.',
    'pitfall 1',
    z.enum(['AF20024', 'ok']),
    'AF20024',
  ),
  'start-takes': row(
    'Seconds after a start was answered 200 in which the subscription does not exist yet: AF20022.',
    '1.1; 4.6',
    seconds,
    0,
  ),
  'first-content': row(
    'Nothing is listed for `delaySeconds` after the start, and never what was made over `backfillHours` before it.',
    'checklist: first-content delay, back-fill; 1.1',
    z.strictObject({ delaySeconds: seconds.default(0), backfillHours: z.number().min(0).default(22) }).nullable(),
    null,
  ),
  'vanished-subscription': row(
    'How many calls find that an enabled subscription is gone, until it is started again: AF20022.',
    'pitfall 32; AF20022',
    z.int().min(0),
    0,
  ),
  'subscription-disabled': row('An administrator disabled it: AF20023.', 'pitfall 20', z.boolean(), false),
  'subscription-entries': row(
    'How subscriptions are listed: as documented, in upper case, or without their status.',
    '1.3',
    z.enum(['normal', 'upper-case', 'without-status']),
    'normal',
  ),
};
