/** Set by `npm run soak`: the same tests, at full size. */
const soaking = process.env.TACIT_SOAK === '1'

/** How often something is done: in `npm test`, which should take a few minutes in all, and in `npm run soak`. */
export const rounds = (usually: number, whenSoaking: number): number => (soaking ? whenSoaking : usually)

/** What chance is drawn from. Every failure tells it; TACIT_SEED brings the same chance back. */
export const seed = Number(process.env.TACIT_SEED ?? Date.now() % 2 ** 31)
