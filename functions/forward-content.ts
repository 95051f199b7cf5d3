import { app, type InvocationContext, type StorageQueueHandler } from '@azure/functions';

import { functionLog } from '../shared/http/function-log.ts';
import { receiveMessage } from '../shared/pipeline/receive-message.ts';
import type { Receipt } from '../shared/pipeline/take-contents.ts';
import { relayOfProcess } from '../shared/relay.ts';

/** The queue `content`: fetches the contents of one batch and forwards their records. */
export const forwardContent: StorageQueueHandler = async (message, context) => {
  await receiveMessage(relayOfProcess(functionLog(context)), message, receiptOf(context));
};

/** A message without its own words (a hand-made call) counts as one of its own, delivered for the first time. */
function receiptOf({ triggerMetadata, invocationId }: InvocationContext): Receipt {
  const id = triggerMetadata?.['id'];
  const dequeueCount = triggerMetadata?.['dequeueCount'];
  return {
    messageId: typeof id === 'string' ? id : invocationId,
    dequeueCount: typeof dequeueCount === 'number' ? dequeueCount : Number(dequeueCount ?? 1) || 1,
  };
}

app.storageQueue('forward-content', {
  queueName: 'content',
  connection: 'RelayStorage',
  handler: forwardContent,
});
