import { closeSync, fchmodSync, openSync, readFileSync, writeSync } from 'node:fs'

const OWNER_ONLY = 0o600

/** A line such as `SECRET_KEY=…`, with a value. */
const SETS_SECRET_KEY = /^[ \t]*(?:export[ \t]+)?SECRET_KEY[ \t]*=[ \t]*\S/m

/**
 * Adds SECRET_KEY to a file of settings, which is created if there is none. The file is its owner's alone afterwards.
 * @throws Error if the file sets SECRET_KEY already; it is not changed then
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
