import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import type { Request, Response } from 'express';
import { CONFIG, type Config } from '../config.js';
import { cookieOf } from '../http/cookies.js';

const COOKIE = 'caller';
const YEAR_MS = 365 * 86_400_000;

/**
 * Tells callers apart without a login: each gets a random id, in a cookie that is signed, so that nobody can take the id of
 * another from where tasks are kept or logged. An application with users has theirs instead.
 */
@Injectable()
export class Callers {
  private readonly secret: string;

  constructor(@Inject(CONFIG) { callerSecret }: Config) {
    this.secret = callerSecret ?? randomBytes(32).toString('hex');
  }

  /** @returns undefined for one who has no id yet, or none of ours */
  known(request: Request): string | undefined {
    const [id = '', signature = ''] = (cookieOf(request, COOKIE) ?? '').split('.');
    const [given, right] = [Buffer.from(signature), Buffer.from(this.sign(id))];
    return given.length === right.length && timingSafeEqual(given, right) ? id : undefined;
  }

  /** The caller's id, which a new one gets with the response. */
  identify(request: Request, response: Response): string {
    const known = this.known(request);
    if (known) return known;
    const id = randomBytes(16).toString('base64url');
    const value = `${id}.${this.sign(id)}`;
    response.cookie(COOKIE, value, { httpOnly: true, sameSite: 'lax', secure: request.secure, maxAge: YEAR_MS });
    return id;
  }

  private sign(id: string): string {
    return createHmac('sha256', this.secret).update(id).digest('base64url');
  }
}
