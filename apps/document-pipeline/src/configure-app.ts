import { fileURLToPath } from 'node:url';
import type { NestExpressApplication } from '@nestjs/platform-express';
import type { Response } from 'express';
import { MAX_BODY_BYTES } from './http/limits.js';

/** Beside this file in src as in dist, where the build copies it. */
const PAGE = fileURLToPath(new URL('./page/public', import.meta.url));

/** What the API needs beyond its module: body limits, the page, and hooks that let workers drain. */
export function configureApp(app: NestExpressApplication): void {
  app.disable('x-powered-by');
  app.useBodyParser('json', { limit: MAX_BODY_BYTES });
  app.useStaticAssets(PAGE, { setHeaders: setPageHeaders });
  app.enableShutdownHooks();
}

function setPageHeaders(response: Response): void {
  response.set({
    'Cache-Control': 'no-cache',
    'Content-Security-Policy': "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
    'Referrer-Policy': 'no-referrer',
    'X-Content-Type-Options': 'nosniff',
  });
}
