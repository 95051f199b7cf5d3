import type { AccessToken } from './access-token.ts';
import type { ContentType } from './content-types.ts';
import { findContentType } from './content-types.ts';
import { ApiRefusal } from './api-refusal.ts';

/** A call of the Activity API by somebody who may make it. */
export interface ApiRequest {
  /** GUID in lower case. */
  readonly tenantId: string;
  readonly token: AccessToken;
  /** Query parameters by lower-case name. */
  readonly query: ReadonlyMap<string, string>;
  /** PublisherIdentifier, or the zero GUID of the pool that all who send none share. */
  readonly publisherId: string;
  /** What the body said; '' without one. */
  readonly body: string;
}

/** The content type that a call names. @throws ApiRefusal if it names none, or one that does not exist */
export function contentTypeOf(query: ReadonlyMap<string, string>): ContentType {
  const text = query.get('contenttype');
  if (text === undefined) throw new ApiRefusal(400, 'AF20001', 'Missing parameter: contentType.');
  const contentType = findContentType(text);
  if (contentType === undefined) throw new ApiRefusal(400, 'AF20020', 'The specified content type is not valid.');
  return contentType;
}
