import type { HttpRequest } from '@azure/functions';
import type { z } from 'zod';

import { ApiError } from './api-error.ts';
import { isJson, notJson } from './check-caller.ts';

/** The most bytes of a request's body. */
const largestBody = 64 * 1024;

/** @throws ApiError 400, 413 */
export async function readText(request: HttpRequest): Promise<string> {
  const bytes = await request.arrayBuffer();
  if (bytes.byteLength > largestBody) {
    throw new ApiError(413, 'body_too_large', 'The request’s body is over 64 kB: send less.');
  }
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new ApiError(400, 'not_utf8', 'The request’s body is not UTF-8: send it in that encoding.');
  }
}

/**
 * The body of a request to `/api`, checked.
 * @throws ApiError 400, 413, 415
 */
export async function readJson<T>(request: HttpRequest, schema: z.ZodType<T>): Promise<T> {
  if (!isJson(request.headers.get('content-type') ?? '')) throw notJson();
  const text = await readText(request);
  // The platform hands on no body that came without its length.
  if (text === '') throw new ApiError(400, 'no_body', 'The request has no body: send JSON, with a content-length.');
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {
    throw new ApiError(400, 'not_json', 'The request’s body is not JSON: check its commas and quotes.');
  }
  const parsed = schema.safeParse(body);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  // A caller's own field names may be of any length, so they are not repeated.
  if (issue?.code === 'invalid_type' && issue.path.length === 0) {
    throw new ApiError(400, 'invalid_body', 'The body must be a JSON object: put its fields in { and }.');
  }
  const why = issue?.code === 'unrecognized_keys' ? 'it has a field that is not known here' : issue?.message;
  const place = issue === undefined || issue.path.length === 0 ? 'The body' : `"${issue.path.join('.')}"`;
  throw new ApiError(400, 'invalid_body', `${place} is not right: ${why ?? 'unknown'}.`);
}
