import type { HttpRequest } from '@azure/functions';
import type { z } from 'zod';

import { ApiError } from './api-error.ts';

/** The most bytes of a request's body. */
const largestBody = 64 * 1024;

/** @throws ApiError 413 */
export async function readText(request: HttpRequest): Promise<string> {
  const bytes = await request.arrayBuffer();
  if (bytes.byteLength > largestBody) {
    throw new ApiError(413, 'body_too_large', 'The request’s body is over 64 kB: send less.');
  }
  return new TextDecoder().decode(bytes);
}

/**
 * The body of a request to `/api`, checked.
 * @throws ApiError 400, 413, 415
 */
export async function readJson<T>(request: HttpRequest, schema: z.ZodType<T>): Promise<T> {
  const type = request.headers.get('content-type')?.split(';')[0]?.trim().toLowerCase();
  if (type !== 'application/json') {
    throw new ApiError(415, 'not_json', 'Send the body as application/json: set the header content-type.');
  }
  const text = await readText(request);
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {
    throw new ApiError(400, 'not_json', 'The request’s body is not JSON: check its commas and quotes.');
  }
  const parsed = schema.safeParse(body);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  const place = issue === undefined || issue.path.length === 0 ? 'The body' : `"${issue.path.join('.')}"`;
  throw new ApiError(400, 'invalid_body', `${place} is not right: ${issue?.message ?? 'unknown'}.`);
}
