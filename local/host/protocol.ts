import { z } from 'zod';

/**
 * What the host and the app's process say to each other: the messages of the language worker protocol that
 * `@azure/functions` needs, as plain objects over the IPC channel instead of gRPC.
 */

const nullable = <Value extends z.ZodType>(value: Value) => z.object({ value }).nullish();

const cookie = z.object({
  name: z.string(),
  value: z.string(),
  domain: nullable(z.string()),
  path: nullable(z.string()),
  expires: nullable(z.object({ seconds: z.number() })),
  secure: nullable(z.boolean()),
  httpOnly: nullable(z.boolean()),
  sameSite: z.enum(['none', 'lax', 'strict', 'explicitNone']).nullish(),
  maxAge: nullable(z.number()),
});

const plainData = z.object({
  string: z.string().nullish(),
  json: z.string().nullish(),
  bytes: z.instanceof(Uint8Array).nullish(),
  int: z.number().nullish(),
  double: z.number().nullish(),
});

const httpAnswer = z.object({
  statusCode: z.string(),
  headers: z.record(z.string(), z.string()).nullish(),
  cookies: z.array(cookie).nullish(),
  body: plainData.nullish(),
});

const returnValue = plainData.extend({ http: httpAnswer.nullish() }).nullish();

const binding = z.looseObject({ type: z.string(), direction: z.string() });

const registered = z.object({ name: z.string(), bindings: z.record(z.string(), binding) });

/** What the app's process says. It is checked, because the app shares the process and may say anything. */
export const fromApp = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('ready'), functions: z.array(registered) }),
  z.object({ kind: z.literal('failed'), message: z.string() }),
  z.object({
    kind: z.literal('log'),
    level: z.string(),
    category: z.string(),
    message: z.string(),
    invocationId: z.string().optional(),
  }),
  z.object({ kind: z.literal('done'), invocationId: z.string(), returnValue }),
  z.object({ kind: z.literal('error'), invocationId: z.string(), message: z.string(), stack: z.string() }),
]);

export type FromApp = z.infer<typeof fromApp>;
export type RegisteredFunction = z.infer<typeof registered>;
export type ReturnValue = z.infer<typeof returnValue>;
export type HttpAnswer = z.infer<typeof httpAnswer>;
export type AnswerCookie = z.infer<typeof cookie>;
export type PlainData = z.infer<typeof plainData>;

export type NullableMap = Readonly<Record<string, { readonly value: string }>>;

/** An HTTP request as the real host hands it over: header names in lower case, repeated query keys joined. */
export interface HttpData {
  readonly url: string;
  readonly method: string;
  readonly nullableHeaders: NullableMap;
  readonly nullableQuery: NullableMap;
  readonly nullableParams: NullableMap;
  readonly body?: { readonly bytes: Uint8Array };
}

/** One value of an invocation's input; exactly one key is set. */
export type InputData = { readonly string: string } | { readonly json: string } | { readonly http: HttpData };

/** One call of a function. */
export interface InvocationRequest {
  readonly invocationId: string;
  readonly functionId: string;
  readonly inputData: readonly { readonly name: string; readonly data: InputData }[];
  readonly triggerMetadata: Readonly<Record<string, InputData>>;
  readonly traceContext: {
    readonly traceParent: string;
    readonly traceState: string;
    readonly attributes: Readonly<Record<string, string>>;
  };
}

/** What the host says to the app's process. */
export type ToApp = { readonly kind: 'invoke'; readonly request: InvocationRequest } | { readonly kind: 'terminate' };
