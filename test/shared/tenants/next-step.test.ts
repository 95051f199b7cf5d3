import { expect, test } from 'vitest';

import { tenantStates } from '../../../shared/state/tenants.ts';
import { nextStep } from '../../../shared/tenants/next-step.ts';

test.each(tenantStates)('%s has a next step, which is a sentence', (state) => {
  expect(nextStep(state)).toMatch(/^[A-Z].*\.$/);
});

test('what is parked is the next step of a tenant that is otherwise well, and of no other', () => {
  expect(nextStep('active', 3)).toBe(
    'Look at what is parked (3): GET /api/parked says why, POST /api/parked/replay tries again.',
  );
  expect(nextStep('audit-off', 3)).toBe(nextStep('audit-off'));
});
