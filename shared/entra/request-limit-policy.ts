import type { ClientSecretCredentialOptions } from '@azure/identity';

type AdditionalPolicy = NonNullable<ClientSecretCredentialOptions['additionalPolicies']>[number];

/** The last answer to a request for the tenant's metadata that was no success. */
export interface RefusedMetadata {
  status: number;
  body: string;
}

/**
 * Ends a request of the identity library after a while, its retries included: it has no time-out of its own. And keeps
 * what the library drops: why the metadata of a tenant was refused (that a tenant is unknown may be said only there).
 *
 * @param limitMs for one request, milliseconds
 */
export function requestLimitPolicy(limitMs: number, onRefused: (answer: RefusedMetadata) => void): AdditionalPolicy {
  return {
    position: 'perCall',
    policy: {
      name: 'requestLimitPolicy',
      async sendRequest(request, next) {
        const limit = AbortSignal.timeout(limitMs);
        const given = request.abortSignal;
        const stop = new AbortController();
        const abort = (): void => {
          stop.abort();
        };
        limit.addEventListener('abort', abort);
        given?.addEventListener('abort', abort);
        if (given?.aborted === true) abort();
        request.abortSignal = stop.signal;
        const response = await next(request);
        if (response.status >= 400 && new URL(request.url).pathname.endsWith('/.well-known/openid-configuration')) {
          onRefused({ status: response.status, body: response.bodyAsText ?? '' });
        }
        return response;
      },
    },
  };
}
