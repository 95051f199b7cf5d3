import { html } from 'hono/html';

import type { Html } from './page.ts';

/** How an administrator withdraws consent, click by click. */
export const wayBack = (clientId: string): Html => html`
  <p>
    At any time, without asking anybody: in the Microsoft Entra admin center (entra.microsoft.com) open Entra ID,
    Enterprise apps, look for the application ID <code>${clientId}</code>, open Properties and choose Delete. Microsoft
    stops giving access at once; access that was just given ends within about an hour.
  </p>
`;
