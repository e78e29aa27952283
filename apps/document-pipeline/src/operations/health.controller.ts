import { Controller, Get } from '@nestjs/common';
import { HealthCheck, type HealthCheckResult, HealthCheckService } from '@nestjs/terminus';
import { RedisStreamsHealthIndicator } from 'nestjs-redis-streams';

/**
 * For load balancers and orchestrators: 503 when a handler's loop does not consume. 200 with `degraded` while something heals by
 * itself, as a producer without Redis does: to restart this process would not help.
 */
@Controller('health')
export class HealthController {
  constructor(
    private readonly health: HealthCheckService,
    private readonly redisStreams: RedisStreamsHealthIndicator,
  ) {}

  @Get()
  @HealthCheck()
  check(): Promise<HealthCheckResult> {
    return this.health.check([() => this.redisStreams.check('redis-streams')]);
  }
}
