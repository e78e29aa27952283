import type { AddInterceptor } from '../tasks/adding/add-interceptors.js';
import type { Numbers } from './numbers/numbers.js';
import type { Recorder } from './output/recorder.js';

/** Counts what is added, and how long the calls took. */
export function addObserver(numbers: Numbers, recorder?: Recorder): AddInterceptor {
  return async ({ stream }, proceed) => {
    const startedAt = performance.now();
    const outcomes = await proceed();
    const tookMs = performance.now() - startedAt;
    const series = numbers.stream(stream);
    series.sendDuration.observe(tookMs);
    let failure: string | undefined;
    for (const { error } of outcomes) {
      if (!error) {
        series.sent++;
        continue;
      }
      failure = numbers.errorType(error);
      series.failed.set(failure, (series.failed.get(failure) ?? 0) + 1);
    }
    recorder?.sent(series, tookMs / 1_000, failure);
  };
}
