import { Logger } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { AppModule } from './app.module.js';
import { loadConfig } from './config.js';
import { configureApp } from './configure-app.js';
import { startOrExit } from './start-or-exit.js';

startOrExit(async () => {
  const config = loadConfig();
  // Handlers have drained by the time connections are closed; idle browsers must not hold up the exit.
  const app = await NestFactory.create<NestExpressApplication>(AppModule.forRoot(config), {
    abortOnError: false,
    forceCloseConnections: true,
  });
  configureApp(app);
  await app.listen(config.port, config.host);
  new Logger('Start').log(`Listening on ${await app.getUrl()}`);
});
