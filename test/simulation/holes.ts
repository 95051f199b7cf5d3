import type { Delivery, Destination } from '../../shared/delivery/destination.ts';
import { taken } from '../../shared/delivery/destination.ts';
import type { Pipeline } from '../../shared/pipeline/pipeline.ts';
import { enqueue } from '../../shared/pipeline/enqueue.ts';
import type { BatchRepeats } from '../../shared/repeats/repeats.ts';
import type { Hole } from './world.ts';

const withDestinations = (pipeline: Pipeline, change: (inner: Destination) => Destination['deliver']): Pipeline => ({
  ...pipeline,
  destinations: pipeline.destinations.map((inner) => ({ ...inner, deliver: change(inner) })),
});

const reprinted = (delivery: Delivery): Delivery => ({
  ...delivery,
  records: delivery.records.map((record) => ({
    ...record,
    bytes: Buffer.from(JSON.stringify(JSON.parse(Buffer.from(record.bytes).toString()))),
  })),
});

/** What is fresh to nobody but the table of seen records. */
function forgetful(inner: BatchRepeats): BatchRepeats {
  return {
    ...inner,
    sort: (_destination, _contentId, records) => Promise.resolve({ fresh: records, had: [], repeats: [] }),
  };
}

/** Ways to build the pipeline wrongly, by what is left out. The simulation has to find each. */
export const holes: Readonly<Record<string, { readonly profile: string; readonly hole: Hole }>> = {
  'seen is not read': {
    profile: 'calm',
    hole: (pipeline) => ({
      ...pipeline,
      repeats: { begin: (feed, signal) => forgetful(pipeline.repeats.begin(feed, signal)) },
    }),
  },
  'contents are settled without insisting on the etag': {
    profile: 'crowd',
    hole: (pipeline) => {
      const { ledger } = pipeline;
      return {
        ...pipeline,
        ledger: {
          ...ledger,
          async replace(feed, hour, changes) {
            const ids = changes.map(({ value }) => value.id);
            const rows = await ledger.contents(feed, hour, ids);
            const forced = changes.map((change) => ({
              ...change,
              etag: rows.get(change.value.id)?.etag ?? change.etag,
            }));
            return ledger.replace(feed, hour, forced);
          },
        },
      };
    },
  },
  'the message is sent before the row is there': {
    profile: 'calm',
    hole: (pipeline) => ({
      ...pipeline,
      ledger: {
        ...pipeline.ledger,
        async insert(feed, hour, contents) {
          await enqueue(pipeline, feed, hour, contents, { attempt: 1 });
          return pipeline.ledger.insert(feed, hour, contents);
        },
      },
    }),
  },
  'hours are opened without a row in the index': {
    profile: 'calm',
    hole: (pipeline) => ({ ...pipeline, openHours: { ...pipeline.openHours, touch: () => Promise.resolve() } }),
  },
  'a request that failed counts as taken': {
    profile: 'down',
    hole: (pipeline) =>
      withDestinations(pipeline, (inner) => async (delivery, signal) => {
        try {
          return await inner.deliver(delivery, signal);
        } catch {
          return delivery.records.map(() => taken);
        }
      }),
  },
  'records are parsed and printed again': {
    profile: 'calm',
    hole: (pipeline) =>
      withDestinations(pipeline, (inner) => (delivery, signal) => inner.deliver(reprinted(delivery), signal)),
  },
  'holds of others are not seen': {
    profile: 'crowd',
    hole: (pipeline) => ({
      ...pipeline,
      ledger: {
        ...pipeline.ledger,
        async contents(feed, hour, ids) {
          const rows = await pipeline.ledger.contents(feed, hour, ids);
          return new Map(
            [...rows].map(([id, { value, etag }]) => [id, { value: { ...value, hold: undefined }, etag }]),
          );
        },
      },
    }),
  },
  'what was dropped is not known as such when its tenant is added again': {
    profile: 'persons',
    hole: (pipeline) => ({
      ...pipeline,
      ledger: {
        ...pipeline.ledger,
        replace: (feed, hour, changes) =>
          pipeline.ledger.replace(
            feed,
            hour,
            changes.map((change) => ({
              ...change,
              value: { ...change.value, reason: change.value.reason === 'off-boarded' ? 'gone' : change.value.reason },
            })),
          ),
      },
    }),
  },
  'who leaves with drain is not waited for': {
    profile: 'persons',
    hole: (pipeline) => ({ ...pipeline, openHours: { ...pipeline.openHours, ofFeed: () => Promise.resolve([]) } }),
  },
  'nobody writes down that a subscription is stopped, or gone': {
    profile: 'persons',
    hole: (pipeline) => ({
      ...pipeline,
      feeds: { ...pipeline.feeds, replace: (feed, etag) => pipeline.feeds.replace({ ...feed, stops: [] }, etag) },
    }),
  },
  'who is added again has never been stopped before': {
    profile: 'persons',
    hole: (pipeline) => ({ ...pipeline, leftFeeds: { ...pipeline.leftFeeds, put: () => Promise.resolve() } }),
  },
  'saved bodies are never deleted': {
    profile: 'persons',
    hole: (pipeline) => ({
      ...pipeline,
      saved: {
        ...pipeline.saved,
        forgetAll: () => Promise.resolve(),
        forgetContent: () => Promise.resolve(),
      },
    }),
  },
  'marks of destinations that are down are not seen': {
    profile: 'down',
    hole: (pipeline) => ({
      ...pipeline,
      destinationMarks: {
        ...pipeline.destinationMarks,
        all: () => Promise.resolve(new Map()),
        recent: () => Promise.resolve(new Map()),
      },
    }),
  },
  'one record too many is counted': {
    profile: 'calm',
    hole: (pipeline) => ({
      ...pipeline,
      ledger: {
        ...pipeline.ledger,
        replace: (feed, hour, changes) =>
          pipeline.ledger.replace(
            feed,
            hour,
            changes.map((change) => ({
              ...change,
              value: {
                ...change.value,
                records: { ...change.value.records, delivered: change.value.records.delivered + 1 },
              },
            })),
          ),
      },
    }),
  },
};
