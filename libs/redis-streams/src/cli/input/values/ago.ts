import type { Session } from '../../session.js';

/** A point in a stream that was given as how long ago. Which one that is, Redis's clock says: see `withTimes`. */
export class Ago {
  constructor(readonly ms: number) {}
}

/** The options, with a Date for each `Ago`. @param stream where Redis is asked for its time, if it is needed */
export async function withTimes<Options extends object>(
  session: Pick<Session, 'streams'>,
  options: Options,
  stream: string | undefined,
): Promise<Options> {
  const ages = Object.entries(options).filter((each): each is [string, Ago] => each[1] instanceof Ago);
  if (ages.length === 0 || stream === undefined) return options;
  const { monitor } = await session.streams();
  const { at } = await monitor.overview(stream);
  return { ...options, ...Object.fromEntries(ages.map(([name, { ms }]) => [name, new Date(at.getTime() - ms)])) };
}
