import { hostname, userInfo } from 'node:os';
import { Option } from 'commander';

/** Who does it, for whoever looks at it later. */
export function byOption(): Option {
  return new Option('--by <name>', 'who wants it').default(whoami(), 'you, at this machine');
}

/** Whoever is logged in, as far as the system knows. */
function whoami(): string {
  try {
    return `${userInfo().username}@${hostname()}`;
  } catch {
    return hostname();
  }
}
