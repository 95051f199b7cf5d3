import { hourMs } from '../activity-api/hours.ts';
import type { LedgerContent } from '../state/ledger-row.ts';

/** Processes that were started with other settings, before or after, are gone by then. */
const restartMs = hourMs;

/**
 * Whether a destination that a content is owed to is one that nobody serves any more. While processes restart one after
 * another, an old one may meet what a new one listed for a destination that it does not know: that stays owed.
 */
export const isGone = (
  destination: string,
  { firstSeen }: LedgerContent,
  { configured, now }: { readonly configured: ReadonlySet<string>; readonly now: number },
): boolean => !configured.has(destination) && firstSeen <= now - restartMs;
