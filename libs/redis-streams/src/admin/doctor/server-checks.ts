import { type Finding, findings } from './finding.js';
import { NOT_ALLOWED, type ServerFacts, valueOf } from './server-facts.js';

/** What CONFIG SET changes lasts until the server starts anew. */
const TO_KEEP = 'then CONFIG REWRITE, or a restart forgets it';

/** Pure: what is to be said of a server. */
export function serverFindings(facts: ServerFacts): Finding[] {
  return [server, scripts, eviction, persistence, memory, clock, rights, timeouts, losses].map((check) => check(facts));
}

function server({ info, place, latencyMs }: ServerFacts): Finding {
  const { pass, warn, fail, skip } = findings({ code: 'R01', title: 'server' });
  const answers = `answers in ${latencyMs.toFixed(1)} ms`;
  if ('refused' in info) return skip(`${place} ${answers}; INFO ${NOT_ALLOWED}`);
  const { redis_version: version, valkey_version, redis_mode: mode, role, connected_slaves: replicas } = info.value;
  const name = valkey_version ? `Valkey ${valkey_version}` : `Redis ${version}`;
  const text = `${name} at ${place} (${mode}, ${role}, ${replicas} replicas), ${answers}`;
  if (role !== 'master') return fail(text, 'this is a replica, which takes no tasks: connect to the primary');
  if (latencyMs > 100) return warn(text, 'each task costs some round trips: bring the workers nearer to Redis');
  return pass(text);
}

function scripts({ whyNoScripts }: ServerFacts): Finding {
  const { pass, fail } = findings({ code: 'R02', title: 'scripts' });
  if (whyNoScripts === undefined) return pass('scripts run');
  return fail(whyNoScripts, 'tasks are settled by scripts: allow EVAL and EVALSHA to this user');
}

function eviction({ policy, info }: ServerFacts): Finding {
  const { pass, warn, fail, skip } = findings({ code: 'R03', title: 'eviction policy' });
  const known = valueOf(policy) ?? valueOf(info)?.maxmemory_policy;
  if (known === undefined)
    return skip(`CONFIG and INFO ${NOT_ALLOWED}`, 'see in the provider’s portal that it is noeviction');
  const text = `maxmemory-policy is ${known}`;
  if (known === 'noeviction') return pass(text);
  const remedy = `CONFIG SET maxmemory-policy noeviction, ${TO_KEEP}; or the same in the provider’s portal`;
  if (known.startsWith('allkeys')) return fail(`${text}: whole streams can be evicted, without a word`, remedy);
  return warn(`${text}: results, output and idempotency keys can be evicted before their time`, remedy);
}

function persistence({ info, appendfsync, save }: ServerFacts): Finding {
  const { pass, warn, fail, skip } = findings({ code: 'R04', title: 'persistence' });
  if ('refused' in info) return skip(`INFO ${NOT_ALLOWED}`, 'see in the provider’s portal that AOF is on');
  const { aof_enabled: aof, aof_last_write_status: aofStatus, rdb_last_bgsave_status: rdbStatus } = info.value;
  if (aof === '1' && aofStatus !== undefined && aofStatus !== 'ok') {
    return fail(
      'the last write to the AOF failed',
      'look at the server’s log and disk: tasks that were accepted may be lost',
    );
  }
  if (rdbStatus !== undefined && rdbStatus !== 'ok') {
    return fail('the last snapshot failed', 'look at the server’s log, disk and memory');
  }
  const aofOn = `CONFIG SET appendonly yes, ${TO_KEEP}; or the same in the provider’s portal`;
  if (aof !== '1' && valueOf(save) === '') {
    return fail('nothing is kept on disk, neither AOF nor snapshots: a restart or crash loses every task', aofOn);
  }
  if (aof !== '1') return warn('AOF is off: a crash loses what was added since the last snapshot', aofOn);
  if (valueOf(appendfsync) === 'no') {
    return warn(
      'appendfsync is no: a crash of the machine loses what the system had not written yet',
      `CONFIG SET appendfsync everysec, ${TO_KEEP}`,
    );
  }
  return pass(`AOF is on${valueOf(appendfsync) === undefined ? '' : ` (appendfsync ${valueOf(appendfsync)})`}`);
}

function memory({ info }: ServerFacts): Finding {
  const { pass, warn, fail, skip } = findings({ code: 'R05', title: 'memory' });
  const { used_memory: used, maxmemory: most, used_memory_human, maxmemory_human } = valueOf(info) ?? {};
  if (used === undefined) return skip(`INFO ${NOT_ALLOWED}`);
  if (most === undefined || Number(most) === 0) return pass(`${used_memory_human} used, no maxmemory set`);
  const share = Number(used) / Number(most);
  const text = `${used_memory_human} of ${maxmemory_human} used (${Math.round(share * 100)}%)`;
  const remedy = 'full, Redis refuses adds: give it more, or keep less (retention, dead letters, results)';
  if (share > 0.95) return fail(text, remedy);
  return share > 0.8 ? warn(text, remedy) : pass(text);
}

function clock({ clockAheadMs }: ServerFacts): Finding {
  const { pass, warn, skip } = findings({ code: 'R06', title: 'clock' });
  if ('refused' in clockAheadMs) return skip(`TIME ${NOT_ALLOWED}`);
  const offMs = Math.round(clockAheadMs.value);
  if (Math.abs(offMs) <= 1_000) return pass('Redis and this machine agree on the time');
  return warn(
    `Redis’s clock is ${Math.abs(offMs)} ms ${offMs > 0 ? 'ahead of' : 'behind'} this machine’s`,
    'ages told here are wrong by that; tasks go by Redis’s clock alone. Synchronise both (NTP)',
  );
}

function rights({ forbidden }: ServerFacts): Finding {
  const { pass, fail, skip } = findings({ code: 'R07', title: 'rights' });
  if ('refused' in forbidden) return skip('ACL DRYRUN is not there (before 7.0), or may not be used');
  if (forbidden.value.length === 0) return pass('this user may use all commands that workers need');
  return fail(
    `this user may not use ${forbidden.value.join(', ')}`,
    'if workers use this user, too: docs/connections.md lists all that it needs',
  );
}

function timeouts({ timeout }: ServerFacts): Finding {
  const { pass, warn, skip } = findings({ code: 'R08', title: 'idle connections' });
  if ('refused' in timeout) return skip(`CONFIG ${NOT_ALLOWED}`);
  const seconds = Number(timeout.value ?? 0);
  if (seconds === 0 || seconds > 65) return pass('are left open by the server');
  return warn(
    `are closed by the server after ${seconds} s`,
    `readers reconnect each time: CONFIG SET timeout 0, or more than 65, ${TO_KEEP}`,
  );
}

function losses({ info }: ServerFacts): Finding {
  const { pass, fail, warn, skip } = findings({ code: 'R09', title: 'losses' });
  const { evicted_keys: evicted, rejected_connections: rejected } = valueOf(info) ?? {};
  if (evicted === undefined) return skip(`INFO ${NOT_ALLOWED}`);
  if (Number(evicted) > 0)
    return fail(`${evicted} keys were evicted since the server started`, 'see R03; tasks may be lost');
  if (Number(rejected) > 0)
    return warn(`${rejected} connections were rejected since the server started`, 'raise maxclients');
  return pass('no key was evicted, no connection rejected since the server started');
}
