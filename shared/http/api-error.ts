import type { HttpResponseInit } from '@azure/functions';

/** An answer of `/api` that refuses what was asked, with one sentence that says what to do. */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  readonly status: number;
  readonly code: string;

  constructor(status: number, code: string, message: string) {
    super(message);
    this.status = status;
    this.code = code;
  }
}

export const errorAnswer = (status: number, code: string, message: string): HttpResponseInit => ({
  status,
  headers: { 'cache-control': 'no-store' },
  jsonBody: { error: { code, message } },
});
