import { hash } from 'node:crypto';

/**
 * What a body is known by: the SHA-256 of its uncompressed bytes, hexadecimal. The same records in the same order have
 * the same hash however often they are sent, and compression does not come into it.
 */
export const bodyHash = (body: Uint8Array): string => hash('sha256', body, 'hex');
