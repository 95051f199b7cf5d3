import { counted } from './times.ts';

/** What a replay came to. @param replayed contents of which something is queued again */
export const replayNotice = (replayed: number): string =>
  replayed === 0
    ? 'Nothing was replayed: it may have been replayed before, be at work at this moment, or have expired.'
    : `What was parked of ${counted(replayed, 'content')} is queued again.`;
