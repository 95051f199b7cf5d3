/**
 * Runs `work` on every item, at most `limit` at once, in order of the list.
 * @throws the first error, after the work that had begun is done; what had not begun is not begun
 */
export async function forEachLimited<T>(
  items: readonly T[],
  limit: number,
  work: (item: T) => Promise<void>,
): Promise<void> {
  const rest = items.values();
  let failed = false;
  const worker = async (): Promise<void> => {
    for (const item of rest) {
      if (failed) return;
      try {
        await work(item);
      } catch (error) {
        failed = true;
        throw error;
      }
    }
  };
  const workers = await Promise.allSettled(Array.from({ length: Math.min(limit, items.length) }, worker));
  const broken = workers.find((result) => result.status === 'rejected');
  if (broken) throw broken.reason;
}
