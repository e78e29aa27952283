/** Whether something is well; `skip`: it could not be found out. */
export type FindingStatus = 'pass' | 'warn' | 'fail' | 'skip';

/** The answer to one check. */
export interface Finding {
  /** Stays the same from version to version: `R…` is about the server, `S…` about a stream. */
  readonly code: string;
  /** What was looked at. */
  readonly title: string;
  readonly status: FindingStatus;
  /** What was found. */
  readonly text: string;
  /** The stream that it is about; undefined for the server. */
  readonly stream?: string;
  /** The server that it is about, in a cluster of several masters: each is examined. */
  readonly server?: string;
  /** What to do about it. */
  readonly remedy?: string;
}

type About = Pick<Finding, 'code' | 'title' | 'stream'>;

/** How the findings of one check are told. */
export function findings(about: About) {
  return {
    pass: (text: string): Finding => ({ ...about, status: 'pass', text }),
    warn: (text: string, remedy: string): Finding => ({ ...about, status: 'warn', text, remedy }),
    fail: (text: string, remedy: string): Finding => ({ ...about, status: 'fail', text, remedy }),
    skip: (text: string, remedy?: string): Finding => ({ ...about, status: 'skip', text, ...(remedy && { remedy }) }),
  };
}
