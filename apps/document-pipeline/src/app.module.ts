import { type DynamicModule, Module, StandardSchemaValidationPipe } from '@nestjs/common';
import { APP_FILTER, APP_PIPE } from '@nestjs/core';
import { TerminusModule } from '@nestjs/terminus';
import { RedisStreamsModule, type RedisStreamsOptions } from 'nestjs-redis-streams';
import { RedisStreamsMetricsModule } from 'nestjs-redis-streams/metrics';
import { Registry } from 'prom-client';
import { Callers } from './chat/callers.js';
import { ChatController } from './chat/chat.controller.js';
import { ChatHandler } from './chat/chat.handler.js';
import { Chats } from './chat/chats.js';
import { UiMessageStreamController } from './chat/ui-message-stream/ui-message-stream.controller.js';
import { CONFIG, type Config, loadConfig } from './config.js';
import { DigestHandler } from './digests/digest.handler.js';
import { DigestsController } from './digests/digests.controller.js';
import { DocumentEvents } from './documents/document-events.js';
import { Documents } from './documents/documents.js';
import { DocumentsController } from './documents/documents.controller.js';
import { MAX_BODY_BYTES } from './http/limits.js';
import { RedisUnavailableFilter } from './http/redis-unavailable.filter.js';
import { TooLargeFilter } from './http/too-large.filter.js';
import { InferenceController } from './inference/inference.controller.js';
import { InferenceHandler } from './inference/inference.handler.js';
import { LocalModel } from './models/local-model.js';
import { OpenAiModel } from './models/open-ai-model.js';
import { TextModel } from './models/text-model.js';
import { tracesOnConsole } from './operations/console-traces.js';
import { DeadLettersController } from './operations/dead-letters.controller.js';
import { HealthController } from './operations/health.controller.js';
import { MetricsController } from './operations/metrics.controller.js';
import { QueuesController } from './operations/queues.controller.js';
import { AnalyzeHandler } from './pipeline/analyze.handler.js';
import { EmbedHandler } from './pipeline/embed.handler.js';
import { ExtractHandler } from './pipeline/extract.handler.js';
import { Stages } from './pipeline/stages.js';
import { SummarizeHandler } from './pipeline/summarize.handler.js';
import { QUEUES } from './streams.js';
import { Disturbance } from './tasks/disturbance.js';
import { Runs } from './tasks/runs.js';

const API = [
  DocumentsController,
  InferenceController,
  ChatController,
  UiMessageStreamController,
  HealthController,
  QueuesController,
  DeadLettersController,
  MetricsController,
  DigestsController,
];
const HANDLERS = [
  ExtractHandler,
  AnalyzeHandler,
  SummarizeHandler,
  EmbedHandler,
  InferenceHandler,
  ChatHandler,
  DigestHandler,
];

/** The API and the workers. One process is both, unless REDIS_STREAMS_CONSUME=false or worker.js make it one of them. */
@Module({})
export class AppModule {
  static forRoot(config: Config = loadConfig()): DynamicModule {
    const registry = new Registry();
    return {
      module: AppModule,
      imports: [
        RedisStreamsModule.forRoot(streamOptions(config)),
        // A process that runs no handlers tells of the queues, too.
        RedisStreamsMetricsModule.forRoot({ registry, server: { streams: [...QUEUES] } }),
        ...(config.hasConsoleTraces ? [tracesOnConsole()] : []),
        TerminusModule.forRoot({ errorLogStyle: 'json' }),
      ],
      controllers: [...API, ...HANDLERS],
      providers: [
        { provide: CONFIG, useValue: config },
        { provide: Registry, useValue: registry },
        Documents,
        DocumentEvents,
        Stages,
        Callers,
        Chats,
        Runs,
        Disturbance,
        {
          provide: TextModel,
          useFactory: () => (config.openAi ? new OpenAiModel(config.openAi) : new LocalModel(config.chatWordMs)),
        },
        { provide: APP_PIPE, useClass: StandardSchemaValidationPipe },
        { provide: APP_FILTER, useClass: RedisUnavailableFilter },
        { provide: APP_FILTER, useClass: TooLargeFilter },
      ],
    };
  }
}

function streamOptions(config: Config): RedisStreamsOptions {
  const keptMs = config.documentTtlSeconds * 1_000;
  return {
    connection: config.redisUrl,
    prefix: config.streamPrefix,
    // So that a request is answered within six seconds, whatever Redis does.
    addTimeoutMs: 3_000,
    // A text of MAX_BODY_BYTES in UTF-16 is longer in UTF-8, and its sentences as JSON are longer still.
    maxPayloadBytes: 2 * MAX_BODY_BYTES,
    handlerDefaults: {
      // Short enough to watch retries and take-overs; a service with slow models would wait longer between runs.
      leaseMs: 10_000,
      retry: { maxDeliveries: 5, backoff: { initialMs: 500, maxMs: 10_000 }, maxAgeMs: 24 * 3_600_000 },
      // Documents and answers are tasks and their results: this is where they are kept, and for how long.
      result: { ttlMs: keptMs, maxBytes: 4 * MAX_BODY_BYTES },
      retention: { maxAgeMs: keptMs },
    },
  };
}
