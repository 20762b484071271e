import { closeSync, fchmodSync, openSync, readFileSync, writeSync } from 'node:fs'

const OWNER_ONLY = 0o600

/** A line such as `SECRET_KEY=…`, with a value. */
const SETS_SECRET_KEY = /^[ \t]*(?:export[ \t]+)?SECRET_KEY[ \t]*=[ \t]*\S/m

/**
 * Adds SECRET_KEY to a file of settings, and creates the file if it does not exist. Afterwards only
 * its owner can read or write it.
 * @throws Error if the file already sets SECRET_KEY; the file is then not changed
 */
export function addSecretKey(path: string, secret: string): void {
  const descriptor = openSync(path, 'a+', OWNER_ONLY)
  try {
    const before = readFileSync(descriptor, 'utf8')
    if (SETS_SECRET_KEY.test(before)) {
      throw new Error(
        `${path} has a SECRET_KEY already. To change it, put a new one in front of it, separated by a comma`,
      )
    }
    fchmodSync(descriptor, OWNER_ONLY)
    writeSync(descriptor, `${before === '' || before.endsWith('\n') ? '' : '\n'}SECRET_KEY=${secret}\n`)
  } finally {
    closeSync(descriptor)
  }
}
