import { type Finding, findings } from './finding.js';
import { NOT_ALLOWED, type ServerFacts, valueOf } from './server-facts.js';

/** Silent for longer, in seconds, a replica is of no use to who waits for it: in good health it speaks each second. */
const REPLICA_SILENT_S = 10;
/** Of streams: where both bounds are beyond these, an entry costs as much as all that lie beside it. Default of Redis: 100 and 4,096. */
const MOST_NODE_ENTRIES = 1_000;
const MOST_NODE_BYTES = 65_536;
const FEWEST_NODE_ENTRIES = 10;

/** Pure: what is to be said of what stands around a server, and how its streams are laid out. */
export function deploymentFindings(facts: ServerFacts): Finding[] {
  return [replicas, streamNodes, proxies].map((check) => check(facts));
}

function replicas({ info, leastReplicas }: ServerFacts): Finding {
  const { pass, warn, fail, skip } = findings({ code: 'R10', title: 'replicas' });
  const fields = valueOf(info);
  if (fields?.connected_slaves === undefined) return skip(`INFO ${NOT_ALLOWED}`);
  const all = Object.entries(fields).filter(([name]) => /^slave\d+$/.test(name));
  const idle = all.filter(([, text]) => !/state=online/.test(text) || lagOf(text) > REPLICA_SILENT_S);
  const healthy = all.length - idle.length;
  const needed = Number(valueOf(leastReplicas) ?? 0);
  if (healthy < needed) {
    return fail(
      `${healthy} of the ${needed} replicas are there that min-replicas-to-write asks for: Redis refuses all writes`,
      'start replicas, or lower min-replicas-to-write',
    );
  }
  if (idle.length > 0) {
    return warn(
      `${idle.length} of ${all.length} are not online, or silent for more than ${REPLICA_SILENT_S} s`,
      'adds with minReplicas wait for them and fail, and a failover would lose much: look at their logs',
    );
  }
  if (all.length === 0) return pass('none: nothing to fail over to, and adds with minReplicas would fail');
  return pass(`${all.length} are online: adds may ask for minReplicas up to that`);
}

function lagOf(text: string): number {
  return Number(/lag=(\d+)/.exec(text)?.[1] ?? 0);
}

function streamNodes({ nodeBytes, nodeEntries }: ServerFacts): Finding {
  const { pass, warn, skip } = findings({ code: 'R11', title: 'stream nodes' });
  const [bytes, entries] = [valueOf(nodeBytes), valueOf(nodeEntries)];
  if (bytes === undefined || entries === undefined) return skip(`CONFIG ${NOT_ALLOWED}`);
  const text = `stream-node-max-entries is ${entries}, stream-node-max-bytes ${bytes}`;
  const remedy =
    'CONFIG SET stream-node-max-entries 100, CONFIG SET stream-node-max-bytes 4096, then CONFIG REWRITE: for nodes from then on';
  // 0 is none.
  const mostEntries = Number(entries) || Infinity;
  const mostBytes = Number(bytes) || Infinity;
  if (mostEntries > MOST_NODE_ENTRIES && mostBytes > MOST_NODE_BYTES) {
    return warn(`${text}: each read, ack and trim walks through that much`, remedy);
  }
  if (mostEntries < FEWEST_NODE_ENTRIES) return warn(`${text}: short nodes take more memory`, remedy);
  return pass(text);
}

function proxies({ whyNoBlocking, whyNoPubSub }: ServerFacts): Finding {
  const { pass, warn, fail } = findings({ code: 'R12', title: 'proxies' });
  if (whyNoBlocking !== undefined) {
    return fail(
      `reads that wait are refused: ${whyNoBlocking}`,
      'workers cannot read through a proxy that shares connections (twemproxy, Envoy): connect to Redis itself, or to its cluster',
    );
  }
  if (whyNoPubSub !== undefined) {
    return warn(
      `SUBSCRIBE is refused: ${whyNoPubSub}`,
      'cancels, pauses and results are noticed by polling, some seconds later: allow +subscribe and the channels (docs/connections.md), or go around the proxy',
    );
  }
  return pass('reads that wait, scripts and subscriptions get through');
}
