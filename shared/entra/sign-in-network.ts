import { Agent } from 'node:https';
import type { INetworkModule, NetworkResponse } from '@azure/msal-node';
import axios from 'axios';
import { z } from 'zod';

const json = z.record(z.string(), z.unknown());

/**
 * How the sign-in library reaches the token endpoint: directly, with a time limit, and never by a redirect. Its own client
 * has no time limit for a POST and follows redirects, with the credential in the body.
 *
 * @param limitMs for the whole request, milliseconds
 * @param scopes to ask for: the library always adds `offline_access`, a lasting access that nobody needs
 */
export function signInNetwork(limitMs: number, scopes: readonly string[]): INetworkModule {
  const httpsAgent = new Agent({ keepAlive: false });
  return {
    sendGetRequestAsync: () => Promise.reject(new Error('Everything about the authority is given; nothing is asked.')),
    async sendPostRequestAsync<T>(url: string, { headers = {}, body = '' } = {}): Promise<NetworkResponse<T>> {
      const form = new URLSearchParams(body);
      form.set('scope', scopes.join(' '));
      const { status, data } = await axios
        .post<unknown>(url, form.toString(), {
          headers,
          adapter: 'http',
          httpsAgent,
          maxRedirects: 0,
          proxy: false,
          maxContentLength: 1_048_576,
          validateStatus: null,
          signal: AbortSignal.timeout(limitMs),
        })
        .catch(() => {
          // Without the cause, which holds the request.
          throw new Error('The token endpoint gave no answer.');
        });
      const answer = json.safeParse(data);
      // The library looks at the body alone: what is neither a success nor an error of OAuth must not pass for an answer.
      if (!answer.success || (status !== 200 && typeof answer.data['error'] !== 'string')) {
        throw new Error(`The token endpoint's answer cannot be read (HTTP ${status}).`);
      }
      return { status, headers: {}, body: answer.data as T };
    },
  };
}
