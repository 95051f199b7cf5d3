/** Milliseconds that every request to a storage account of the same region is given to take longer than to one here. */
export const storageLatencyMs = 5;

/** The same of the Activity API, before its answer begins. */
export const apiLatencyMs = 150;
