import type { OrdinalSet } from '../records/ordinal-set.ts';

/** One content of a batch at one destination, as far as repeats go. */
export interface Party {
  readonly contentId: string;
  /** Records of the content that any destination has from it. */
  readonly delivered: OrdinalSet;
  /** Ordinals of records that were dropped because another content had them in flight, while that has no word yet. */
  readonly waitsFor: Set<number>;
  /** Ordinals of records that were dropped so, and were not taken after all. */
  readonly missed: number[];
  /** Claims of its own that others wait for. */
  readonly awaited: Set<Claim>;
  /** Its claims that have no end yet. */
  inFlight: number;
  /** Its claims are nobody's reason to wait any more, whether or not they are in flight. */
  isGivenUp: boolean;
  /** Called when `waitsFor` became empty. */
  onAnswered: (() => void) | undefined;
}

/** A record that is in flight to a destination, from the first look at it until the destination has it or the batch ends. */
export interface Claim {
  readonly owner: Party;
  /** Most have nobody who waits, and there is one for each record in flight. */
  waiting: { readonly party: Party; readonly ordinal: number }[] | undefined;
}

export const createParty = (contentId: string, delivered: OrdinalSet): Party => ({
  contentId,
  delivered,
  waitsFor: new Set(),
  missed: [],
  awaited: new Set(),
  inFlight: 0,
  isGivenUp: false,
  onAnswered: undefined,
});

export function claimFor(owner: Party): Claim {
  owner.inFlight += 1;
  return { owner, waiting: undefined };
}

/** Drops a record of `party` in favour of the copy in flight. */
export function waitFor(claim: Claim, party: Party, ordinal: number): void {
  // A copy of its own has its word before the content has.
  if (claim.owner === party) return;
  if (claim.owner.isGivenUp) {
    party.missed.push(ordinal);
    return;
  }
  party.waitsFor.add(ordinal);
  (claim.waiting ??= []).push({ party, ordinal });
  claim.owner.awaited.add(claim);
}

/** Ends a claim: tells those who wait for it whether the destination has the record now. */
export function endClaim(claim: Claim, isTaken: boolean): void {
  claim.owner.inFlight -= 1;
  answer(claim, isTaken);
}

function answer(claim: Claim, isTaken: boolean): void {
  const waiting = claim.waiting ?? [];
  claim.waiting = undefined;
  if (waiting.length > 0) claim.owner.awaited.delete(claim);
  for (const { party, ordinal } of waiting) {
    // Nobody waits any more if time ran out.
    if (!party.waitsFor.delete(ordinal)) continue;
    if (!isTaken) party.missed.push(ordinal);
    // An earlier attempt at the same content that was still under way.
    else if (claim.owner.contentId === party.contentId) party.delivered.add(ordinal);
    if (party.waitsFor.size === 0) party.onAnswered?.();
  }
}

/** Ends the waiting for everything that a content has in flight. */
export function giveUp(party: Party): void {
  party.isGivenUp = true;
  for (const claim of party.awaited) answer(claim, false);
}

/** Resolves when everything that a content was dropped in favour of has had its word, or time has run out. */
export async function answered(party: Party, signal: AbortSignal | undefined): Promise<void> {
  if (party.waitsFor.size === 0) return;
  const { promise, resolve } = Promise.withResolvers<undefined>();
  const done = (): void => {
    resolve(undefined);
  };
  party.onAnswered = done;
  signal?.addEventListener('abort', done, { once: true });
  if (signal?.aborted !== true) await promise;
  signal?.removeEventListener('abort', done);
  party.missed.push(...party.waitsFor);
  party.waitsFor.clear();
}
