import { guidFrom } from '../guid.ts';
import { pick } from '../seeded.ts';
import type { Fields, Maker } from './maker.ts';

const operations = [
  'UserLoggedIn',
  'UserLoggedIn',
  'UserLoginFailed',
  'Update user.',
  'Add member to group.',
  'Add User.',
];

/** Directory changes and sign-ins. */
export function entraFields({ chance, tenantId, domain, user }: Maker): Fields {
  const operation = pick(chance, operations);
  const signIn = operation.startsWith('UserLog');
  const agent = pick(chance, [
    'Mozilla/5.0 (Windows NT 10.0; Win64; x64)',
    'BAV2ROPC',
    'Teams/1.6 \u{1f469}\u200d\u{1f4bb}',
  ]);
  return {
    Operation: operation,
    RecordType: signIn ? 15 : 8,
    ResultStatus: pick(chance, ['Success', 'Success', 'Failure', null]),
    Workload: 'AzureActiveDirectory',
    ObjectId: signIn ? guidFrom(`app ${domain}`) : user,
    AzureActiveDirectoryEventType: 1,
    ExtendedProperties: pick<unknown>(chance, [
      [
        { Name: 'ResultStatusDetail', Value: 'Success' },
        { Name: 'UserAgent', Value: agent },
        { Name: 'additionalDetails', Value: JSON.stringify({ AppId: guidFrom(domain), Note: 'quoted "twice"' }) },
      ],
      [],
      'none',
    ]),
    ModifiedProperties: signIn ? [] : [{ Name: 'DisplayName', NewValue: `["${user}"]`, OldValue: '[]' }],
    Actor: [{ ID: guidFrom(user), Type: 0 }],
    ActorContextId: tenantId,
    Target: [{ ID: guidFrom(`target ${user}`), Type: 0 }],
    TargetContextId: tenantId,
    ErrorNumber: operation === 'UserLoginFailed' ? '50126' : '0',
  };
}
