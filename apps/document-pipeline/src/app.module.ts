import { type DynamicModule, Module, StandardSchemaValidationPipe } from '@nestjs/common';
import { APP_FILTER, APP_PIPE } from '@nestjs/core';
import { TerminusModule } from '@nestjs/terminus';
import { RedisStreamsModule, type RedisStreamsOptions } from 'nestjs-redis-streams';
import { CONFIG, type Config, loadConfig } from './config.js';
import { CoreModule } from './core.module.js';
import { DocumentEvents } from './documents/document-events.js';
import { DocumentIntake } from './documents/document-intake.js';
import { DocumentsController } from './documents/documents.controller.js';
import { RedisUnavailableFilter } from './http/redis-unavailable.filter.js';
import { TooLargeFilter } from './http/too-large.filter.js';
import { InferenceController } from './inference/inference.controller.js';
import { InferenceHandler } from './inference/inference.handler.js';
import { LocalModel } from './models/local-model.js';
import { OpenAiModel } from './models/open-ai-model.js';
import { TextModel } from './models/text-model.js';
import { DeadLettersController } from './operations/dead-letters.controller.js';
import { HealthController } from './operations/health.controller.js';
import { QueuesController } from './operations/queues.controller.js';
import { AnalyzeHandler } from './pipeline/analyze.handler.js';
import { WorkerPresence } from './operations/worker-presence.js';
import { WorkersController } from './operations/workers.controller.js';
import { DeadLetterListener } from './pipeline/dead-letter-listener.js';
import { Disturbance } from './pipeline/disturbance.js';
import { EmbedHandler } from './pipeline/embed.handler.js';
import { ExtractHandler } from './pipeline/extract.handler.js';
import { ExtractedTexts } from './pipeline/extracted-texts.js';
import { StageRunner } from './pipeline/stage-runner.js';
import { SummarizeHandler } from './pipeline/summarize.handler.js';

const API = [
  DocumentsController,
  InferenceController,
  HealthController,
  QueuesController,
  DeadLettersController,
  WorkersController,
];
const HANDLERS = [ExtractHandler, AnalyzeHandler, SummarizeHandler, EmbedHandler, InferenceHandler];

/** The API and the workers. One process is both, unless REDIS_STREAMS_CONSUME=false or worker.js make it one of them. */
@Module({})
export class AppModule {
  static forRoot(config: Config = loadConfig()): DynamicModule {
    return {
      module: AppModule,
      imports: [
        CoreModule.forRoot(config),
        RedisStreamsModule.forRootAsync({ inject: [CONFIG], useFactory: streamOptions }),
        TerminusModule.forRoot({ errorLogStyle: 'json' }),
      ],
      controllers: [...API, ...HANDLERS],
      providers: [
        DocumentIntake,
        DocumentEvents,
        StageRunner,
        ExtractedTexts,
        DeadLetterListener,
        Disturbance,
        WorkerPresence,
        { provide: TextModel, useFactory: () => (config.openAi ? new OpenAiModel(config.openAi) : new LocalModel()) },
        { provide: APP_PIPE, useClass: StandardSchemaValidationPipe },
        { provide: APP_FILTER, useClass: RedisUnavailableFilter },
        { provide: APP_FILTER, useClass: TooLargeFilter },
      ],
    };
  }
}

function streamOptions(config: Config): RedisStreamsOptions {
  return {
    connection: config.redisUrl,
    prefix: config.streamPrefix,
    // With the store's 2.5 s before it, a request is answered within six seconds, whatever Redis does.
    addTimeoutMs: 3_000,
    handlerDefaults: {
      // Short enough to watch retries and take-overs; a service with slow models would wait longer between runs.
      leaseMs: 10_000,
      retry: { maxDeliveries: 5, backoff: { initialMs: 500, maxMs: 10_000 }, maxAgeMs: 24 * 3_600_000 },
    },
  };
}
