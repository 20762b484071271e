import { sentenceOf } from './output.ts'

/**
 * Reads .env of the current directory, if there is one. A variable that is already in the environment
 * keeps its value.
 */
export function loadEnvironmentFile(): void {
  try {
    process.loadEnvFile()
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') {
      throw new Error(`.env cannot be read: ${sentenceOf(error)}`)
    }
  }
}
