import { Controller, Get } from '@nestjs/common';
import { HealthCheck, type HealthCheckResult, HealthCheckService } from '@nestjs/terminus';
import { RedisStreamsHealthIndicator } from 'nestjs-redis-streams';

/** For orchestrators, load balancers and people: 200 or 503 each. */
@Controller('health')
export class HealthController {
  constructor(
    private readonly health: HealthCheckService,
    private readonly redisStreams: RedisStreamsHealthIndicator,
  ) {}

  /** All that is wrong: 503 when a handler's loop does not consume, 200 with `degraded` while something heals by itself. */
  @Get()
  @HealthCheck()
  check(): Promise<HealthCheckResult> {
    return this.health.check([() => this.redisStreams.check('redis-streams')]);
  }

  /** Whether to leave this process alone: 503 only where a restart would help, and never because of Redis. */
  @Get('live')
  @HealthCheck()
  live(): Promise<HealthCheckResult> {
    return this.health.check([() => this.redisStreams.liveness('redis-streams')]);
  }

  /** Whether to send requests here. */
  @Get('ready')
  @HealthCheck()
  ready(): Promise<HealthCheckResult> {
    return this.health.check([() => this.redisStreams.readiness('redis-streams')]);
  }
}
