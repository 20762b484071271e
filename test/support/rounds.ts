/** Set by `npm run soak`: the same tests, at full size. */
const soaking = process.env.TACIT_SOAK === '1'

/** A number of repetitions: for `npm test`, which takes a few minutes, and for `npm run soak`. */
export const rounds = (usually: number, whenSoaking: number): number => (soaking ? whenSoaking : usually)

/** The seed of random values. Every failure prints it, and TACIT_SEED repeats it. */
export const seed = Number(process.env.TACIT_SEED ?? Date.now() % 2 ** 31)
