'use strict'
// Ends a program with one sentence if its Node.js is too old for it. On Node.js 20, the database driver would end it
// with a segmentation fault, and the sources with a stack trace. `npm start` and other scripts load this file first, as
// does the command line of the package. It is a script of 2015, so that every Node.js can read it.
const { existsSync } = require('node:fs')
const { join } = require('node:path')

const { engines } = require('tacit-auth/package.json')
const needed = engines.node.replace('>=', '')

/* c8 ignore start: an older Node.js alone reaches all of it. test/tools runs copies of this file. */
/** In the order of versions: [22, 18] is newer than [22, 9]. */
const isOlder = ([major, minor], [leastMajor, leastMinor]) =>
  major < leastMajor || (major === leastMajor && minor < leastMinor)

const numbers = (version) => version.split('.').map(Number)

if (isOlder(numbers(process.versions.node), numbers(needed))) {
  // The package has no such folder.
  const isClone = existsSync(join(__dirname, 'node'))
  const hint = isClone
    ? 'Install a newer one from https://nodejs.org, or run `npm ci` without --omit=dev: it brings one for `npm start` and the other scripts.'
    : 'Install a newer one from https://nodejs.org.'
  process.stderr.write(
    `tacit: Node.js ${process.versions.node} is too old: version ${needed} or newer is needed. ${hint}\n`,
  )
  process.exit(1)
}
/* c8 ignore stop */
