import type { Answer } from './answer.ts';
import { jsonAnswer } from './answer.ts';

/** An error of the Activity API in its usual shape, `{"error":{"code","message"}}`. */
export class ApiRefusal extends Error {
  override readonly name = 'ApiRefusal';
  readonly status: number;
  readonly code: string;
  readonly headers: Readonly<Record<string, string>>;

  constructor(status: number, code: string, message: string, headers: Readonly<Record<string, string>> = {}) {
    super(message);
    this.status = status;
    this.code = code;
    this.headers = headers;
  }
}

/** Headers of every answer of the API, as seen on the wire. */
export const apiHeaders: Readonly<Record<string, string>> = {
  'Cache-Control': 'no-cache',
  Pragma: 'no-cache',
  Expires: '-1',
  Server: 'Microsoft-IIS/10.0',
  'X-AspNet-Version': '4.0.30319',
  'X-Powered-By': 'ASP.NET',
};

export const refusalAsAnswer = ({ status, code, message, headers }: ApiRefusal): Answer =>
  jsonAnswer(status, { error: { code, message } }, headers);

/** No token, or one that is not good: another shape than all other errors. */
export const unauthorizedAnswer = (): Answer =>
  jsonAnswer(401, { Message: 'Authorization has been denied for this request.' }, { 'WWW-Authenticate': 'Bearer' });

const page = (status: number) =>
  `<!DOCTYPE html><html><head><title>${status}</title></head><body><h2>Our services aren't available right now</h2></body></html>`;

/** Answers that are none of the API: of ASP.NET itself (`message`), of what stands before it (`html`), or bare. */
export const brokenAnswer = (status: number, body: 'html' | 'message' | 'empty'): Answer => {
  if (body === 'message') return jsonAnswer(status, { Message: 'An error has occurred.' });
  if (body === 'empty') return { status, body: '' };
  return { status, headers: { 'Content-Type': 'text/html' }, body: page(status) };
};
