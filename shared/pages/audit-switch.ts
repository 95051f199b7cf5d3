import { html } from 'hono/html';

import type { Html } from './page.ts';

/** Where the audit log of a tenant is switched on. */
export const auditSwitch: Html = html`
  <p>
    Open the Microsoft Purview portal (purview.microsoft.com), Audit, and choose “Start recording user and admin
    activity”; or run this in Exchange Online PowerShell:
  </p>
  <pre>Set-AdminAuditLogConfig -UnifiedAuditLogIngestionEnabled $true</pre>
  <p>It takes effect within about an hour, and is noticed by itself.</p>
`;
