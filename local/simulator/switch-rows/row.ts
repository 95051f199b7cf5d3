import { z } from 'zod';
import { operations } from '../operations.ts';

/** One switch: what it does, what it stands for, what it may be set to, and what it is when nobody set it. */
export const row = <Schema extends z.ZodType>(does: string, from: string, schema: Schema, off: z.output<Schema>) => ({
  does,
  from,
  schema,
  off,
});

/** How often; `null` is without end. */
export const times = z.int().min(0).nullable();
/** Which operations; all of them if none is named. */
export const some = z.array(z.enum(operations)).optional();
export const seconds = z.number().min(0);
