import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as wait } from 'node:timers/promises';
import { startChild } from './child-process.js';
import type { OperatorConfig, ProducerMessage, Question } from './messages.js';

const RESTART_AFTER_MS = 200;

/** One process that redrives, replays and pauses, started again whenever it is killed: it learns from Redis where it was. */
export class ChaosOperator {
  private child!: ChildProcess;
  private isEnding = false;
  private lives = 0;

  constructor(
    private readonly config: OperatorConfig,
    private readonly heard: (message: ProducerMessage) => void,
  ) {
    this.start();
  }

  /** SIGKILL; another one is there a moment later. */
  async kill(): Promise<void> {
    if (this.isEnding) return;
    await this.end('SIGKILL');
    await wait(RESTART_AFTER_MS);
    this.start();
  }

  /** Resumes what is paused and redrives what can be cured; resolves when that is done, or nothing gets on any more. */
  finish(withinMs: number): Promise<void> {
    this.isEnding = true;
    return Promise.race([this.ask('finish', 'finished'), wait(2 * withinMs)]);
  }

  /** Tells what there is at the end. */
  conclude(): Promise<void> {
    return this.ask('conclude', 'concluded');
  }

  stop(): Promise<void> {
    return this.end('SIGTERM');
  }

  private start(): void {
    const config = { ...this.config, seed: this.config.seed + this.lives++ };
    this.child = startChild('./operator-main.ts', { CHAOS_OPERATOR: JSON.stringify(config) });
    this.child.on('message', this.heard);
  }

  private async end(signal: NodeJS.Signals): Promise<void> {
    const { child } = this;
    if (child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, 'exit');
    child.kill(signal);
    await ended;
  }

  private ask(question: Question, answer: ProducerMessage['event']): Promise<void> {
    const { child } = this;
    return new Promise((resolve) => {
      child.on('message', (message: ProducerMessage) => message.event === answer && resolve());
      child.once('exit', () => resolve());
      child.send(question, () => undefined);
    });
  }
}
