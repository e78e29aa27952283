import { Controller, Get } from '@nestjs/common';
import { HealthCheck, type HealthCheckResult, HealthCheckService } from '@nestjs/terminus';
import { RedisStreamsHealthIndicator } from 'nestjs-redis-streams';

/** For load balancers and orchestrators: 200 while this process can do its part, else 503. */
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
