import { app, type HttpHandler } from '@azure/functions';

import { homePath } from '../shared/console/return-path.ts';
import { seeOther } from '../shared/http/see-other.ts';

/** `GET /`: whoever comes by the bare address of the app is looking for the console. */
export const home: HttpHandler = () => seeOther(homePath);

app.http('home', { route: '/', methods: ['GET'], authLevel: 'anonymous', handler: home });
