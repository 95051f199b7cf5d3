import { z } from 'zod';

import { checkQuery, type DocumentedEvent } from './events.ts';

const shape = z.looseObject({
  items: z.array(z.looseObject({ name: z.string(), content: z.looseObject({ query: z.string().optional() }) })),
});

/** @returns what the workbook's queries look for that no event has @throws ZodError if it is no workbook */
export const checkWorkbook = (text: string, events: ReadonlyMap<string, DocumentedEvent>): string[] =>
  shape
    .parse(JSON.parse(text))
    .items.flatMap(({ name, content: { query } }) =>
      query?.includes('AppTraces') === true ? checkQuery(`Workbook item ${name}`, query, events) : [],
    );
