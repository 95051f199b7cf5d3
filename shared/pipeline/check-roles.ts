import { applicationRoles, type ContentType, roleFor } from '../activity-api/content-types.ts';
import { EntraError } from '../entra/entra-error.ts';
import type { Feed } from '../state/feeds.ts';
import type { Stored } from '../state/stored.ts';
import type { Tenant } from '../state/tenants.ts';
import { changeAll, type ChangedFeeds } from './change-all.ts';
import { changeFeed } from './change-feed.ts';
import type { Pipeline } from './pipeline.ts';

/** What a tenant's token allows. */
export interface CheckedRoles extends ChangedFeeds {
  /** Roles that the consent does not give; `undefined` if there was no token to tell. */
  readonly missingRoles: readonly string[] | undefined;
}

/** What a feed says whose permission is missing. */
export const permissionDetail = (contentType: ContentType): string =>
  `The permission ${roleFor(contentType)} is missing: the customer’s administrator has to consent again.`;

/**
 * Looks at the roles of the tenant's token before anything is asked with it: feeds whose role is missing say so and are
 * left out, the others go on. If somebody asked for a check, the token is a new one.
 * @returns the feeds that may be read; without a token none, all of them visited. Errors are part of the answer.
 */
export async function checkRoles(
  pipeline: Pipeline,
  tenant: Tenant,
  feeds: readonly Stored<Feed>[],
  signal: AbortSignal,
): Promise<CheckedRoles> {
  const { tokens } = pipeline;
  if (tenant.checkAskedAt !== undefined) tokens.forget(tenant);
  let roles: readonly string[];
  try {
    ({ roles } = await tokens.token(tenant, signal));
  } catch (error) {
    // Our own credential says nothing about any tenant; else their tenant would be the first in every cycle.
    const isOurs = error instanceof EntraError && error.kind === 'credential-refused';
    const { failures } = await changeAll(isOurs ? [] : feeds, (feed) => changeFeed(pipeline, feed, {}));
    const isRoleless = error instanceof EntraError && error.kind === 'roles-missing';
    return { feeds: [], failures: [error, ...failures], missingRoles: isRoleless ? without(error.roles) : undefined };
  }
  const isAllowed = ({ value }: Stored<Feed>): boolean => roles.includes(roleFor(value.contentType));
  const refused = feeds.filter((feed) => !isAllowed(feed) && !isKnownRefused(feed));
  const { failures } = await changeAll(refused, (feed) =>
    changeFeed(pipeline, feed, {
      state: 'permission-missing',
      detail: permissionDetail(feed.value.contentType),
      retryAt: undefined,
    }),
  );
  const allowed = feeds.filter(isAllowed);
  const nothing = allowed.length === 0 ? [nothingAllowed(tenant)] : [];
  return { feeds: allowed, failures: [...failures, ...nothing], missingRoles: without(roles) };
}

/** A tenant with content types none of which may be read has no use for its consent. */
export const nothingAllowed = ({ tenantId }: Pick<Tenant, 'tenantId'>): EntraError =>
  new EntraError(
    `The consent of tenant ${tenantId} allows none of its content types; its administrator has to consent again.`,
    { kind: 'roles-missing' },
  );

/** By the role, not by an answer of the API, after which it waits for another try. */
const isKnownRefused = ({ value }: Stored<Feed>): boolean =>
  value.state === 'permission-missing' && value.retryAt === undefined;

const without = (roles: readonly string[] = []): string[] => applicationRoles.filter((role) => !roles.includes(role));
