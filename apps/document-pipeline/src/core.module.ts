import { type DynamicModule, Module } from '@nestjs/common';
import { CONFIG, type Config } from './config.js';
import { DocumentStore } from './store/document-store.js';
import { InferenceStore } from './store/inference-store.js';
import { StoreConnection } from './store/store-connection.js';
import { WorkerStore } from './store/worker-store.js';

/** What everything else stands on, the queue's options included. */
@Module({})
export class CoreModule {
  static forRoot(config: Config): DynamicModule {
    return {
      module: CoreModule,
      global: true,
      providers: [{ provide: CONFIG, useValue: config }, StoreConnection, DocumentStore, InferenceStore, WorkerStore],
      exports: [CONFIG, DocumentStore, InferenceStore, WorkerStore],
    };
  }
}
