/** What a request is for: `listing` (of contents and subscriptions) goes on while contents are fetched, however slowly. */
export type RequestUse = 'listing' | 'fetching';
