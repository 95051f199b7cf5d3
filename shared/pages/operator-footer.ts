import { html } from 'hono/html';

import type { Settings } from '../settings.ts';
import type { Html } from './page.ts';

/** Who asks and how to reach them. */
export const operatorFooter = ({ operator }: Settings): Html => html`
  <footer>
    ${operator.name}${operator.contact === undefined ? '' : html` · ${operator.contact}`}${
      operator.privacyUrl === undefined ? '' : html` · <a href="${operator.privacyUrl}">Privacy</a>`
    }
  </footer>
`;
