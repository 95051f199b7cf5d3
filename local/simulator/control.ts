import { z } from 'zod';
import type { Answer } from './answer.ts';
import { jsonAnswer } from './answer.ts';
import { contentTypes } from './content-types.ts';
import { guidPattern } from './guid.ts';
import type { HttpCall } from './http-call.ts';
import { applicationRoles } from './permissions.ts';
import { SimulatorError } from './simulator-error.ts';
import type { Simulator } from './simulator.ts';
import { isSwitchName, switchTable } from './switch-table.ts';

type Handler = (simulator: Simulator, body: unknown) => unknown;

const guid = z.string().regex(guidPattern, 'no GUID');
const time = z.union([z.number(), z.iso.datetime({ offset: true }).transform((text) => Date.parse(text))]).optional();
const contentType = z.enum(contentTypes);
const scope = { tenantId: guid.optional(), contentType: contentType.optional() };

const tenantBody = z.strictObject({
  tenantId: guid,
  name: z.string().min(1),
  domain: z.string().min(1),
  gcc: z.boolean().default(false),
  home: z.boolean().optional(),
});
const consentBody = z.strictObject({
  tenantId: guid,
  clientId: guid,
  roles: z.array(z.string()).default([...applicationRoles]),
});
const withdrawBody = z.strictObject({ tenantId: guid, clientId: guid });
const secretBody = z.strictObject({ clientId: guid, secret: z.string().min(1) });
const switchBody = z.strictObject({ name: z.string(), value: z.unknown(), ...scope });
const resetBody = z.strictObject({ name: z.string().optional(), ...scope });
const offerBody = z.strictObject({
  tenantId: z.string(),
  contentType,
  records: z.array(z.unknown()).optional(),
  body: z.string().optional(),
  generate: z.strictObject({ records: z.int().min(0), bytesPerRecord: z.int().min(1) }).optional(),
  created: time,
  expires: time,
  listable: time,
  contentId: z.string().optional(),
});

function parse<Schema extends z.ZodType>(schema: Schema, body: unknown): z.output<Schema> {
  const parsed = schema.safeParse(body);
  if (parsed.success) return parsed.data;
  throw new SimulatorError(`The body of the request is not as it should be: ${z.prettifyError(parsed.error)}`);
}

function offer(simulator: Simulator, body: unknown): unknown {
  const { tenantId, contentType: type, records, body: text, generate, ...options } = parse(offerBody, body);
  const what = records !== undefined ? { records } : text !== undefined ? { body: text } : generate && { generate };
  if (what === undefined) throw new SimulatorError('An offer needs one of "records", "body" and "generate"; give one.');
  const { id, created, expires, records: count } = simulator.offer(tenantId, type, what, options);
  return {
    contentId: id,
    created: new Date(created).toISOString(),
    expires: new Date(expires).toISOString(),
    records: count,
  };
}

const handlers: Readonly<Record<string, Handler>> = {
  'GET ': ({ loginUrl, managementUrl, authorityUrl }) => ({ loginUrl, managementUrl, authorityUrl }),
  'GET certificate': ({ certificate }) => ({ certificate }),
  'GET tenants': (simulator) => ({ tenants: simulator.tenants.list() }),
  'POST tenants': (simulator, body) => simulator.tenants.add(parse(tenantBody, body)),
  'DELETE tenants': (simulator, body) => {
    simulator.tenants.remove(parse(z.strictObject({ tenantId: guid }), body).tenantId);
    return {};
  },
  'GET consent': (simulator) => ({ consents: simulator.consents() }),
  'POST consent': (simulator, body) => {
    const { tenantId, clientId, roles } = parse(consentBody, body);
    simulator.consent(tenantId, clientId, roles);
    return {};
  },
  'DELETE consent': (simulator, body) => {
    const { tenantId, clientId } = parse(withdrawBody, body);
    simulator.withdraw(tenantId, clientId);
    return {};
  },
  'POST secret': (simulator, body) => {
    const { clientId, secret } = parse(secretBody, body);
    simulator.setClientSecret(clientId, secret);
    return {};
  },
  'GET switches': (simulator) => ({
    switches: Object.entries(switchTable).map(([name, { does, from, off, schema }]) => ({
      name,
      does,
      from,
      off,
      accepts: z.toJSONSchema(schema, { io: 'input' }),
    })),
    settings: simulator.switches.settings(),
  }),
  'POST switches': (simulator, body) => {
    const { name, value, ...where } = parse(switchBody, body);
    simulator.switches.setText(name, value, where);
    return { settings: simulator.switches.settings() };
  },
  'DELETE switches': (simulator, body) => {
    const { name, ...where } = parse(resetBody, body ?? {});
    if (name !== undefined && !isSwitchName(name)) throw new SimulatorError(`There is no switch "${name}" to reset.`);
    const scoped = where.tenantId !== undefined || where.contentType !== undefined;
    simulator.switches.reset(name, scoped ? where : undefined);
    return { settings: simulator.switches.settings() };
  },
  'POST offer': offer,
  'GET offered': (simulator) => simulator.offered(),
  'GET requests': (simulator) => ({ requests: simulator.requests() }),
  'DELETE requests': (simulator) => {
    simulator.clearRequests();
    return {};
  },
};

/** The path that a call of the control has, if it is one. */
export const isControl = (path: string): boolean => path === '/_simulator' || path.startsWith('/_simulator/');

/** Answers `/_simulator/...`: all that can be done by code, over HTTP. @throws SimulatorError if the body is wrong */
export async function answerControl(simulator: Simulator, call: HttpCall): Promise<Answer> {
  const name = call.path.replace(/^\/_simulator\/?/, '');
  const handler = handlers[`${call.method} ${name}`];
  if (handler === undefined) {
    const message = `There is no ${call.method} ${call.path}; these are: ${Object.keys(handlers).join(', ')}.`;
    return jsonAnswer(404, { error: { code: 'not_found', message } });
  }
  const text = await call.text();
  let body: unknown;
  try {
    body = text === '' ? undefined : JSON.parse(text);
  } catch (cause) {
    throw new SimulatorError('The body of the request is no JSON; send JSON.', { cause });
  }
  return jsonAnswer(200, handler(simulator, body));
}
