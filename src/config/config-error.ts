import { inspect } from 'node:util'

/** The service cannot start with its settings. No stack trace: the message says what to change. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError'

  constructor(message: string) {
    super(message)
    this.stack = `${this.name}: ${message}`
  }

  /** Node.js would print an error without a stack trace in brackets. */
  [inspect.custom](): string {
    return String(this.stack)
  }
}
