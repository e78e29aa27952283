/** The transport's id in Nest's metadata. A registered symbol, so that two copies of the package agree. */
export const REDIS_STREAMS: symbol = Symbol.for('nestjs-redis-streams');
