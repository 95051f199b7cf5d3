import { describe, expect, it } from 'vitest';
import { parseSubscriptions } from '../../../shared/activity-api/parse-subscriptions.ts';

describe('parseSubscriptions', () => {
  it('takes any letter case, leaves out unknown types, and counts only the word enabled', () => {
    expect(
      parseSubscriptions([
        { contentType: 'audit.exchange', status: 'Enabled', webhook: null },
        { contentType: 'DLP.ALL', status: 'disabled', extra: 1 },
        { contentType: 'Audit.General', webhook: { status: 'enabled' } },
        { contentType: 'Audit.SharePoint', status: null },
        { contentType: 'Audit.New', status: 'enabled' },
        { status: 'enabled' },
        'odd',
        null,
      ]),
    ).toEqual([
      { contentType: 'Audit.Exchange', enabled: true },
      { contentType: 'DLP.All', enabled: false },
      { contentType: 'Audit.General', enabled: false },
      { contentType: 'Audit.SharePoint', enabled: false },
    ]);
  });

  it.each([{}, null, undefined, 'text'])('says of %j that it is no list', (json) => {
    expect(parseSubscriptions(json)).toBeUndefined();
  });
});
