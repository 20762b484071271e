/** Whether `POST /auth/password/forgot` tells by its time if an address has an account. */
import { compareAnswers, EACH } from './alike.ts'
import type { Benchmark } from './benchmark.ts'

export const forgotten: Benchmark = {
  name: 'forgotten',
  about: `answers to ${EACH} known and ${EACH} unknown addresses whose password is forgotten`,
  run: () => compareAnswers({ path: '/auth/password/forgot', bodyOf: (email) => ({ email }) }),
}
