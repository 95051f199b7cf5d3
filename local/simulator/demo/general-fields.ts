import { guidFrom } from '../guid.ts';
import { between, pick } from '../seeded.ts';
import type { Fields, Maker } from './maker.ts';

/** Everything that has no content type of its own. */
export function generalFields({ chance, domain, user }: Maker): Fields {
  const common = { ResultStatus: pick(chance, ['Succeeded', '', null]) };
  const kind = between(chance, 0, 3);
  if (kind === 0) {
    return {
      ...common,
      Operation: pick(chance, ['MessageSent', 'TeamsSessionStarted', 'MemberAdded']),
      RecordType: 25,
      Workload: 'MicrosoftTeams',
      TeamName: pick(chance, ['Prosjekt Ærlig', 'Verkauf', 'Front desk ☎']),
      Members: [{ DisplayName: user, Role: between(chance, 0, 2), UPN: user }],
    };
  }
  if (kind === 1) {
    return {
      ...common,
      Operation: 'CopilotInteraction',
      RecordType: 261,
      Workload: 'Copilot',
      CopilotEventData: {
        AppHost: 'Word',
        Messages: [
          { Id: '1', isPrompt: true },
          { Id: '2', isPrompt: false },
        ],
      },
    };
  }
  if (kind === 2) {
    return {
      ...common,
      Operation: 'AlertTriggered',
      RecordType: '40',
      Workload: 'SecurityComplianceCenter',
      AlertId: guidFrom(`alert ${user}`),
      Severity: pick(chance, ['Low', 'Medium', 'High']),
      Data: JSON.stringify({ etype: 'User', eid: user, tpid: 63, note: 'a\tb\nc' }),
    };
  }
  return {
    ...common,
    Operation: 'ViewReport',
    RecordType: pick(chance, [20, 357, 463]),
    Workload: 'PowerBI',
    ReportName: 'Umsatz 2026 – Übersicht',
    WorkSpaceName: domain,
    ConsumptionMethod: 'Power BI Web',
  };
}
