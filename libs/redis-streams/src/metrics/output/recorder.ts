import type { GroupNumbers, StreamNumbers, TaskNumbers } from '../numbers/series.js';

/** Told of each duration as it is measured, in seconds: for what keeps histograms of its own. Never throws. */
export interface Recorder {
  sent(of: StreamNumbers, seconds: number, errorType?: string): void;
  processed(of: TaskNumbers, seconds: number, errorType?: string): void;
  waited(of: GroupNumbers, seconds: number): void;
  ended(of: GroupNumbers, seconds: number): void;
}
