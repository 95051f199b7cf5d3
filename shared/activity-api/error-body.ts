import { z } from 'zod';

/** What the body of an error says. Both are absent in a body that is no error of the API (HTML of a proxy, nothing). */
export interface ErrorBody {
  readonly code: string | undefined;
  readonly message: string | undefined;
}

const text = z.union([z.string(), z.number()]).transform(String).optional().catch(undefined);

const envelope = z.object({ error: z.object({ code: text, message: text }) });
/** Of ASP.NET itself, not of the API: refused tokens and failures that nobody caught. */
const bare = z.strictObject({ Message: z.string() });

/**
 * Reads the body of an answer that may be an error, in any of the shapes in use: `{"error":{"code","message"}}` (the
 * code may be a cut-off exception text), `{"Message"}`, or something else altogether.
 *
 * @returns `undefined` if it is neither of the two JSON shapes
 */
export function parseErrorBody(body: string): ErrorBody | undefined {
  let json: unknown;
  try {
    json = JSON.parse(body);
  } catch {
    return undefined;
  }
  const enveloped = envelope.safeParse(json);
  if (enveloped.success) return { code: enveloped.data.error.code, message: enveloped.data.error.message };
  const plain = bare.safeParse(json);
  return plain.success ? { code: undefined, message: plain.data.Message } : undefined;
}
