import { setTimeout as delay } from 'node:timers/promises';
import { readToken } from './access-token.ts';
import type { AccessToken } from './access-token.ts';
import type { Answer } from './answer.ts';
import { jsonAnswer } from './answer.ts';
import { ApiRefusal, apiHeaders, refusalAsAnswer, unauthorizedAnswer } from './api-refusal.ts';
import type { ApiRequest } from './api-request.ts';
import { fetchAnswer } from './fetch-answer.ts';
import { interrupted, refusedBySwitch } from './call-switches.ts';
import { findContentType } from './content-types.ts';
import { isGuid } from './guid.ts';
import type { HttpCall } from './http-call.ts';
import { listAnswer } from './list-answer.ts';
import type { Operation } from './operations.ts';
import { createQuota, publisherOf } from './quota.ts';
import type { Quota } from './quota.ts';
import { findResource } from './resources.ts';
import type { Simulation } from './simulation.ts';
import { startAnswer, stopAnswer, subscriptionsAnswer } from './subscription-answers.ts';
import { strike } from './strike.ts';

interface Route {
  readonly method: 'GET' | 'POST';
  readonly operation: Operation;
  readonly answer: (simulation: Simulation, request: ApiRequest, contentId: string) => Answer | Promise<Answer>;
}

const routes: Readonly<Record<string, Route>> = {
  'subscriptions/start': { method: 'POST', operation: 'start', answer: startAnswer },
  'subscriptions/stop': { method: 'POST', operation: 'stop', answer: stopAnswer },
  'subscriptions/list': { method: 'GET', operation: 'subscriptions', answer: subscriptionsAnswer },
  'subscriptions/content': { method: 'GET', operation: 'list', answer: listAnswer },
  audit: { method: 'GET', operation: 'fetch', answer: fetchAnswer },
};

const pattern = /^\/api\/v1(?:\.0)?\/([^/]+)\/activity\/feed\/(subscriptions\/\w+|audit)(?:\/([^/]+))?\/?$/i;

/** The path of the API that a call is for, if it is for the API. */
export function apiPath(path: string): { tenantText: string; route: Route; contentId: string } | undefined {
  const [, tenantText = '', name = '', contentId = ''] = pattern.exec(path) ?? [];
  const route = routes[name.toLowerCase()];
  return route && (route.operation === 'fetch') === (contentId !== '') ? { tenantText, route, contentId } : undefined;
}

function findToken(simulation: Simulation, call: HttpCall): AccessToken | undefined {
  const [, text = ''] = /^Bearer (.+)$/i.exec(call.header('authorization') ?? '') ?? [];
  const token = text === '' ? undefined : readToken(simulation.key, text, simulation.now());
  return token !== undefined && findResource(token.audience) !== undefined ? token : undefined;
}

/**
 * @throws ApiRefusal if the path names no tenant, another one than the token, or one that is gone
 * @returns the tenant whom the call is for
 */
function checkTenant(simulation: Simulation, tenantText: string, token: AccessToken, route: Route): string {
  if (!isGuid(tenantText)) {
    throw new ApiRefusal(400, 'AF20013', `The tenant ID passed in the URL (${tenantText}) is not a valid GUID.`);
  }
  if (tenantText.toLowerCase() !== token.tenantId) {
    if (simulation.switches.get('tenant-in-path', { tenantId: token.tenantId }) === 'strict') {
      const text = `The tenant ID passed in the URL (${tenantText}) does not match the tenant ID passed in the access token (${token.tenantId}).`;
      throw new ApiRefusal(400, 'AF20010', text);
    }
    if (route.operation === 'fetch') throw new ApiRefusal(400, 'AF20052', 'Blob key in the url is invalid');
  }
  if (simulation.tenants.find(token.tenantId) === undefined) {
    const text = `Specified tenant ID (${tenantText}) does not exist in the system or has been deleted.`;
    throw new ApiRefusal(400, 'AF20011', text);
  }
  return token.tenantId;
}

/** What is said without a look at the call's token. */
function answerAnybody(call: HttpCall, route: Route): Answer | undefined {
  if (call.method !== route.method) {
    return jsonAnswer(405, { Message: `The requested resource does not support http method '${call.method}'.` });
  }
  if (call.method === 'POST' && !call.hasLength) {
    return {
      status: 411,
      headers: { 'Content-Type': 'text/html; charset=us-ascii' },
      body: '<h2>Length Required</h2>',
    };
  }
  return undefined;
}

async function answerCall(simulation: Simulation, quota: Quota, call: HttpCall): Promise<Answer> {
  const path = apiPath(call.path);
  if (path === undefined) {
    return jsonAnswer(404, { Message: `No HTTP resource was found that matches the request URI '${call.path}'.` });
  }
  const { tenantText, route, contentId } = path;
  const { operation } = route;
  const { switches } = simulation;
  const tenant = tenantText.toLowerCase();
  const contentType =
    simulation.contents.find(tenant, contentId)?.contentType ?? findContentType(call.query.get('contenttype') ?? '');
  const named = { tenantId: tenant, contentType };
  const latency = switches.get('latency-ms', named);
  if (latency > 0) await delay(latency, undefined, { signal: simulation.signal });
  const interruption = answerAnybody(call, route) ?? interrupted(simulation, call, named, operation);
  if (interruption !== undefined) return interruption;
  const token = findToken(simulation, call);
  if (token === undefined || strike(switches, 'unauthorized', named, operation)) return unauthorizedAnswer();
  try {
    const tenantId = checkTenant(simulation, tenantText, token, route);
    const publisherId = publisherOf(call.query);
    const request: ApiRequest = { tenantId, token, query: call.query, publisherId, body: await call.text() };
    quota(request, operation);
    const refusal = refusedBySwitch(switches, named, operation);
    if (refusal !== undefined) throw refusal;
    const answer = await route.answer(simulation, request, contentId);
    const type = switches.get('wrong-content-type', named);
    return type === null ? answer : { ...answer, headers: { ...answer.headers, 'Content-Type': type } };
  } catch (error) {
    if (error instanceof ApiRefusal) return refusalAsAnswer(error);
    throw error;
  }
}

/** Answers calls of the Activity API. */
export function createApi(simulation: Simulation): (call: HttpCall) => Promise<Answer> {
  const quota = createQuota(simulation);
  return async (call) => {
    const answer = await answerCall(simulation, quota, call);
    return { ...answer, headers: { ...apiHeaders, ...answer.headers } };
  };
}
