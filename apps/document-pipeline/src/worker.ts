import { NestFactory } from '@nestjs/core';
import { AppModule } from './app.module.js';
import { EnvironmentError, loadConfig } from './config.js';
import { startOrExit } from './start-or-exit.js';

startOrExit(async () => {
  if (process.env.REDIS_STREAMS_CONSUME === 'false') {
    throw new EnvironmentError('REDIS_STREAMS_CONSUME=false leaves a worker nothing to do: unset it here.');
  }
  const app = await NestFactory.createApplicationContext(AppModule.forRoot(loadConfig()), { abortOnError: false });
  app.enableShutdownHooks();
});
