import { PASSWORD } from '../support/app.ts'
import type { Service } from './service.ts'

const ROUNDS = 5
const GUESSES = 12
const GUESS = 'a wrong guess of fair length'

/**
 * Guesses at an account until it pauses, and then signs in with the right password. The first pause is a second: should
 * this machine be slower than that, the right password ends it, and the guessing begins anew.
 * @returns whether the right password was refused
 */
export async function guessUntilPaused(
  { send }: Service,
  email: string,
  path: '/auth/login' | '/auth/token',
): Promise<boolean> {
  const body =
    path === '/auth/login'
      ? { email, password: GUESS }
      : { grant_type: 'password', username: email, password: GUESS }
  for (let round = 0; round < ROUNDS; round += 1) {
    for (let guess = 0; guess < GUESSES; guess += 1) await send('POST', path, { json: body })
    const answer = await send('POST', '/auth/login', { json: { email, password: PASSWORD } })
    if (answer.status === 401) return true
  }
  return false
}
