import { app, type StorageQueueHandler } from '@azure/functions';

import { functionLog } from '../shared/http/function-log.ts';
import { receivePoison } from '../shared/pipeline/receive-message.ts';
import { relayOfProcess } from '../shared/relay.ts';

/** The queue `content-poison`: what came back too often is parked, or tried once more if it was not its own fault. */
export const parkedContent: StorageQueueHandler = async (message, context) => {
  await receivePoison(relayOfProcess(functionLog(context)), message);
};

app.storageQueue('parked-content', {
  queueName: 'content-poison',
  connection: 'RelayStorage',
  handler: parkedContent,
});
