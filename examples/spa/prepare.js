// Builds the pages as part of `npm ci`. JavaScript, and without dependencies until it knows that they are there: it also
// runs where only production dependencies are installed.
import { fileURLToPath } from 'node:url'

const vite = await import('vite').catch((error) => {
  if (error.code !== 'ERR_MODULE_NOT_FOUND') throw error
})

if (vite === undefined) {
  process.stdout.write(
    'The pages were not built: that takes the development dependencies. The service runs without them.\n',
  )
} else {
  await vite.build({ root: fileURLToPath(new URL('.', import.meta.url)), logLevel: 'warn' })
}
