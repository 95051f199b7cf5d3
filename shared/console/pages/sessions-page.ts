import { html } from 'hono/html';

import type { Html, Page } from '../../pages/page.ts';
import type { Session } from '../../state/sessions.ts';
import { consolePage } from '../console-page.ts';
import type { ConsoleSession } from '../console-session.ts';
import { csrfField } from '../form.ts';
import { moment } from '../times.ts';

/** Who is signed in to the console. Operators may end anybody's session. */
export const sessionsPage = (session: ConsoleSession, all: readonly Session[]): Promise<Page> =>
  consolePage(
    { title: 'Sessions', session, current: 'sessions' },
    html`
      <h1>Who is signed in</h1>
      <p>
        A session ends eight hours after sign-in, or when it is ended here. Somebody who is to stay out also has to lose
        the app role, in the Microsoft Entra admin center.
      </p>
      <div class="scroll" role="region" aria-label="Sessions" tabindex="0">
        <table class="stack">
          <thead>
            <tr>
              <th scope="col">Name</th>
              <th scope="col">Role</th>
              <th scope="col">Signed in</th>
              <th scope="col">Ends</th>
              ${session.role === 'Operator' ? html`<th scope="col"><span class="hidden">Action</span></th>` : ''}
            </tr>
          </thead>
          <tbody>
            ${all.map((one) => row(session, one))}
          </tbody>
        </table>
      </div>
    `,
  );

const row = (session: ConsoleSession, one: Session): Html => html`
  <tr>
    <th scope="row">${one.name}${one.hash === session.hash ? ' (this session)' : ''}</th>
    <td data-name="Role">${one.role}</td>
    <td data-name="Signed in">${moment(one.signedInAt)}</td>
    <td data-name="Ends">${moment(one.expires)}</td>
    ${
      session.role === 'Operator'
        ? html`<td>
            <form method="post" action="/console/sessions">
              ${csrfField(session)}
              <input type="hidden" name="session" value="${one.hash}" />
              <button class="danger" type="submit">End<span class="hidden"> the session of ${one.name}</span></button>
            </form>
          </td>`
        : ''
    }
  </tr>
`;
