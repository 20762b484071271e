/**
 * Whether `POST /auth/register` with EMAIL_VERIFICATION=required tells by its time if an address has
 * an account.
 */
import { compareAnswers, EACH } from './alike.ts'
import type { Benchmark } from './benchmark.ts'

export const register: Benchmark = {
  name: 'register',
  about: `registrations of ${EACH} known and ${EACH} unknown addresses, with EMAIL_VERIFICATION=required`,
  run: () =>
    compareAnswers({
      path: '/auth/register',
      settings: { EMAIL_VERIFICATION: 'required' },
      bodyOf: (email) => ({ email, password: 'correct horse battery staple' }),
    }),
}
