import { guidFrom } from '../guid.ts';
import { between, pick } from '../seeded.ts';
import type { Fields, Maker } from './maker.ts';

/** DLP policy matches. The detected values are made up as everything else. */
export function dlpFields({ chance, domain, user }: Maker): Fields {
  const onDrive = chance() < 0.5;
  const detected = Array.from({ length: between(chance, 1, 5) }, (_, item) => ({
    Name: `0000 0000 0000 ${String(item).padStart(4, '0')}`,
    Value: `… card 0000 0000 0000 ${String(item).padStart(4, '0')} for the order of ${user} …`,
  }));
  return {
    Operation: onDrive ? 'DLPRuleMatch' : 'DlpRuleMatch',
    RecordType: onDrive ? 11 : 13,
    UserKey: 'DlpAgent',
    UserType: 4,
    Workload: onDrive ? 'OneDrive' : 'Exchange',
    IncidentId: guidFrom(`incident ${user} ${chance()}`),
    ExceptionInfo: pick<unknown>(chance, [null, '{"Reason":"None"}', { Reason: 'None' }]),
    SensitiveInfoDetectionIsIncluded: true,
    PolicyDetails: [
      {
        PolicyId: guidFrom(`policy ${domain}`),
        PolicyName: 'Zahlungskarten',
        Rules: [
          {
            RuleName: 'High volume',
            Severity: 'High',
            ConditionsMatched: {
              SensitiveInformation: [
                {
                  Confidence: 85,
                  Count: detected.length,
                  SensitiveInformationDetections: { DetectedValues: detected },
                },
              ],
            },
          },
        ],
      },
    ],
  };
}
