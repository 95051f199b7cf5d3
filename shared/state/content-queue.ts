/** The queue `content`, as its writers see it. Its reader is the functions host. */
export interface ContentQueue {
  /**
   * Sends one message that never expires.
   * @param text plain JSON text, at most 48 kB
   * @param delaySeconds how long it stays invisible, 0 to 604,800
   * @throws StorageError
   */
  send(text: string, delaySeconds: number): Promise<void>;
}
