import { sha256 } from '../hash.ts';
import type { Relay } from '../relay.ts';

const dayMs = 86_400_000;

/** A new invitation: the address to give to the customer's administrator, and when it stops working. */
export interface NewInvitation {
  readonly url: string;
  readonly expires: number;
  /** To be kept in the tenant's row; whichever stands there is the one that is good. */
  readonly hash: string;
}

/** Makes an invitation with a 256-bit secret, of which only the hash is stored. @throws StorageError */
export async function createInvitation(
  { random, clock, consents, settings }: Pick<Relay, 'random' | 'clock' | 'consents' | 'settings'>,
  tenantId: string,
): Promise<NewInvitation> {
  const secret = random.token(32);
  const hash = sha256(secret);
  const expires = clock.now() + settings.invitationDays * dayMs;
  await consents.addInvitation({ hash, tenantId, expires });
  return { url: `${settings.publicUrl}/consent/start?invite=${secret}`, expires, hash };
}
