import type { Answer } from './answer.ts';
import { htmlAnswer, jsonAnswer } from './answer.ts';
import { authorizeFormAnswer, authorizePageAnswer } from './authorize.ts';
import { consentFormAnswer, consentPageAnswer } from './consent.ts';
import { discoveryAnswer, keysAnswer } from './discovery.ts';
import { EntraRefusal, refusalAnswer } from './entra-refusal.ts';
import type { HttpCall } from './http-call.ts';
import { signInErrorPage } from './login-page.ts';
import type { Operation } from './operations.ts';
import type { Simulation } from './simulation.ts';
import { tokenAnswer } from './token.ts';

interface LoginRoute {
  readonly operation: Operation;
  readonly pattern: RegExp;
  readonly methods: readonly string[];
  /** A refusal is a page and not JSON. */
  readonly page?: boolean;
  readonly answer: (simulation: Simulation, tenant: string, version: 'v1' | 'v2', call: HttpCall) => Promise<Answer>;
}

// What people and programs ask of Entra.
const discovery: LoginRoute = {
  operation: 'discovery',
  pattern: /^\/([^/]+)(\/v2\.0)?\/\.well-known\/openid-configuration$/i,
  methods: ['GET'],
  answer: async (simulation, tenant, version) => Promise.resolve(discoveryAnswer(simulation, tenant, version)),
};

const keys: LoginRoute = {
  operation: 'discovery',
  pattern: /^\/([^/]+)\/discovery(\/v2\.0)?\/keys$/i,
  methods: ['GET'],
  answer: async () => Promise.resolve(keysAnswer()),
};

const consent: LoginRoute = {
  operation: 'consent',
  pattern: /^\/([^/]+)(\/v2\.0)?\/adminconsent$/i,
  methods: ['GET', 'POST'],
  page: true,
  answer: async (simulation, tenant, version, call) =>
    call.method === 'POST'
      ? consentFormAnswer(simulation, tenant, version, new URLSearchParams(await call.text()))
      : consentPageAnswer(simulation, tenant, version, call.parameters),
};

const authorize: LoginRoute = {
  operation: 'sign-in',
  pattern: /^\/([^/]+)\/oauth2(\/v2\.0)\/authorize$/i,
  methods: ['GET', 'POST'],
  page: true,
  answer: async (simulation, tenant, _version, call) =>
    call.method === 'POST'
      ? authorizeFormAnswer(simulation, tenant, new URLSearchParams(await call.text()))
      : authorizePageAnswer(simulation, tenant, call.parameters),
};

const token: LoginRoute = {
  operation: 'token',
  pattern: /^\/([^/]+)\/oauth2(\/v2\.0)?\/token$/i,
  methods: ['POST'],
  answer: async (simulation, tenant, version, call) =>
    tokenAnswer(simulation, tenant, version, new URLSearchParams(await call.text())),
};

/** What browsers reach over plain HTTP. */
export const browserRoutes = [consent, authorize, discovery, keys];
/** What programs reach over TLS. */
export const authorityRoutes = [token, discovery, keys];

/** Answers a call of Entra; `undefined` if it is none. */
export async function answerLogin(
  simulation: Simulation,
  routes: readonly LoginRoute[],
  call: HttpCall,
): Promise<{ answer: Answer; operation: Operation; tenantId: string } | undefined> {
  for (const route of routes) {
    const [found, tenant = '', v2] = route.pattern.exec(call.path) ?? [];
    if (found === undefined) continue;
    const done = (answer: Answer) => ({
      answer,
      operation: route.operation,
      tenantId: simulation.tenants.find(tenant)?.tenantId ?? tenant,
    });
    if (!route.methods.includes(call.method)) return done(jsonAnswer(405, { error: 'method_not_allowed' }));
    try {
      return done(await route.answer(simulation, tenant, v2 === undefined ? 'v1' : 'v2', call));
    } catch (error) {
      if (!(error instanceof EntraRefusal)) throw error;
      if (route.page)
        return done(htmlAnswer(400, signInErrorPage('Sorry, but we’re having trouble signing you in.', error.message)));
      return done(refusalAnswer(error, simulation.now(), call.header('client-request-id')));
    }
  }
  return undefined;
}
