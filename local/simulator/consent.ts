import type { Answer } from './answer.ts';
import { htmlAnswer, redirectAnswer } from './answer.ts';
import { consentPage } from './consent-page.ts';
import { signInErrorPage } from './login-page.ts';
import type { LoginRequest } from './login-request.ts';
import { callback, readLoginRequest, refuse, refusedLogin, signedIn } from './login-request.ts';
import { peopleFor } from './people.ts';
import { applicationRoles } from './permissions.ts';
import { findResource } from './resources.ts';
import type { Simulation } from './simulation.ts';

type Version = 'v1' | 'v2';

interface Asked extends LoginRequest {
  readonly scope: string;
}

function readAsked(simulation: Simulation, tenantText: string, version: Version, fields: URLSearchParams): Asked {
  if (tenantText === 'common' && version === 'v2') {
    throw refuse(90130, 'The /common endpoint is not supported here. Use /organizations or the tenant.');
  }
  const anyTenant = tenantText === 'organizations' || tenantText === 'common';
  const request = readLoginRequest(simulation, tenantText, anyTenant, fields);
  const scope = fields.get('scope') ?? '';
  const resource = findResource(scope.replace(/\/\.default$/, ''));
  if (version === 'v2' && (resource === undefined || !scope.endsWith('/.default'))) {
    throw refuse(70011, `The provided value for the input parameter 'scope' is not valid: '${scope}'.`);
  }
  return { ...request, scope: applicationRoles.map((role) => `${resource ?? ''}/${role}`).join(' ') };
}

/** The consent page. @throws EntraRefusal if the link is wrong */
export function consentPageAnswer(
  simulation: Simulation,
  tenantText: string,
  version: Version,
  fields: URLSearchParams,
): Answer {
  const asked = readAsked(simulation, tenantText, version, fields);
  const names = ['client_id', 'scope', 'redirect_uri', 'state'];
  return htmlAnswer(
    200,
    consentPage({
      action: `/${encodeURIComponent(tenantText)}${version === 'v2' ? '/v2.0' : ''}/adminconsent`,
      organization: asked.tenant?.name ?? 'your organization',
      clientId: asked.clientId,
      // Whoever is sent here is to be an administrator.
      accounts: peopleFor(simulation.tenants, asked.tenant)
        .toSorted((one, other) => Number(other.isAdmin) - Number(one.isAdmin))
        .map(({ account, says }) => ({ value: account, says })),
      hidden: Object.fromEntries(names.flatMap((name) => (fields.has(name) ? [[name, fields.get(name) ?? '']] : []))),
    }),
  );
}

/**
 * What the form of the consent page leads to: back to the application, or a page that says why not.
 * @throws EntraRefusal if what the form sends is wrong
 */
export function consentFormAnswer(
  simulation: Simulation,
  tenantText: string,
  version: Version,
  fields: URLSearchParams,
): Answer {
  const asked = readAsked(simulation, tenantText, version, fields);
  const v2 = version === 'v2';
  const refused = (description: string) => ({
    ...(v2 ? { admin_consent: 'True' } : {}),
    error: v2 ? 'access_denied' : 'permission_denied',
    error_description: description,
  });
  if (fields.get('answer') !== 'accept') {
    const declined = 'AADSTS65004: User declined to consent to access the app.';
    return redirectAnswer(callback(asked, refused(v2 ? declined : 'The admin canceled the request')));
  }
  const person = signedIn(simulation, asked, fields.get('account') ?? '');
  if ('status' in person) return person;
  const switched = refusedLogin(simulation, 'consent-refused', asked, v2 ? { admin_consent: 'True' } : {});
  if (switched !== undefined) return switched;
  if (!person.isAdmin) {
    const text = 'AADSTS90094: An administrator of your organization must grant this application its permissions.';
    return htmlAnswer(200, signInErrorPage('Need admin approval', text, callback(asked, refused(text))));
  }
  const { tenantId } = person.tenant;
  simulation.consents.grant({ tenantId, clientId: asked.clientId, roles: applicationRoles, granted: simulation.now() });
  const granted = { admin_consent: 'True', tenant: tenantId };
  return redirectAnswer(callback(asked, v2 ? { ...granted, scope: asked.scope } : granted));
}
